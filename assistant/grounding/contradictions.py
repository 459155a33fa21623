"""Do two sentences say different things of one matter? A figure, a date, or yes against no; found by form alone.

Precision goes before recall: a contradiction that is none makes good articles look bad. So the words around the two figures
must be mostly the same, what is counted must be the same, and neither text may have the other's figure anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.grounding.claims import Quantity, When, dates, denies, negated, quantities, weekdays
from assistant.grounding.vocabulary import MONTHS, SCALES, UNITS, WEEKDAYS
from assistant.grounding.words import Words, is_number, words_of

#: words of the clauses around two figures that must be the same: their number, and their share of the words there
_MIN_SHARED, _MIN_ALIKE = 2, 0.4
#: the same for two sentences that differ by a negation
_MIN_CLAIM, _MIN_SAME = 4, 0.75
_CLAUSE_END = re.compile(r"[,;:!?()“”\"–—\n]|--|\.\s")
_AT_LEAST = re.compile(r"\b(?:at least|more than|over|no (?:less|fewer) than|upwards of)\s+\S{0,2}$", re.I)
_AT_MOST = re.compile(r"\b(?:at most|up to|less than|fewer than|under|as (?:many|much|high) as|no more than)\s+\S{0,2}$", re.I)
#: beside one figure and not the other they say that it is a figure of something else: a share, a change, another year
_APART = frozenset(
    """more less fewer another other additional extra further previous previously earlier last ago former formerly initially
    originally average expected estimated target forecast record each per every daily weekly monthly annual yearly total
    first second third next half since""".split()
)

#: a number after one of these is a name: "Category 2", "Flight 253"
_LABELS = frozenset(
    """act airbus apollo area article boeing category channel chapter class day division flight game grade group highway
    interstate level line model no nos number page part phase room round route section size stage tier type version
    volume week zone""".split()
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
    known_a, known_b = quantities(first.around), quantities(second.around)
    for here in quantities(a, dates(a)):
        for there in quantities(b, dates(b)):
            counted = _counted(a, here)
            if _is_label(a, here) or _is_label(b, there):
                continue
            if here.unit != there.unit or counted != _counted(b, there) or not (here.unit or counted):
                continue
            if _compatible(a, here, b, there) or _has(known_b, here) or _has(known_a, there):
                continue
            shared = _shared(a, (here.first, here.last), b, (there.first, there.last))
            if shared:
                what = "" if here.unit else counted
                yield shared, Apart("number", _said(a, here), _said(b, there), _about(a, shared), what)


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
    if bool(no_a) != bool(no_b) and not denies(a.keys) and not denies(b.keys):
        yield shared, Apart("negation", " ".join(a.text.split()), " ".join(b.text.split()), _about(a, shared))


def _shared(a: Words, here: tuple[int, int], b: Words, there: tuple[int, int]) -> set[str]:
    """Keys that the clauses around two figures have in common; none if they are too few, or one clause sets its figure apart."""
    near_a, near_b = _near(a, *here), _near(b, *there)
    if (near_a ^ near_b) & _APART:
        return set()
    subjects_a, subjects_b = near_a - _APART, near_b - _APART
    shared = subjects_a & subjects_b
    enough = len(shared) >= _MIN_SHARED and len(shared) >= _MIN_ALIKE * max(len(subjects_a), len(subjects_b))
    return shared if enough else set()


def _near(words: Words, first: int, last: int) -> set[str]:
    """Keys of the clause that a figure stands in: content words, and those that set it apart; no other figures."""
    start, end = first, last
    while start > 0 and not _CLAUSE_END.search(words.gap(start)):
        start -= 1
    while end + 1 < len(words) and not _CLAUSE_END.search(words.gap(end + 1)):
        end += 1
    inside = [i for i in range(start, end + 1) if not first <= i <= last]
    apart = {words.forms[i] for i in inside if words.forms[i] in _APART}
    return apart | {words.keys[i] for i in inside if words.forms[i] not in _APART and _is_subject(words, i)}


def _is_subject(words: Words, i: int) -> bool:
    form = words.forms[i]
    is_figure = is_number(form) or form in UNITS or form in MONTHS or form in WEEKDAYS or form in SCALES
    return words.content[i] and not is_figure


def _is_label(words: Words, figure: Quantity) -> bool:
    """True for "Category 2", "Flight 253", "No. 10": a number that names and does not count."""
    return figure.first > 0 and words.forms[figure.first - 1] in _LABELS


def _counted(words: Words, figure: Quantity) -> str:
    """Key of the next content word in the clause, of the two words after the figure: "41 ships", "$3 of oil"; "" if none."""
    for i in range(figure.last + 1, min(figure.last + 4, len(words))):
        if _CLAUSE_END.search(words.gap(i)):
            break
        if words.content[i]:
            return words.keys[i]
    return ""


def _compatible(a: Words, here: Quantity, b: Words, there: Quantity) -> bool:
    """True if both can be right: equal, hedged, rounded, or one bounds the other."""
    if here.low <= there.high and there.low <= here.high:
        return True
    (small, small_words), (large, large_words) = sorted(((here, a), (there, b)), key=lambda pair: pair[0].value)
    if _AT_LEAST.search(_before(small_words, small)) or _AT_MOST.search(_before(large_words, large)):
        return True
    return _rounded(here.value, there.value) or _rounded(there.value, here.value)


def _rounded(exact: float, rough: float) -> bool:
    """True if `rough` is `exact` to as many digits as `rough` has."""
    digits = f"{rough:.10g}".replace(".", "").strip("0")
    if not exact or not digits:
        return False
    return float(f"{exact:.{len(digits)}g}") == rough


def _has(known: Collection[Quantity], figure: Quantity) -> bool:
    return any(other.low <= figure.high and figure.low <= other.high for other in known)


def _differ(a: When, b: When) -> bool:
    """True if a part that both give is not the same; a day without its month, or a lone month against a day, is no date."""
    if bool(a.day) != bool(b.day) or not (a.month and b.month):
        return False
    return (a.month, a.day) != (b.month, b.day) or bool(a.year and b.year and a.year != b.year)


def _affirms(around: Words, date: When) -> bool:
    """True if a text has this date, other than to deny it."""
    no = negated(around)
    return any(not _differ(other, date) and other.month == date.month and other.first not in no for other in dates(around))


def _before(words: Words, figure: Quantity) -> str:
    return words.text[max(0, words.starts[figure.first] - 30) : words.starts[figure.first]]


def _said(words: Words, figure: Quantity) -> str:
    """`at least $112 million`, `41 ships`."""
    last = figure.last
    if not figure.unit and last + 1 < len(words):
        last = next((i for i in range(last + 1, min(last + 4, len(words))) if words.content[i]), last)
    first = figure.first - 1 if figure.first and words.forms[figure.first - 1] in "$£€¥" else figure.first
    bound = _AT_LEAST.search(_before(words, figure)) or _AT_MOST.search(_before(words, figure))
    start = words.starts[figure.first] - len(bound.group()) if bound else words.starts[first]
    return " ".join(words.text[start : words.ends[last]].split())


def _between(words: Words, first: int, last: int) -> str:
    return " ".join(words.text[words.starts[first] : words.ends[last]].split())


def _about(words: Words, shared: Collection[str]) -> str:
    """Up to five of the words, in the order of the sentence, as it has them."""
    found = {words.keys[i]: words.raw(i) for i in reversed(range(len(words))) if words.keys[i] in shared}
    in_order = [words.raw(i) for i in range(len(words)) if found.get(words.keys[i]) == words.raw(i)]
    return " ".join(dict.fromkeys(in_order[:5]))
