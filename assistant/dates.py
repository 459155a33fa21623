"""Dates as people write them -> days: "8 Nov", "October 2025", "yesterday", "last week". A small grammar of English.

`POINT` finds them, `days_of` says which days they mean. Without a year the latest is meant that has begun by today.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

#: first and last day, both inclusive
Days = tuple[date, date]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_UNITS = r"(?:hour|day|week|month|year)"
_WEEKDAY = f"(?:{'|'.join(_WEEKDAYS)})"
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\w)"
_YEAR = r"(?:19|20)\d\d(?!\w)"
_COUNT = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)}|few|couple of|several)"


def spaced(pattern: str) -> str:
    """A pattern in which each space stands for any white space."""
    return pattern.replace(" ", r"\s+")


#: a day with its year
FULL_DATE = spaced(rf"\b(?:{_YEAR}-\d\d-\d\d|{_DAY}(?: of)? {_MONTH},? {_YEAR}|{_MONTH} {_DAY},? {_YEAR})(?!\w)")
#: a day, a month or a year, as exactly as it is written
DATE = spaced(
    rf"\b(?:{_YEAR}-\d\d-\d\d|{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?|{_MONTH} {_DAY}(?:,? {_YEAR})?|"
    rf"{_MONTH},? {_YEAR}|{_MONTH}|{_YEAR})(?!\w)"
)
#: counted from today, e.g. "in the last three days"
COUNTED = spaced(rf"\b(?:the )?(?:last|past) (?:{_COUNT} )?{_UNITS}s?(?!\w)")
#: named from today
NAMED = spaced(
    rf"\b(?:the day before yesterday|yesterday|last night|this (?:morning|afternoon)|{_COUNT} days? ago|"
    rf"this (?:week|month|year)|last (?:week|month|year|{_WEEKDAY}|{_MONTH}(?!\.?\s*{_DAY})))(?!\w)"
)
POINT = rf"(?:{NAMED}|{DATE}|\b{_WEEKDAY}(?!\w))"


def days_of(text: str, today: date) -> Days | None:
    """The days that a match of `POINT` or `COUNTED` means; None for a day that no calendar has, or that is to come."""
    words = " ".join(text.lower().split())
    try:
        days = _relative(words, today) or _absolute(words, today)
    except (ValueError, OverflowError):  # 31 February, or a week before the first year
        return None
    return days if days and days[0] <= today else None


def said_with_year(text: str) -> bool:
    """True if a written date has its year."""
    return re.search(_YEAR, text) is not None


def only_a_year(text: str) -> bool:
    """True for "2024"."""
    return re.fullmatch(_YEAR, text.strip()) is not None


def only_a_weekday(text: str) -> bool:
    """True for "Friday", which says neither of which week."""
    return text.strip().lower() in _WEEKDAYS


def _relative(words: str, today: date) -> Days | None:
    first, _, rest = words.partition(" ")
    if words in _SINGLE:
        return _SINGLE[words](today)
    if words.endswith("ago"):
        return _one(today - timedelta(days=_number(first)))
    if rest in _WEEKDAYS or words in _WEEKDAYS:
        return _weekday(words, today)
    if first == "last" and (month := _month(rest)):
        return _latest_month(month, today.replace(day=1) - timedelta(days=1))
    if re.fullmatch(COUNTED, words):
        return _counted(words.split(), today)
    return None


def _absolute(words: str, today: date) -> Days | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
        return _one(date.fromisoformat(words))
    numbers = re.findall(r"\d+", words)
    year = next((int(n) for n in numbers if len(n) == 4), None)
    day = next((int(n) for n in numbers if len(n) < 3), None)
    named = re.search(_MONTH, words)
    month = _month(named.group()) if named else 0
    if not month:
        return (date(year, 1, 1), date(year, 12, 31)) if year else None
    if day is None:
        return _whole_month(year, month) if year else _latest_month(month, today)
    return _one(date(year, month, day)) if year else _latest_day(month, day, today)


def _counted(words: list[str], today: date) -> Days:
    unit = words[-1].rstrip("s")
    number = _number(words[-2]) if words[-2] not in ("last", "past") else 3 if words[-1].endswith("s") else 1
    if unit == "hour":
        return today - timedelta(days=-(-number // 24)), today
    if unit in ("day", "week"):
        return today - timedelta(days=number * (7 if unit == "week" else 1)), today
    return _months_before(today, number * (12 if unit == "year" else 1)), today


def _number(word: str) -> int:
    if word in _NUMBERS:
        return _NUMBERS.index(word) + 1
    return int(word) if word.isdigit() else {"couple": 2, "of": 2}.get(word, 3)  # "a few", "several"


def _one(day: date) -> Days:
    return day, day


def _month(word: str) -> int:
    """1..12, or 0 for a word that is no month."""
    return MONTHS.index(word[:3].title()) + 1 if re.fullmatch(_MONTH, word) else 0


def _whole_month(year: int, month: int) -> Days:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def _latest_month(month: int, today: date) -> Days:
    return _whole_month(today.year if month <= today.month else today.year - 1, month)


def _latest_day(month: int, day: int, today: date) -> Days | None:
    for year in range(today.year, today.year - 9, -1):  # 29 February may be eight years ago
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return _one(found)
    return None


def _weekday(words: str, today: date) -> Days:
    ago = (today.weekday() - _WEEKDAYS.index(words.rpartition(" ")[2])) % 7
    return _one(today - timedelta(days=ago or (7 if words.startswith("last") else 0)))


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = _whole_month(year, month + 1)[1].day
    return date(year, month + 1, min(day.day, last))


def _last_week(today: date) -> Days:
    monday = today - timedelta(days=today.weekday() + 7)
    return monday, monday + timedelta(days=6)


def _last_month(today: date) -> Days:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


_SINGLE: dict[str, Callable[[date], Days]] = {
    "yesterday": lambda today: _one(today - timedelta(days=1)),
    "the day before yesterday": lambda today: _one(today - timedelta(days=2)),
    "last night": lambda today: (today - timedelta(days=1), today),
    "this morning": _one,
    "this afternoon": _one,
    "this week": lambda today: (today - timedelta(days=today.weekday()), today),
    "this month": lambda today: (today.replace(day=1), today),
    "this year": lambda today: (today.replace(month=1, day=1), today),
    "last week": _last_week,
    "last month": _last_month,
    "last year": lambda today: (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
}
