"""Who said it: a claim that an article reports as somebody's must not become a fact of our own."""

from __future__ import annotations

import re

from assistant.grounding.words import Words, words_of

_SAYS = frozenset(
    """accused accuses acknowledged acknowledges added adds admits admitted alleged alleges announced announces argued argues
    asserted asserts believe believed believes claimed claiming claims concluded concludes confirmed confirms contended contends
    denied denies estimated estimates fear feared fears insisted insists maintained maintains predicted predicts promised
    reported said saying says speculated stated states suggested suggests suspect suspected suspects tells testified think
    thinks thought told tweeted vowed warned warns writes wrote""".split()
)
_NAMES_SOURCE = re.compile(
    r"\b(?:according to|in the words of|as \w+ put it|in \w+['’]s? (?:view|opinion|words))\b"
    r"|,\s+per\s+(?!cent\b|person\b|capita\b|head\b|day\b|week\b|month\b|year\b)"
    r"|\b(?:papers|documents|records|filings?|files|emails|study|report|survey|poll|figures|data)"
    r" (?:shows?|showed|suggests?|suggested|found|finds|reveals?|revealed|indicates?|indicated)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(r"\b(?:allegedly|reportedly|supposedly|purportedly)\b", re.IGNORECASE)
_BREAK = re.compile(r"[,;:!?()“”\"–—\n]|--|\.\s|['’]\s")
_REACH = 9  #: words of a speaker: "Birgit Hansen, mayor of …" is cut at the comma
_HIMSELF = frozenset("he she it they".split())


def drops_speaker(sentence: str, source: str) -> bool:
    """True if a sentence of an article reports what somebody says, and a sentence made from it names nobody who says it."""
    here = words_of(sentence)
    if _SAYS & set(here.forms) or _NAMES_SOURCE.search(sentence) or _HEDGE.search(sentence):
        return False
    there = words_of(source)
    verbs = [i for i, form in enumerate(there.forms) if form in _SAYS]
    if _HEDGE.search(source) or any(_tells_of_himself(here, there, i) for i in verbs):
        return True
    if not verbs and not _NAMES_SOURCE.search(source):
        return False
    return not speakers_of(there) & set(here.keys)


def speakers_of(words: Words) -> set[str]:
    """Keys of those who say something in a text."""
    verbs = [i for i, form in enumerate(words.forms) if form in _SAYS]
    return {key for i in verbs for key in _speaker(words, i)} | _after_according(words)


def names_speaker(sentence: str) -> bool:
    """True if a sentence tells of somebody as saying something."""
    return not _SAYS.isdisjoint(words_of(sentence).forms)


def _tells_of_himself(here: Words, there: Words, verb: int) -> bool:
    """True if the speaker is named for what he says of himself alone: "Hale cheated", for "Hale denies that he cheated"."""
    following = [i for i in range(verb + 1, min(verb + 3, len(there))) if there.forms[i] in _HIMSELF]
    if not following or (following[0] > verb + 1 and there.forms[verb + 1] != "that"):
        return False
    speaker = _speaker(there, verb)
    claimed = {here.keys[i] for i in range(len(here)) if here.content[i]} - speaker
    said = _run(there, following[0], 1)
    return len(claimed & said) * 2 > len(claimed)


def _speaker(words: Words, verb: int) -> set[str]:
    """Keys of who says it: the words before the verb up to a stop, or else after it."""
    if verb > 1 and words.forms[verb - 1] == "who":  # "Dean Holt, who claimed that"
        return {words.keys[verb - 2]} | _run(words, verb - 2, -1)
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
