"""The checkable claims of a text: quantities with their units, dates, names, negation.

Each is found by form alone, the same way in the sentence and in the text it is checked against; the `lacks_…` functions say
whether the text lacks what the sentence claims.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.grounding.vocabulary import (
    DENIALS,
    MONTHS,
    NEGATIONS,
    NUMBER_WORDS,
    SCALE_LETTERS,
    SCALES,
    UNITS,
    WEEKDAYS,
)
from assistant.grounding.words import Words

_CURRENCIES = frozenset("$£€¥")
_BOUNDS = {"over": (1.0, 1.25), "than": (1.0, 1.25), "nearly": (0.85, 1.0), "almost": (0.85, 1.0), "under": (0.8, 1.0)}
_NEAR = dict.fromkeys("about around approximately roughly some estimated".split(), (0.9, 1.1))
_NEGATION_REACH = 3  #: content words a negation governs at most
_CLAUSE_END = re.compile(r"[.,;:!?()–—]|--")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit ("" if it has none we know). `low`..`high` is what it is taken to say: equal unless hedged."""

    value: float
    unit: str
    low: float
    high: float
    first: int  #: word number where it begins
    last: int
    digits: str = ""  #: as written, if in digits


@dataclass(frozen=True, slots=True)
class When:
    """A calendar date as far as it is given: 0 where it is not."""

    day: int
    month: int
    year: int
    first: int
    last: int


def quantities(words: Words, dates: Iterable[When] = ()) -> list[Quantity]:
    """All numbers that are not part of a date. "$3m", "3 million dollars" and "three million dollars" come out the same."""
    taken = {i for date in dates for i in range(date.first, date.last + 1)}
    found, i = [], 0
    while i < len(words):
        read = None if i in taken else _read_number(words, i)
        if read is None:
            i += 1
            continue
        value, after = read
        found.append(_with_unit(words, value, i, after))
        i = after
    return found


def dates(words: Words) -> list[When]:
    """Days, months and years written out: "Dec. 15, 2025", "15 December", "December 2025". A lone month is one, too."""
    return list(_dates(words))


def weekdays(words: Words) -> set[str]:
    """The full names of the weekdays mentioned; short ones ("Mon.") only where they are capitalised."""
    return {
        WEEKDAYS[form]
        for i, form in enumerate(words.forms)
        if form in WEEKDAYS and (form == WEEKDAYS[form] or words.raw(i)[0].isupper())
    }


def negated(words: Words) -> dict[int, int]:
    """Word numbers of content words under a negation -> word number of the negation that governs them."""
    scope: dict[int, int] = {}
    for i, form in enumerate(words.forms):
        if is_negation(form) and not _is_only(words, i):
            reached = 0
            for j in range(i + 1, min(i + 9, len(words))):
                if _CLAUSE_END.search(words.gap(j)) or reached == _NEGATION_REACH:
                    break
                if words.content[j]:
                    scope[j] = i
                    reached += 1
    return scope


def is_negation(form: str) -> bool:
    """True for "not", "never", "didn't" and their like."""
    return form in NEGATIONS or form.endswith("n't")


def denies(keys: Iterable[str]) -> bool:
    """True if a verb among the keys denies by itself ("declined", "failed")."""
    return not DENIALS.isdisjoint(keys)


def lacks_quantity(claim: Quantity, others: Iterable[Quantity], text: str) -> bool:
    """True if no quantity of the text is what is claimed."""
    for other in others:
        if _units_agree(claim, other) and _overlap(claim, other):
            return False
    return not _written_apart(claim.digits, text)


def _units_agree(claim: Quantity, other: Quantity) -> bool:
    age = claim.unit == "year" and not other.unit and other.value < 120  # "Holm, 83," is 83 years old
    return claim.unit == other.unit or not claim.unit or age


def lacks_date(claim: When, others: Iterable[When], numbers: Iterable[Quantity]) -> bool:
    """True if no date of the text agrees in every part that the claim gives; the year may stand elsewhere in the text."""
    others = list(others)
    years = {other.year for other in others} | {int(q.value) for q in numbers if 1000 <= q.value < 2200}
    if claim.year and claim.year not in years:
        return True
    return not any(
        (not claim.month or claim.month == other.month)
        and (not claim.day or claim.day == other.day)
        and (not claim.year or not other.year or claim.year == other.year)
        for other in others
    )


