"""When what a sentence tells was: on its date, the weekday before or after publication, in a month, or on that day itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.dates import DATE, MONTHS, spaced
from assistant.grounding.claims import dates, weekdays
from assistant.grounding.vocabulary import NUMBER_WORDS, WEEKDAYS
from assistant.grounding.words import words_of

_DAYS = [*dict.fromkeys(WEEKDAYS.values())]
_AHEAD = re.compile(r"\b(?:will|would|shall|is to|are to|plans? to|scheduled|due|next|upcoming|tomorrow)\b", re.I)
_YESTERDAY, _TOMORROW = re.compile(r"\b(?:yesterday|last night)\b", re.I), re.compile(r"\btomorrow\b", re.I)
#: "the strike that began on March 5": the day of what is told beside the main clause
_BESIDE = re.compile(
    r"\b(?:which|who|that)\s+(?:had\s+)?(?:was|were|\w+ed|began|broke|came|fell|hit|left|lost|made|met|ran|rose|struck|took|went|won)\b"
    rf"[^,.;:]{{0,80}}?\bon\s+{DATE}",
    re.I,
)
_ASIDE = re.compile(r",[^,]{0,80},")
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_PERIOD = re.compile(
    r"\b(?P<word>in|during|since|from|until|by|through|of)\s+(?:early\s+|late\s+|mid-)?"
    rf"(?P<when>(?:(?:{_MONTH}),?\s+)?(?:19|20)\d\d|(?:{_MONTH}))\b(?![-,.]?\d)",
    re.I,
)
_FROM_NOW = re.compile(spaced(r"\b(?P<which>last|this|next) (?P<unit>week|month|year)\b"), re.I)
_AGO = re.compile(spaced(r"\b(?P<number>\w+) (?P<unit>day|week|month|year)s? (?:ago|earlier)\b"), re.I)
_DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}
#: what follows these is the time of something else: "the first since 2019", "more than last year"
_OF_ANOTHER = re.compile(r"\b(?:that|which|who|whose|since|after|before|than|with|to|from|until|of)\b", re.I)
#: an article does not tell of a day without a year that is further ahead than this
_AHEAD_DAYS = 120


@dataclass(frozen=True, slots=True)
class Occasion:
    """`day` is where it stands among others; `words` are for the user: "15 Dec 2025", "Dec 2025", "2025"."""

    day: date
    words: str = "undated"  #: without a word it would seem to be of the day above it


def occasion_of(sentence: str, published: date | None) -> Occasion | None:
    """:param published: of the article; without it only a whole date counts. :return: None if nothing says when it was."""
    beside = _BESIDE.sub("", sentence)
    if beside != sentence and weekdays(words_of(beside)):
        sentence = beside
    day = _written(sentence, published)
    if day or not published:
        return _on(day)
    day = _named(sentence, published)
    return _on(day) if day else _vaguely(sentence, published) or _on(published)


def says_its_day(sentence: str) -> bool:
    """True if it has a date with day and month."""
    return any(when.day and when.month for when in dates(words_of(sentence)))


def in_short(day: date) -> str:
    """`15 Dec 2025`"""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _on(day: date | None) -> Occasion | None:
    return Occasion(day, in_short(day)) if day else None


def _written(sentence: str, published: date | None) -> date | None:
    for when in dates(words_of(sentence)):
        if when.day and when.month and (when.year or published):
            found = _made(when.year or _year_for(when.month, when.day, published), when.month, when.day)
            if found:
                return found
    return None


def _named(sentence: str, published: date) -> date | None:
    """The day of "yesterday", "three days ago" or "on Sunday"."""
    if _YESTERDAY.search(sentence):
        return published - timedelta(days=1)
    if _TOMORROW.search(sentence):
        return published + timedelta(days=1)
    if (ago := _AGO.search(sentence)) and ago["unit"].lower() == "day" and ago["number"].lower() in NUMBER_WORDS:
        return _before(published, ago)
    named = weekdays(words_of(sentence))
    if len(named) != 1:
        return None
    back = (published.weekday() - _DAYS.index(named.pop())) % 7
    return published + timedelta(days=(7 - back) % 7) if _AHEAD.search(sentence) else published - timedelta(days=back)


def _vaguely(sentence: str, published: date) -> Occasion | None:
    """A month or a year, or no words where it is only known that it was another day than that of the article."""
    sentence = _ASIDE.sub("", sentence)
    if found := _PERIOD.search(sentence):
        here = found["word"].lower() in ("in", "during") and not _OF_ANOTHER.search(sentence, 0, found.start())
        return _period(found["when"], published) if here else Occasion(published)
    if found := _FROM_NOW.search(sentence):
        here = not _OF_ANOTHER.search(sentence, 0, found.start())
        return _relative(found["which"].lower(), found["unit"].lower(), published) if here else Occasion(published)
    ago = _AGO.search(sentence)
    return Occasion(_before(published, ago)) if ago else None


def _before(published: date, ago: re.Match[str]) -> date:
    """Of "two weeks ago", about."""
    days = NUMBER_WORDS.get(ago["number"].lower(), 1) * _DAYS_OF[ago["unit"].lower()]
    return published - timedelta(days=min(int(days), published.toordinal() - 1))


def _period(when: str, published: date) -> Occasion:
    year = re.search(r"\d{4}", when)
    month = next((i for i, name in enumerate(MONTHS, start=1) if when[:3].title() == name), 0)
    first = date(int(year.group()), month or 1, 1) if year else date(_year_for(month, 1, published), month, 1)
    return Occasion(first, f"{MONTHS[month - 1]} {first.year}" if month else f"{first.year}")


def _relative(which: str, unit: str, published: date) -> Occasion:
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        return Occasion(published + timedelta(days=7 * step))
    if unit == "year":
        year = published.year + step
        return Occasion((_made(year, 1, 1) if step else None) or published, f"{year}")
    year, month = divmod(published.year * 12 + published.month - 1 + step, 12)
    return Occasion((_made(year, month + 1, 1) if step else None) or published, f"{MONTHS[month]} {year}")


def _year_for(month: int, day: int, published: date | None) -> int:
    assert published is not None
    this = _made(published.year, month, day)
    return published.year - 1 if this and this > published + timedelta(days=_AHEAD_DAYS) else published.year


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 30 February
        return None
