"""The day that a sentence of an article tells of: its date, the weekday before or after publication, or that day itself."""

from __future__ import annotations

import re
from datetime import date, timedelta

from assistant.dates import MONTHS
from assistant.grounding.claims import dates, weekdays
from assistant.grounding.vocabulary import WEEKDAYS
from assistant.grounding.words import words_of

_DAYS = [*dict.fromkeys(WEEKDAYS.values())]
_AHEAD = re.compile(r"\b(?:will|would|shall|is to|are to|plans? to|scheduled|due|next|upcoming|tomorrow)\b", re.I)
_YESTERDAY, _TOMORROW = re.compile(r"\b(?:yesterday|last night)\b", re.I), re.compile(r"\btomorrow\b", re.I)
#: an article does not tell of a day without a year that is further ahead than this
_AHEAD_DAYS = 120


def day_of(sentence: str, published: date | None) -> date | None:
    """:param published: of the article; without it only a whole date counts. :return: None if nothing says which day it is."""
    words = words_of(sentence)
    for when in dates(words):
        if when.day and when.month and (when.year or published):
            found = _made(when.year or _year_for(when.month, when.day, published), when.month, when.day)
            if found:
                return found
    if not published:
        return None
    if _YESTERDAY.search(sentence):
        return published - timedelta(days=1)
    if _TOMORROW.search(sentence):
        return published + timedelta(days=1)
    named = weekdays(words)
    if len(named) != 1:
        return published
    back = (published.weekday() - _DAYS.index(named.pop())) % 7
    return published + timedelta(days=(7 - back) % 7) if _AHEAD.search(sentence) else published - timedelta(days=back)


def in_short(day: date) -> str:
    """`15 Dec 2025`"""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _year_for(month: int, day: int, published: date | None) -> int:
    assert published is not None
    this = _made(published.year, month, day)
    return published.year - 1 if this and this > published + timedelta(days=_AHEAD_DAYS) else published.year


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 30 February
        return None
