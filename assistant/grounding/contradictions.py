"""Do two sentences say different things of one matter? A figure, a date, or yes against no; found by form alone.

Precision goes before recall: a contradiction that is none makes good articles look bad. So the words around the two figures
must be mostly the same, what is counted must be the same, and neither text may have the other's figure anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.grounding.claims import When, dates, weekdays
from assistant.grounding.figures import CLAUSE_END, affirmed, among, compatible, counted, is_label, said
from assistant.grounding.names import names
from assistant.grounding.negations import negated
from assistant.grounding.speakers import speakers_of
from assistant.grounding.vocabulary import DENIALS, MONTHS, SCALES, UNITS, WEEKDAYS
from assistant.grounding.words import Words, is_number, words_of

#: words of the clauses around two figures that must be the same: their number, and their share of the words there
_MIN_SHARED, _MIN_ALIKE = 2, 0.4
#: the same for two sentences that differ by a negation
_MIN_CLAIM, _MIN_SAME = 4, 0.75
#: beside one figure and not the other they say that it is a figure of something else: a share, a change, another year
_APART = frozenset(
    """more less fewer another other additional extra further previous previously earlier last ago former formerly initially
    originally average expected estimated target forecast record each per every daily weekly monthly annual yearly total
    first second third next half since""".split()
)


@dataclass(frozen=True, slots=True)
class Apart:
    """What two sentences differ on. `first` and `second` are the words that differ, `about` those that both have."""

    kind: Literal["number", "date", "negation"]
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


def contradiction(first: Statement, second: Statement, asked: Collection[str]) -> Apart | None:
    """:param asked: keys of the words of the question; what differs must be told of one of them. :return: None if all agrees."""
    found = (*_numbers_apart(first, second), *_dates_apart(first, second), *_denied(first, second))
    return next((apart for shared, apart in found if shared & set(asked)), None)


def _numbers_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    a, b = first.words, second.words
    days = weekdays(a), weekdays(b)
    if all(days) and days[0] != days[1]:
        return  # what happened on two days
    known_a, known_b = affirmed(first.around), affirmed(second.around)
    for here in affirmed(a, dates(a)):
        for there in affirmed(b, dates(b)):
            what = counted(a, here)
            if is_label(a, here) or is_label(b, there):
                continue
            if here.unit != there.unit or what != counted(b, there) or not (here.unit or what):
                continue
            if compatible(a, here, b, there) or among(known_b, here) or among(known_a, there):
                continue
            shared = _shared(a, (here.first, here.last), b, (there.first, there.last))
            if shared:
                yield shared, Apart("number", said(a, here), said(b, there), _about(a, shared), "" if here.unit else what)


def _dates_apart(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    a, b = first.words, second.words
    no_a, no_b = negated(a), negated(b)
    for here in dates(a):
        for there in dates(b):
            if not _differ(here, there) or here.first in no_a or there.first in no_b:
                continue
            if _affirms(second.around, here) or _affirms(first.around, there):
                continue
            shared = _shared(a, (here.first, here.last), b, (there.first, there.last))
            if shared:
                was, became = _between(a, here.first, here.last), _between(b, there.first, there.last)
                yield shared, Apart("date", was, became, _about(a, shared))


def _denied(first: Statement, second: Statement) -> Iterator[tuple[set[str], Apart]]:
    """One sentence denies a word that the other affirms; the rest of them is the same."""
    a, b = first.words, second.words
    keys_a, keys_b = ({w.keys[i] for i in range(len(w)) if w.content[i]} for w in (a, b))
    shared = keys_a & keys_b
    if len(shared) < _MIN_CLAIM or len(shared) < _MIN_SAME * max(len(keys_a), len(keys_b)):
        return
    no_a, no_b = ({w.keys[i] for i in negated(w)} & shared for w in (a, b))
    if _name_others(a, range(len(a)), b, range(len(b))):
        return
    if bool(no_a) != bool(no_b) and DENIALS.isdisjoint(keys_a ^ keys_b):
        yield shared, Apart("negation", " ".join(a.text.split()), " ".join(b.text.split()), _about(a, shared))


def _shared(a: Words, here: tuple[int, int], b: Words, there: tuple[int, int]) -> set[str]:
    """Keys that the clauses around two figures have in common; none if they are too few, or tell of different things."""
    clause_a, clause_b = _clause(a, *here), _clause(b, *there)
    near_a, near_b = _near(a, here, clause_a), _near(b, there, clause_b)
    if (near_a ^ near_b) & _APART or _name_others(a, clause_a, b, clause_b):
        return set()
    subjects_a, subjects_b = near_a - _APART, near_b - _APART
    shared = subjects_a & subjects_b
    enough = len(shared) >= _MIN_SHARED and len(shared) >= _MIN_ALIKE * max(len(subjects_a), len(subjects_b))
    return shared if enough else set()


def _name_others(a: Words, clause_a: range, b: Words, clause_b: range) -> bool:
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


def _differ(a: When, b: When) -> bool:
    """True if a part that both give is not the same; a day without its month, or a lone month against a day, is no date."""
    if bool(a.day) != bool(b.day) or not (a.month and b.month):
        return False
    return (a.month, a.day) != (b.month, b.day) or bool(a.year and b.year and a.year != b.year)


def _affirms(around: Words, date: When) -> bool:
    """True if a text has this date, other than to deny it."""
    no = negated(around)
    return any(not _differ(other, date) and other.month == date.month and other.first not in no for other in dates(around))


def _between(words: Words, first: int, last: int) -> str:
    return " ".join(words.text[words.starts[first] : words.ends[last]].split())


def _about(words: Words, shared: Collection[str]) -> str:
    """Up to five of the words, in the order of the sentence, as it has them."""
    found = {words.keys[i]: words.raw(i) for i in reversed(range(len(words))) if words.keys[i] in shared}
    in_order = [words.raw(i) for i in range(len(words)) if found.get(words.keys[i]) == words.raw(i)]
    return " ".join(dict.fromkeys(in_order[:5]))