def _read_number(words: Words, i: int) -> tuple[float, int] | None:
    """The number that begins at word i, and the word after it; None if there is none."""
    form = words.forms[i]
    if form.endswith("th") and form[0].isdecimal():
        return None  # ordinals are compared as words
    if form[0].isdecimal():
        glued = i and not words.gap(i) and words.raw(i - 1)[-1].isalpha()
        if ":" in form or glued:  # a time of day is compared as a word; "M3" is a name
            return None
        value, after = float(_plain(form)), i + 1
    elif form in NUMBER_WORDS:
        value, after = _read_spelled(words, i)
    elif form in SCALES and i and words.forms[i - 1] == "a":
        value, after = 1.0, i
    else:
        return None
    while after < len(words) and words.gap(after) in ("", " ", "-", "\u00a0"):
        tight = words.gap(after) == ""
        scale = SCALES.get(words.forms[after]) or (tight and SCALE_LETTERS.get(words.forms[after]))
        if not scale or (tight and words.forms[after] == "m" and not _has_currency(words, i)):
            break
        value, after = value * scale, after + 1
    return value, after


def _read_spelled(words: Words, i: int) -> tuple[float, int]:
    value = float(NUMBER_WORDS[words.forms[i]])
    after = i + 1
    if value >= 20 and after < len(words) and words.gap(after) in ("-", " "):
        units = NUMBER_WORDS.get(words.forms[after], 0)
        if 0 < units < 10:
            return value + units, after + 1
    return value, after


def _with_unit(words: Words, value: float, first: int, after: int) -> Quantity:
    unit, last = "", after - 1
    if _has_currency(words, first):
        unit = words.forms[first - 1]
    for j in range(after, min(after + 2, len(words))):
        form = words.forms[j]
        if form in UNITS and len(words.gap(j)) <= 1:
            unit, last = unit or UNITS[form], j
        if form != "per" and words.content[j]:
            break
    if not unit and after + 1 < len(words) and words.forms[after] in ("to", "or", "and"):
        upper = _read_number(words, after + 1)  # "two to three hours": the unit is that of the upper end
        if upper:
            unit = _with_unit(words, upper[0], after + 1, upper[1]).unit
    low, high = _hedge(words, first)
    digits = words.raw(first) if words.forms[first][0].isdecimal() else ""
    return Quantity(value, unit, value * low, value * high, first, last, digits)


def _hedge(words: Words, first: int) -> tuple[float, float]:
    for j in range(first - 1, max(first - 3, -1), -1):
        form = words.forms[j]
        if form in _BOUNDS or form in _NEAR:
            return _BOUNDS.get(form) or _NEAR[form]
        if form not in _CURRENCIES:
            break
    return 1.0, 1.0


def _has_currency(words: Words, i: int) -> bool:
    return bool(i) and words.forms[i - 1] in _CURRENCIES and len(words.gap(i)) <= 1


def _overlap(a: Quantity, b: Quantity) -> bool:
    tolerance = 1e-9 * max(abs(a.value), 1.0)
    return a.low - tolerance <= b.high and b.low - tolerance <= a.high


def _written_apart(digits: str, text: str) -> bool:
    """Some sources print "3, 500" or "2. 5": the digits are there, with a space inside."""
    if "," not in digits and "." not in digits:
        return False
    pattern = re.sub(r"\\?([.,])", r"\\\1\\s?", re.escape(digits))
    return re.search(rf"(?<![\d.,]){pattern}(?!\d)", text) is not None


def _plain(digits: str) -> str:
    """ "3,500" -> "3500"; "3.5" stays; "1.2.3" (a version, a date) loses all but the first stop."""
    digits = digits.replace(",", "")
    head, _, tail = digits.partition(".")
    return f"{head}.{tail.replace('.', '')}" if tail else head


def _dates(words: Words) -> Iterator[When]:
    forms, n = words.forms, len(words)
    for i, form in enumerate(forms):
        month = MONTHS.get(form)
        if month is None:
            continue
        before = _day(forms[i - 1]) if i else 0
        after = _day(forms[i + 1]) if i + 1 < n and not _CLAUSE_END.search(words.gap(i + 1).replace(".", "")) else 0
        if form in ("may", "march", "mar", "dec", "jan", "sep", "sept") and not (before or after):
            following = forms[i + 1] if i + 1 < n else ""
            if not words.raw(i)[0].isupper() or (not i and not _year(following)):
                continue  # the verb, not the month
        first, last, day = i, i, 0
        if after:
            day, last = after, i + 1
        elif before and not _has_currency(words, i - 1):
            day, first = before, i - 1
        year = _year(forms[last + 1]) if last + 1 < n and len(words.gap(last + 1)) <= 2 else 0
        yield When(day, month, year, first, last + bool(year))


def _day(form: str) -> int:
    digits = form.removesuffix("th")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= 2 and 1 <= int(digits) <= 31 else 0


def _year(form: str) -> int:
    return int(form) if len(form) == 4 and form.isascii() and form.isdecimal() and 1000 <= int(form) < 2200 else 0


def _is_only(words: Words, i: int) -> bool:
    """ "not only … but also" affirms."""
    return i + 1 < len(words) and words.forms[i + 1] in ("only", "just", "least")
