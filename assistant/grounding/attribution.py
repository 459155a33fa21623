"""Attribution: the stretches of evidence that carry a sentence of an answer, found by alignment, never by asking a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.support import supports
from assistant.types import Evidence

MIN_QUOTED = 0.6  #: share of a sentence's content words that its own quotes must contain word for word
DRAWN = 0.1  #: the score of `supports` from which an unsupported sentence points at its source
_SEPARATOR = "\n\n"  # ends a sentence, so that no span crosses from one evidence into the next
# Fewer than the words that carry no claim elsewhere: what a reader would look for in the quote counts here.
_SMALL_WORDS = frozenset(
    """a an and are as at be been but by for from had has have he her his in is it its of on or said she that the their they
    this to was were which who will with would not no than then there when what""".split()
)
_PLAIN_WORD = re.compile(r"[a-z0-9']+")


def attribute(sentence: str, evidence: Sequence[Evidence]) -> list[tuple[Evidence, int, int]]:
    """Find the quotes for a sentence.

    :return: (evidence, start, end), best first, at most three; start and end are characters of the *article*, so that
        `evidence.text[start - evidence.start : end - evidence.start]` is the quote. Empty if the sentence is not supported,
        or if its quotes would hold less than `MIN_QUOTED` of its words.
    """
    joined = _SEPARATOR.join(item.text for item in evidence)
    verdict = supports(sentence, joined)
    quotes = [joined[start:end] for start, end in verdict.spans]
    if not verdict.supported or quoted_share(sentence, quotes) < MIN_QUOTED:
        return []
    return [_locate(span, evidence) for span in verdict.spans]


def drawn_from(sentence: str, evidence: Sequence[Evidence]) -> tuple[Evidence, int, int] | None:
    """What a sentence seems to have been drawn from that is not supported, as in `attribute`; None if its words come from
    anywhere."""
    verdict = supports(sentence, _SEPARATOR.join(item.text for item in evidence))
    return _locate(verdict.spans[0], evidence) if verdict.spans and verdict.score >= DRAWN else None


def quoted_share(sentence: str, quotes: Sequence[str]) -> float:
    """The share of the sentence's content words that occur in its quotes, 0..1; 0 if it has none."""
    words = _content(sentence)
    quoted = set(_content(" ".join(quotes)))
    return sum(word in quoted for word in words) / len(words) if words else 0.0


def _content(text: str) -> list[str]:
    return [word for word in _PLAIN_WORD.findall(text.lower()) if word not in _SMALL_WORDS]


def _locate(span: tuple[int, int], evidence: Sequence[Evidence]) -> tuple[Evidence, int, int]:
    start, end = span
    for item in evidence:
        if start < len(item.text):
            return item, item.start + start, item.start + min(end, len(item.text))
        start, end = start - len(item.text) - len(_SEPARATOR), end - len(item.text) - len(_SEPARATOR)
    raise AssertionError("a span of the joined evidence lies in one of its parts")
