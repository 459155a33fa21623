"""What a text tells under a condition, as a question or as doubted, and a sentence states as a fact.

"If the court agrees, the mine will close" says neither that the court agrees nor that the mine will close.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.bounds import hedges
from assistant.grounding.condition_cues import is_condition
from assistant.grounding.features import Comparison
from assistant.grounding.open_clauses import ASKS, INVERTED, Open, is_question, open_clauses
from assistant.grounding.words import Source, Words

_MIN_CLAIMED = 2  #: content words of the clause that the sentence must have
#: words by which the sentence leaves it open, too
_OPEN_HERE = frozenset("unless provided providing assuming depends depending condition conditional doubt doubts doubted".split())
_NO_HEDGES = frozenset("can would should risk risks".split())  #: "the mine would close" tells of no condition


def conditions(comparison: Comparison) -> Iterator[str]:
    """What the sentence states that the text leaves open, in words; nothing if the text states it elsewhere."""
    words, source = comparison.words, comparison.source
    if is_question(words.text) or hedges(words) - _NO_HEDGES or not _OPEN_HERE.isdisjoint(words.forms):
        return
    if words.forms[0] in INVERTED or any(is_condition(words, i) for i in range(len(words))):
        return
    aligned = list(zip(comparison.alignment.content, comparison.alignment.places, strict=True))
    places = {place for _, place in aligned}
    sentences = {int(source.sentence_of[place]) for place in places if place >= 0}
    for clause in open_clauses(source, sentences):
        claimed = [i for i, place in aligned if clause.holds(place)]
        told = sum(source.words.content[k] for k in range(clause.start, clause.end) if clause.holds(k))
        enough = 2 * len(claimed) >= min(len(aligned), told)
        if len(claimed) < _MIN_CLAIMED or not enough or _asks_too(source.words, clause, places):
            continue
        if not any(max(clause.start, clause.aside[1]) <= place < clause.end for place in places):
            continue  # only what the clause begins with, and the relative clause after it
        if not _is_told_elsewhere({words.keys[i] for i in claimed}, clause, source):
            cue = "?" if clause.is_question else source.words.raw(clause.cue)
            yield f"{words.raw(claimed[0])!r} stands under {cue!r} in the text"


def _asks_too(words: Words, clause: Open, places: set[int]) -> bool:
    """True if the sentence tells of the question itself: "will vote on closing it", for "will vote on whether to close it"."""
    if clause.is_question or words.forms[clause.cue] not in ASKS:
        return False
    asking = next((k for k in range(clause.cue - 1, max(clause.cue - 4, -1), -1) if words.content[k]), -1)
    return asking >= 0 and asking in places


def _is_told_elsewhere(keys: set[str], clause: Open, source: Source) -> bool:
    """True if another sentence of the text has all that is claimed."""
    here = source.sentence_of[clause.cue]
    found = [{int(source.sentence_of[place]) for place in source.places[key]} - {int(here)} for key in keys]
    return bool(set.intersection(*found))
