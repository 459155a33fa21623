"""Speech in quotation marks, and the sentence beside it that names who speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.speakers import names_speaker

_DOUBLE = re.compile(r"[“\"«„][^“”\"«»]+[”\"»]?|[^“”\"«»„]+[”\"»]")  # a long quote is cut into sentences without their marks
_SINGLE = re.compile(r"[‘'][^“”\"«»]+[.!?…,][’']")
_OPENS = re.compile(r"[“\"«„‘']")
_LONGEST = 420  #: characters of speech together with the sentence that names its speaker

Span = tuple[int, int]


def with_speaker(text: str, start: int, end: int, spans: Sequence[Span]) -> Span:
    """A sentence, together with the one before or after that names who speaks, if it is nothing but speech.

    Between the two there may be more speech. :param spans: all sentences of the text, in order. :return: (start, end) in the
        text; the sentence alone if nobody is named, or if it would be longer than can be shown.
    """
    if not _is_speech(text[start:end]):
        return start, end
    before = _first_told(text, [span for span in reversed(spans) if span[1] <= start])
    if before and end - before[0] <= _LONGEST:
        return before[0], end
    after = _first_told(text, [span for span in spans if span[0] >= end])
    if after and _OPENS.match(text[slice(*after)]) and after[1] - start <= _LONGEST:
        return start, after[1]
    return start, end


def _first_told(text: str, spans: Sequence[Span]) -> Span | None:
    """The first that is not speech alone, if it says who speaks."""
    told = next((span for span in spans if not _is_speech(text[slice(*span)])), None)
    return told if told and names_speaker(text[slice(*told)]) else None


def _is_speech(sentence: str) -> bool:
    return any(pattern.fullmatch(sentence) for pattern in (_DOUBLE, _SINGLE))
