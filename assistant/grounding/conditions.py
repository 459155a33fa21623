"""What a text tells under a condition, as a question or as doubted, and a sentence states as a fact.

"If the court agrees, the mine will close" says neither that the court agrees nor that the mine will close.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np

from assistant.grounding.bounds import hedges
from assistant.grounding.features import Comparison
from assistant.grounding.figures import CLAUSE_END
from assistant.grounding.negations import negated
from assistant.grounding.words import Source, Words

_MIN_CLAIMED = 2  #: content words of the clause that the sentence must have
_MOST = 100  #: such clauses of one text that are looked at: a few sentences have no more of them
_LONGEST = 60  #: words of a clause: keeps the time linear
_ASKS = frozenset(["whether"])
#: "asked if" is "asked whether"
_ASKED = frozenset("ask know see wonder decid determin question say tell told unclear unsur sure check learn test".split())
_CONDITIONS = frozenset("if unless provided providing assuming".split())
_NEEDS_THAT = frozenset("provided providing assuming".split())  # not "food provided by the town"
_NO_CONDITION_AFTER = frozenset("not only any anything anyone ever so".split())
_NO_MAIN_AFTER = frozenset("as what".split())  # + "if"
_READER = frozenset("you you're your".split())  # "If you live in Tarn, the fair is free": no condition of it
_INVERTED = frozenset("should had were".split())  # "Should the court agree, the mine will close"
_MODALS = frozenset("will would could might may can shall".split())
_DOUBTS = frozenset("doubt doubts doubted doubting".split())
_CUES = _ASKS | _CONDITIONS | _INVERTED | _DOUBTS
_NOT_DOUBTED = frozenset("that whether if about over on in as among from by".split())
_JOINTS = frozenset("and but or so because that who which when while after before where though although".split())
#: words by which the sentence leaves it open, too
_OPEN_HERE = frozenset("unless provided providing assuming depends depending condition conditional doubt doubts doubted".split())
_NO_HEDGES = frozenset("can would should risk risks".split())  #: "the mine would close" tells of no condition


@dataclass(frozen=True, slots=True)
class Open:
    """A clause of a text (`start` up to `end`, word numbers) that `cue` leaves open; of a question, its first word."""

    cue: int
    start: int
    end: int
    is_question: bool = False


def conditions(comparison: Comparison) -> Iterator[str]:
    """What the sentence states that the text leaves open, in words; nothing if the text states it elsewhere."""
    words, source = comparison.words, comparison.source
    if is_question(words.text) or hedges(words) - _NO_HEDGES or not _OPEN_HERE.isdisjoint(words.forms):
        return
    aligned = list(zip(comparison.alignment.content, comparison.alignment.places, strict=True))
    places = {place for _, place in aligned}
    sentences = {int(source.sentence_of[place]) for place in places if place >= 0}
    for clause in open_clauses(source, sentences):
        claimed = [i for i, place in aligned if clause.start <= place < clause.end]
        told = sum(source.words.content[clause.start : clause.end])
        enough = 2 * len(claimed) >= min(len(aligned), told)
        if len(claimed) < _MIN_CLAIMED or not enough or _asks_too(source.words, clause, places):
            continue
        if not _is_told_elsewhere({words.keys[i] for i in claimed}, clause, source):
            cue = "?" if clause.is_question else source.words.raw(clause.cue)
            yield f"{words.raw(claimed[0])!r} stands under {cue!r} in the text"


def is_question(sentence: str) -> bool:
    return sentence.rstrip(" \n!\"'”’)]").endswith("?")


def open_clauses(source: Source, sentences: Collection[int]) -> list[Open]:
    """The clauses of some sentences of a text that are told under a condition, as a question or as doubted."""
    words, found = source.words, _questions(source, sentences)
    no = negated(words) if not _DOUBTS.isdisjoint(words.forms) else {}
    cues = (i for i, form in enumerate(words.forms) if form in _CUES and source.sentence_of[i] in sentences)
    for i in islice(cues, _MOST):
        form = words.forms[i]
        if form in _ASKS or form in _CONDITIONS:
            found += _under(source, i)
        elif form in _INVERTED and _opens_sentence(source, i):
            found += _inverted(source, i)
        elif form in _DOUBTS and i not in no and i + 1 < len(words) and words.forms[i + 1] not in _NOT_DOUBTED:
            end = _end(source, i + 1)
            if not any(words.raw(k).endswith(("'s", "’s")) for k in range(i + 1, end)):
                found.append(Open(i, i + 1, end))
    return found


def _questions(source: Source, sentences: Collection[int]) -> list[Open]:
    asked = [i for i in sorted(sentences) if is_question(source.words.text[slice(*source.spans[i])])]
    edges = np.searchsorted(source.sentence_of, [[i, i + 1] for i in asked]).reshape(-1, 2).tolist()
    return [Open(start, start, end, is_question=True) for start, end in edges]


def _under(source: Source, cue: int) -> list[Open]:
    """The clause after "if" or "whether", and the main clause if that depends on it."""
    words = source.words
    form, before = words.forms[cue], words.forms[cue - 1] if cue else ""
    after = words.forms[cue + 1] if cue + 1 < len(words) else ""
    if before == "even" or after in _NO_CONDITION_AFTER or (form in _NEEDS_THAT and after != "that"):
        return []
    start, end = _start(source, cue), _end(source, cue + 1)
    found = [Open(cue, cue + 1, end)]
    asked = any(words.keys[k] in _ASKED for k in range(max(cue - 3, start), cue))
    if form in _ASKS or (form == "if" and (asked or before in _NO_MAIN_AFTER)):
        return found
    mains = [(start, cue), (end, _end(source, end))]
    if start == cue and not _opens_sentence(source, cue) and words.gap(cue).strip() == ",":
        mains.insert(1, (_start(source, cue - 1), cue))  # "It will close in June, provided that the court agrees"
    main = next((main for main in mains if sum(words.content[slice(*main)]) >= _MIN_CLAIMED), None)
    if main and (after not in _READER or not _READER.isdisjoint(words.forms[slice(*main)])):
        found.append(Open(cue, *main))
    return found


def _inverted(source: Source, cue: int) -> list[Open]:
    end = _end(source, cue + 1)
    last = _end(source, end)
    return [Open(cue, cue + 1, end), Open(cue, end, last)] if not _MODALS.isdisjoint(source.words.forms[end:last]) else []


def _opens_sentence(source: Source, i: int) -> bool:
    return i == 0 or bool(source.sentence_of[i] != source.sentence_of[i - 1])


def _end(source: Source, i: int) -> int:
    """The word after the clause that begins at word i."""
    words = source.words
    if i >= len(words):
        return len(words)
    near = range(i + 1, min(i + _LONGEST, len(words)))
    return i + 1 + sum(1 for _ in takewhile(lambda k: not (_opens_sentence(source, k) or CLAUSE_END.search(words.gap(k))), near))


def _start(source: Source, i: int) -> int:
    """The first word of the clause that word i stands in, cut at a conjunction before it."""
    words, first = source.words, i
    while first > max(0, i - _LONGEST) and not _opens_sentence(source, first) and not CLAUSE_END.search(words.gap(first)):
        if words.forms[first - 1] in _JOINTS:
            break
        first -= 1
    return first


def _asks_too(words: Words, clause: Open, places: set[int]) -> bool:
    """True if the sentence tells of the question itself: "will vote on closing it", for "will vote on whether to close it"."""
    if clause.is_question or words.forms[clause.cue] not in _ASKS:
        return False
    asking = next((k for k in range(clause.cue - 1, max(clause.cue - 4, -1), -1) if words.content[k]), -1)
    return asking >= 0 and asking in places


def _is_told_elsewhere(keys: set[str], clause: Open, source: Source) -> bool:
    """True if another sentence of the text has all that is claimed."""
    here = source.sentence_of[clause.cue]
    found = [{int(source.sentence_of[place]) for place in source.places[key]} - {int(here)} for key in keys]
    return bool(set.intersection(*found))
