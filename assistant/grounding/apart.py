"""Two sentences laid side by side: what their clauses share, and whom each of them names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from assistant.grounding.figures import CLAUSE_END
from assistant.grounding.names import names
from assistant.grounding.speakers import speakers_of
from assistant.grounding.vocabulary import MONTHS, SCALES, UNITS, WEEKDAYS
from assistant.grounding.words import Words, is_number, words_of

#: words of the clauses around two figures that must be the same: their number, and their share of the words there
_MIN_SHARED, _MIN_ALIKE = 2, 0.4
#: beside one figure and not the other they say that it is a figure of something else: a share, a change, another year
_APART = frozenset(
    """more less fewer another other additional extra further previous previously earlier last ago former formerly initially
    originally average expected estimated target forecast record each per every daily weekly monthly annual yearly total
    first second third next half since""".split()
)


@dataclass(frozen=True, slots=True)
class Apart:
    """What two sentences differ on. `first` and `second` are the words that differ, `about` those that both have."""

    kind: Literal["number", "date", "negation", "name"]
    first: str
    second: str
    about: str
    counted: str = ""  #: key of what a number counts ("ship"); "" for money and measures


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and the part of its article around it: a figure that stands there is known to that article."""

    words: Words
    around: Words

    @classmethod
    def of(cls, sentence: str, around: str) -> Statement:
        return cls(words_of(sentence), words_of(around))


def shared_keys(a: Words, here: tuple[int, int], b: Words, there: tuple[int, int]) -> set[str]:
    """Keys that the clauses around two figures have in common; none if they are too few, or tell of different things."""
    clause_a, clause_b = _clause(a, *here), _clause(b, *there)
    near_a, near_b = _near(a, here, clause_a), _near(b, there, clause_b)
    if (near_a ^ near_b) & _APART or name_others(a, clause_a, b, clause_b):
        return set()
    subjects_a, subjects_b = near_a - _APART, near_b - _APART
    shared = subjects_a & subjects_b
    enough = len(shared) >= _MIN_SHARED and len(shared) >= _MIN_ALIKE * max(len(subjects_a), len(subjects_b))
    return shared if enough else set()


def name_others(a: Words, clause_a: range, b: Words, clause_b: range) -> bool:
    """True if each clause names somebody or something that the other does not, other than who says it."""
    named_a, named_b = _named(a, clause_a), _named(b, clause_b)
    return bool(named_a - named_b) and bool(named_b - named_a)


def _named(words: Words, clause: range) -> set[str]:
    found = {words.keys[i] for name in names(words) for i in name.words if i in clause}
    return found - speakers_of(words)


def _clause(words: Words, first: int, last: int) -> range:
    """The words of the clause that a figure stands in."""
    start, end = first, last
    while start > 0 and not CLAUSE_END.search(words.gap(start)):
        start -= 1
    while end + 1 < len(words) and not CLAUSE_END.search(words.gap(end + 1)):
        end += 1
    return range(start, end + 1)


def _near(words: Words, figure: tuple[int, int], clause: range) -> set[str]:
    """Keys of the clause of a figure: content words, and those that set it apart; no other figures."""
    inside = [i for i in clause if not figure[0] <= i <= figure[1]]
    apart = {words.forms[i] for i in inside if words.forms[i] in _APART}
    return apart | {words.keys[i] for i in inside if words.forms[i] not in _APART and _is_subject(words, i)}


def _is_subject(words: Words, i: int) -> bool:
    form = words.forms[i]
    is_figure = is_number(form) or form in UNITS or form in MONTHS or form in WEEKDAYS or form in SCALES
    return words.content[i] and not is_figure


def about(words: Words, shared: Collection[str]) -> str:
    """Up to five of the words, in the order of the sentence, as it has them."""
    found = {words.keys[i]: words.raw(i) for i in reversed(range(len(words))) if words.keys[i] in shared}
    in_order = [words.raw(i) for i in range(len(words)) if found.get(words.keys[i]) == words.raw(i)]
    return " ".join(dict.fromkeys(in_order[:5]))
