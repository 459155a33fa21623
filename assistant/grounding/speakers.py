"""Who said it: a claim that an article reports as somebody's must not become a fact of our own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.grounding.words import Words, words_of

_SAYS = frozenset(
    """accused accuses added adds alleged alleges argued argues asserted asserts believes claimed claiming claims denied
    denies estimated estimates insisted insists maintained maintains predicted predicts promised said saying says
    speculated stated states suggested suggests tells told vowed warned warns writes wrote""".split()
)
_NAMES_SOURCE = re.compile(r"\b(?:according to|in the words of|as \w+ put it)\b", re.IGNORECASE)
_BREAK = re.compile(r"[,;:!?()“”\"–—\n]|--|\.\s|['’]\s")
_REACH = 9  #: words of a speaker: "Birgit Hansen, mayor of …" is cut at the comma
_ONLY_SPEECH = re.compile(r"[“\"«„][^“”\"«»]+[”\"»]?")
_LONGEST = 420  #: characters of speech together with the sentence that names its speaker


def drops_speaker(sentence: str, source: str) -> bool:
    """True if a sentence of an article reports what somebody says, and a sentence made from it names nobody who says it."""
    there = words_of(source)
    verbs = [i for i, form in enumerate(there.forms) if form in _SAYS]
    reported = verbs or _NAMES_SOURCE.search(source)
    here = words_of(sentence)
    if not reported or _SAYS & set(here.forms) or _NAMES_SOURCE.search(sentence):
        return False
    speakers = {key for i in verbs for key in _speaker(there, i)} | _after_according(there)
    return not speakers & set(here.keys)


def speech_start(text: str, start: int, end: int, spans: Sequence[tuple[int, int]]) -> int:
    """Where the sentence before begins, if this one is nothing but speech and that one names who speaks; else `start`.

    :param spans: all sentences of the text, in order.
    """
    if not _ONLY_SPEECH.fullmatch(text[start:end]):
        return start
    before = max((span for span in spans if span[1] <= start), default=None)
    if before is None or end - before[0] > _LONGEST:
        return start
    return before[0] if _SAYS & set(words_of(text[slice(*before)]).forms) else start


def _speaker(words: Words, verb: int) -> set[str]:
    """Keys of who says it: the words before the verb up to a stop, or else after it."""
    before = _run(words, verb, -1)
    return before or _run(words, verb, 1)


def _run(words: Words, at: int, step: int) -> set[str]:
    keys: set[str] = set()
    i = at
    for _ in range(_REACH):
        gap = words.gap(i) if step < 0 else words.gap(i + 1) if i + 1 < len(words) else "\n"
        i += step
        if not 0 <= i < len(words) or _BREAK.search(gap):
            break
        if words.content[i]:
            keys.add(words.keys[i])
    return keys


def _after_according(words: Words) -> set[str]:
    found = [i + 1 for i in range(len(words) - 1) if words.forms[i] == "according" and words.forms[i + 1] == "to"]
    return {key for i in found for key in _run(words, i, 1)}
