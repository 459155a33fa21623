"""Which phrases of a question say when an article was published. What a question asks about is left alone.

"What happened on 5 November 2024?" asks about a day, and articles of many days may tell of it. So only phrases count that point
from today ("last week", "since Nov 8") or name the articles themselves ("articles from October 2025"); all others stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.dates import (
    COUNTED,
    DATE,
    FULL_DATE,
    NAMED,
    POINT,
    Days,
    days_of,
    only_a_weekday,
    only_a_year,
    said_with_year,
    spaced,
)
from assistant.tense import asks_of_the_past

#: "since 1990" asks about history: nobody means to leave out the articles before it
_RECENT_YEARS = 5


@dataclass(frozen=True, slots=True)
class Frame:
    """One phrase: what it asks for (days inclusive, None: open) and where it stands in the question."""

    since: date | None
    until: date | None
    start: int
    end: int


# A date that a noun follows is part of a name ("since 2020 elections"), so only the end or a small word may follow.
_BARE = spaced(
    r"(?= *(?:$|[^\w\s'’-]|(?:in|at|by|for|with|about|on|and|or|but|what|who|whom|when|where|which|why|how|did|do|does|has|have|"
    r"had|is|are|was|were|will|would|can|could|to|from|that|as|there|say|said|according|regarding|since|until|till|before|after)\b))"
).replace(r"\s+*", r"\s*")
_NEWS = "(?:articles?|news|coverage|headlines?|stories)"
_RANGE = spaced(rf"(?:between {POINT} and {POINT}|from {POINT} (?:to|until|till|through) {POINT})")
_PUBLISHED = "(?:published|written|dated|printed|posted|reported|that appeared)"
_PERIOD = spaced(rf"(?:(?:in|on|from|of|during|dated) {DATE}|dated {DATE}|{_RANGE})") + _BARE


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(spaced(pattern), re.IGNORECASE)


_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*[\"”»]")
_ANY_RANGE = _compiled(_RANGE)
_POINTS = _compiled(POINT)
_FAR = rf"{_PUBLISHED} (?:{_PERIOD}|{DATE}{_BARE})|from {DATE}{_BARE}"
_OF_NEWS = _compiled(rf"\b{_NEWS}(?: (?P<near>{_PERIOD})|(?: [\w'’-]+){{0,8}}? (?P<far>{_FAR}))")
_OF_OUTLET = _compiled(rf"\b(?:report|publish|write|print|say|reported|published|wrote|printed|said) (?P<near>{_PERIOD})")
_TODAY = _compiled(rf"\b(?P<his>today['’]s) {_NEWS}\b|\b(?:{_NEWS}|happened|happening) (?P<when>(?:from |of )?today)\b")
_EVENT = _compiled(rf"\b(?P<word>before|after|since|until) the (?:[\w'’-]+ ){{1,5}}on (?P<point>{FULL_DATE})")
_OPEN = _compiled(
    rf"(?<![\w-])(?P<on>(?:on|in) (?:or|and) )?(?P<word>ever since|since|until|till|up to|before|prior to|after) "
    rf"(?P<point>{POINT}){_BARE}"
)
_NAMED = _compiled(
    rf"(?<![\w-])(?:(?:as of|earlier|later|early|late|from|during) )?(?P<point>{NAMED})(?P<owned>['’]s)?(?! of\b)(?!-\w)"
)
_COUNTED = _compiled(rf"\b(?:in|over|during|within|for|from) (?P<point>{COUNTED})(?! of\b|['’]s\b|-\w)")
_DISTANCE = _compiled(r"\b(?:days?|weeks?|months?|years?|hours?|shortly|soon|just|right|immediately|morning|night|long) $")
#: before "last week's storm" is not since last week; "by last Friday" and "two days before last Friday" mean other days
_BEFORE = _compiled(r"\b(?:before|until|till|up to|prior to|ahead of|by|than) $")
_AFTER = _compiled(r"\bafter $")
_ARTICLES = _compiled(rf"\b(?:{_NEWS}|{_PUBLISHED}) $")
_OWNER = _compiled(r"(?:\b(?:his|her|its|their|my|your|our|the|a|very)|['’]s) $")


def frames(question: str, today: date, of_outlet: bool = False) -> list[Frame]:
    """:param of_outlet: True if the question names an outlet: then "report in October 2025" says when it reported."""
    text = _QUOTED.sub(lambda m: " " * len(m.group()), question)
    found: list[Frame] = []
    for finder in (_of_news, _of_outlet, _ranges, _events, _opens, _counted, _named):
        if finder is _of_outlet and not of_outlet:
            continue
        for frame in finder(text, today):
            if frame.since or frame.until:
                found.append(frame)
            text = text[: frame.start] + "\0" * (frame.end - frame.start) + text[frame.end :]
    return sorted(found, key=lambda frame: frame.start)


def _of_news(text: str, today: date) -> Iterator[Frame]:
    for match in _OF_NEWS.finditer(text):
        group = "near" if match["near"] else "far"
        if days := _span(match[group], today):
            yield Frame(*days, *match.span(group))
    for match in _TODAY.finditer(text):
        yield Frame(today, today, *match.span("his" if match["his"] else "when"))


def _of_outlet(text: str, today: date) -> Iterator[Frame]:
    for match in _OF_OUTLET.finditer(text):
        if days := _span(match["near"], today):
            yield Frame(*days, *match.span("near"))


def _ranges(text: str, today: date) -> Iterator[Frame]:
    """Ranges that are no filter: taken out, so that half of one is not read as "until May"."""
    for match in _ANY_RANGE.finditer(text):
        yield Frame(None, None, *match.span())


def _events(text: str, today: date) -> Iterator[Frame]:
    for match in _EVENT.finditer(text):
        if (days := days_of(match["point"], today)) and _is_of_articles(text, match):
            yield _open(match["word"], days, *match.span())


def _opens(text: str, today: date) -> Iterator[Frame]:
    for match in _OPEN.finditer(text):
        word, point = match["word"].lower(), match["point"]
        days = days_of(point, today) if _is_date(point) else None
        if days is None or _is_name(text, match) or _DISTANCE.search(text, max(0, match.start() - 12), match.start()):
            continue
        if word in ("ever since", "since", "after"):
            clear = days[0].year >= today.year - _RECENT_YEARS
        else:
            clear = not only_a_year(point) and not only_a_weekday(point)  # the one is history, the other to come
        if clear and _is_of_articles(text, match):
            yield _open(f"on or {word}" if match["on"] else word, days, *match.span())


def _counted(text: str, today: date) -> Iterator[Frame]:
    for match in _COUNTED.finditer(text):
        days = days_of(match["point"], today)
        if days and days[0].year >= today.year - _RECENT_YEARS and not _is_name(text, match):
            yield Frame(days[0], days[1], *match.span())


def _named(text: str, today: date) -> Iterator[Frame]:
    for match in _NAMED.finditer(text):
        phrase = match["point"].lower()
        days = days_of(phrase, today)
        if days is None or _is_name(text, match) or _OWNER.search(text, max(0, match.start() - 8), match.start()):
            continue
        if _BEFORE.search(text, 0, match.start()) or (not match["owned"] and _AFTER.search(text, 0, match.start())):
            continue
        # of "last week's storm", and of what a whole year brought, later articles tell, too
        is_open = match["owned"] or phrase.split() == ["last", "year"]
        yield Frame(days[0], None if is_open else days[1], *match.span())


def _open(word: str, days: Days, start: int, end: int) -> Frame:
    word = word.lower()
    if word == "on or before":
        return Frame(None, days[1], start, end)
    try:
        if word == "after":
            return Frame(days[1] + timedelta(days=1), None, start, end)
        if word in ("before", "prior to"):
            return Frame(None, days[0] - timedelta(days=1), start, end)
    except OverflowError:  # after the last day there is
        return Frame(None, None, start, end)
    return Frame(None, days[1], start, end) if word in ("until", "till", "up to") else Frame(days[0], None, start, end)


def _span(period: str, today: date) -> Days | None:
    """The days of "in October 2025", or of "between March and May 2025", whose first date borrows the year of the second."""
    points = [match.group() for match in _POINTS.finditer(period)]
    last = days_of(points[-1], today)
    if last is None or not all(map(_is_date, points)):
        return None
    if len(points) == 1:
        return last
    first = days_of(points[0], today if said_with_year(points[0]) else last[1])
    return (first[0], last[1]) if first and first[0] <= last[1] else None


def _is_of_articles(text: str, match: re.Match[str]) -> bool:
    """False for a day that what is asked about is to happen before or after; "since" looks back in any case."""
    looks_back = match["word"].lower().endswith("since")
    return looks_back or asks_of_the_past(text) or _ARTICLES.search(text, 0, match.start()) is not None


def _is_date(point: str) -> bool:
    """False for "may" and "march", which are verbs more often than months."""
    return point not in ("may", "march", "mar")


def _is_name(text: str, match: re.Match[str]) -> bool:
    """True for a phrase that begins with a capital inside a sentence, such as the programme This Week."""
    before = text[: match.start()].strip("\0 \t\n¿\"'“(")
    return bool(before) and before[-1] not in ".!?:;," and match.group()[0].isupper() and not text.isupper()
