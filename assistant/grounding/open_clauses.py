"""The clauses of a text that it tells under a condition, as a question or as doubted: where they begin and end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import islice, takewhile

import numpy as np

from assistant.grounding.condition_cues import CONDITIONS, SOFT, is_condition
from assistant.grounding.figures import CLAUSE_END
from assistant.grounding.negations import by_few, negated
from assistant.grounding.vocabulary import FUNCTION_WORDS
from assistant.grounding.words import Source

_MIN_TOLD = 2  #: content words of a main clause
_MOST = 100  #: such clauses of one text that are looked at: a few sentences have no more of them
_LONGEST = 60  #: words of a clause: keeps the time linear
ASKS = frozenset(["whether"])
#: "asked if" is "asked whether"
_ASKED = frozenset("ask know see wonder decid determin question say tell told unclear unsur sure check learn test".split())
_NO_MAIN_AFTER = frozenset("as what".split())  # + "if"
_READER = frozenset("you you're your".split())  # "If you live in Tarn, the fair is free": no condition of it
INVERTED = frozenset("should had were".split())  # "Should the court agree, the mine will close"
_MODALS = frozenset("will would could might may can shall".split())
_VERBS = _MODALS | frozenset("must is are was were has have had".split())
_RELATIVE = frozenset("which who whose where".split())
#: keys of verbs that go on with what the doubter holds: "doubt it and believe that"
_HOLDS = frozenset("believ think say suspect hope expect fear want insist argu claim know plan seek call urg warn ask".split())
_DOUBTS = frozenset("doubt doubts doubted doubting".split())
_CUES = ASKS | CONDITIONS | INVERTED | _DOUBTS
_NOT_DOUBTED = frozenset("that whether if about over on in as among from by".split())
_JOINTS = frozenset("and but or so because that who which when while after before where though although".split())


@dataclass(frozen=True, slots=True)
class Open:
    """A clause of a text (`start` up to `end`, word numbers) that `cue` leaves open; of a question, its first word."""

    cue: int
    start: int
    end: int
    is_question: bool = False
    aside: tuple[int, int] = (0, 0)  #: a relative clause within it, which is told as a fact

    def holds(self, place: int) -> bool:
        return self.start <= place < self.end and not self.aside[0] <= place < self.aside[1]


def is_question(sentence: str) -> bool:
    """True if it ends in a question mark, whatever quotes or brackets close after it."""
    return sentence.rstrip(" \n!\"'”’)]").endswith("?")


def open_clauses(source: Source, sentences: Collection[int]) -> list[Open]:
    """The clauses of some sentences of a text that are told under a condition, as a question or as doubted."""
    words, found = source.words, _questions(source, sentences)
    no = negated(words) if not _DOUBTS.isdisjoint(words.forms) else {}
    cues = (i for i, form in enumerate(words.forms) if form in _CUES and source.sentence_of[i] in sentences)
    for i in islice(cues, _MOST):
        form = words.forms[i]
        if form in INVERTED and _opens_sentence(source, i):
            found += _inverted(source, i)
        elif form in ASKS or is_condition(words, i):
            found += _under(source, i)
        elif form in _DOUBTS and i not in no and not by_few(words, i):
            found += _doubted(source, i)
    return found


def _doubted(source: Source, cue: int) -> list[Open]:
    words, end = source.words, _end(source, cue + 1)
    if cue + 1 == len(words) or words.forms[cue + 1] in _NOT_DOUBTED:
        return []
    for k in range(cue + 1, end - 1):  # "doubt he acted alone but believe he had help"
        if words.forms[k] == "but" or (words.forms[k] == "and" and words.keys[k + 1] in _HOLDS):
            end = k
            break
    named = any(words.raw(k).endswith(("'s", "’s")) for k in range(cue + 1, end))
    return [] if named else [Open(cue, cue + 1, end)]


def _questions(source: Source, sentences: Collection[int]) -> list[Open]:
    asked = [i for i in sorted(sentences) if is_question(source.words.text[slice(*source.spans[i])])]
    edges = np.searchsorted(source.sentence_of, [[i, i + 1] for i in asked]).reshape(-1, 2).tolist()
    return [Open(start, start, end, is_question=True) for start, end in edges]


def _under(source: Source, cue: int) -> list[Open]:
    """The clause after "if" or "whether", and the main clause if that depends on it."""
    words = source.words
    form, before, after = words.forms[cue], words.forms[cue - 1] if cue else "", "".join(words.forms[cue + 1 : cue + 2])
    start, end = _start(source, cue), _end(source, cue + 1)
    found = [_past_aside(source, Open(cue, cue + 1, end))]
    end = found[0].end
    asked = any(words.keys[k] in _ASKED for k in range(max(cue - 3, start), cue))
    if form in ASKS or (form == "if" and (asked or before in _NO_MAIN_AFTER)):
        return found
    if _is_aside(source, end):  # "If the court agrees, which is unlikely, the mine will close"
        end = _end(source, end)
    mains = [(start, cue), (end, _end(source, end))]
    alone = not any(words.content[start:cue])
    if alone and not _opens_sentence(source, start) and words.gap(start).strip() == ",":
        mains.insert(1, (_start(source, start - 1), start))  # "It will close in June, provided that the court agrees"
    main = next((main for main in mains if sum(words.content[slice(*main)]) >= _MIN_TOLD), None)
    if form in SOFT and (main is None or _MODALS.isdisjoint(words.forms[slice(*main)]) or words.forms[main[0]] in _RELATIVE):
        return []
    if main and (after not in _READER or not _READER.isdisjoint(words.forms[slice(*main)])):
        found.append(_past_aside(source, Open(cue, *main)))
    return found


def _is_aside(source: Source, i: int) -> bool:
    """True if a relative clause begins at word i: ", which employs 300 people,"."""
    words = source.words
    return i < len(words) and words.forms[i] in _RELATIVE and not _opens_sentence(source, i) and "," in words.gap(i)


def _past_aside(source: Source, clause: Open) -> Open:
    """The clause with what follows a relative clause within it: "the plant, which employs 300 people, will close"."""
    words, end = source.words, clause.end
    after = _end(source, end) if _is_aside(source, end) else len(words)
    if after == len(words) or _opens_sentence(source, after) or not _is_verb(words.forms[after]):
        return clause
    if not _VERBS.isdisjoint(words.forms[clause.start : end]):  # it has its verb before: "will close, which hurts Tarn, says"
        return clause
    return replace(clause, end=_end(source, after), aside=(end, after))


def _is_verb(form: str) -> bool:
    """As far as its ending tells."""
    return form in _VERBS or (form.endswith(("s", "ed")) and form not in FUNCTION_WORDS)


def _inverted(source: Source, cue: int) -> list[Open]:
    condition = _past_aside(source, Open(cue, cue + 1, _end(source, cue + 1)))
    end = condition.end
    last = _end(source, end)
    return [condition, _past_aside(source, Open(cue, end, last))] if not _MODALS.isdisjoint(source.words.forms[end:last]) else []


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
