"""Dates and weekdays that a text gives, found by form alone, and whether a text lacks one that is claimed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.grounding.vocabulary import MONTHS, WEEKDAYS
from assistant.grounding.words import Words

CURRENCIES = frozenset("$£€¥")
_CLAUSE_END = re.compile(r"[.,;:!?()–—]|--")


@dataclass(frozen=True, slots=True)
class When:
    """A calendar date as far as it is given: 0 where it is not."""

    day: int
    month: int
    year: int
    first: int
    last: int


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


def lacks_date(claim: When, others: Iterable[When], numbers: Iterable[float]) -> bool:
    """True if no date of the text agrees in every part that the claim gives.

    :param numbers: of the text: the year may stand alone among them.
    """
    others = list(others)
    years = {other.year for other in others} | {int(value) for value in numbers if 1000 <= value < 2200}
    if claim.year and claim.year not in years:
        return True
    return not any(
        (not claim.month or claim.month == other.month)
        and (not claim.day or claim.day == other.day)
        and (not claim.year or not other.year or claim.year == other.year)
        for other in others
    )


def has_currency(words: Words, i: int) -> bool:
    """True if a sign like "$" stands right before word i."""
    return bool(i) and words.forms[i - 1] in CURRENCIES and len(words.gap(i)) <= 1


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
        elif before and not has_currency(words, i - 1):
            day, first = before, i - 1
        year = _year(forms[last + 1]) if last + 1 < n and len(words.gap(last + 1)) <= 2 else 0
        yield When(day, month, year, first, last + bool(year))


def _day(form: str) -> int:
    digits = form.removesuffix("th")
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= 2 and 1 <= int(digits) <= 31 else 0


def _year(form: str) -> int:
    return int(form) if len(form) == 4 and form.isascii() and form.isdecimal() and 1000 <= int(form) < 2200 else 0
