"""Dates as articles write them. Only a full day, month and year counts; an ambiguous 03/04/2024 is no date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

# English, German, French, Spanish, Italian, Portuguese and Dutch.
_MONTHS = {
    1: "january jan januar jänner janvier enero gennaio janeiro januari",
    2: "february feb februar février fevrier febrero febbraio fevereiro februari",
    3: "march mar märz maerz mars marzo março maart",
    4: "april apr avril abril aprile",
    5: "may mai mayo maggio maio mei",
    6: "june jun juni juin junio giugno junho",
    7: "july jul juli juillet julio luglio julho",
    8: "august aug août aout agosto augustus",
    9: "september sept sep septembre septiembre settembre setembro",
    10: "october oct oktober okt octobre octubre ottobre outubro",
    11: "november nov novembre noviembre novembro",
    12: "december dec dezember dez décembre decembre diciembre dicembre dezembro",
}
_MONTH_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}
_MONTH = "(?:" + "|".join(sorted(_MONTH_NUMBER, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1[6-9]\d\d|20\d\d)"

#: A whole date in words or ISO form; which groups matched says which form it is.
DATE = (
    rf"(?:(?P<m1>{_MONTH})\s+(?P<d1>{_DAY})(?:st|nd|rd|th)?,?\s+(?P<y1>{_YEAR})"
    rf"|(?P<d2>{_DAY})(?:st|nd|rd|th|\.)?(?:\s+de)?[\s-]+(?P<m2>{_MONTH})(?:\s+de)?,?[\s-]+(?P<y2>{_YEAR})"
    rf"|(?P<y3>{_YEAR})-(?P<m3>0[1-9]|1[0-2])-(?P<d3>0[1-9]|[12]\d|3[01]))(?!\d)"
)
_IN_WORDS = re.compile(DATE, re.IGNORECASE)
_YEAR_FIRST = re.compile(rf"\s*({_YEAR})([-/.]?)(\d\d?)\2(\d\d?)(?!\d)(?!\2\d)")
_COMPACT = re.compile(rf"\s*({_YEAR})(\d\d)(\d\d)(?:T?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?Z?\s*")
# Seconds or milliseconds since 1970; fewer digits are as well a number of something.
_EPOCH = re.compile(r"\s*(\d{10}|\d{13})(?:\.\d*)?\s*")
_YEAR_LAST = re.compile(rf"\s*(\d\d?)([-/.])(\d\d?)\2({_YEAR})\b")
# Eight digits in a row are as often an article's number, so their year has to be one of the web's.
_URL_DAY = re.compile(
    rf"/({_YEAR}(?=[/-])|(?:199\d|20[0-4]\d))[/-]?(\d\d)[/-]?(\d\d)(?=[/_-])|/({_YEAR})/({_MONTH[:-5]})/(\d\d?)/", re.IGNORECASE
)


def parse_date(value: object) -> date | None:
    """The day that a metadata value names, as it is written there (no change of time zone); None if it names none.

    :param value: text (ISO, RFC 2822, "May 2, 2026"), a date, or seconds or milliseconds since 1970.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value) or _from_numbers(f"{value:.0f}" if abs(value) < 1e8 else "")
    if not isinstance(value, str) or len(value) > 100:
        return None
    return _from_numbers(value) or _from_match(_IN_WORDS.search(value))


def date_in_url(url: str) -> date | None:
    """The day in an address such as /2024/05/12/title or /20240512-title."""
    for match in _URL_DAY.finditer(url):
        year, month, day, year_w, month_w, day_w = match.groups()
        found = _day(year, month, day) if year else _day(year_w, _MONTH_NUMBER[month_w.lower()], day_w)
        if found:
            return found
    return None


def _from_epoch(value: int | float) -> date | None:
    seconds = value / 1000 if abs(value) >= 1e11 else value
    # A small number is a year, a count or a day number, but no time: 1e8 is 1973.
    if not 1e8 <= seconds < 4.2e9:
        return None
    return datetime.fromtimestamp(seconds, UTC).date()


def _from_numbers(value: str) -> date | None:
    if match := _EPOCH.fullmatch(value):
        return _from_epoch(int(match[1]))
    if match := _COMPACT.fullmatch(value):
        return _day(*match.groups())
    if (match := _YEAR_FIRST.match(value)) and match[2]:
        return _day(match[1], match[3], match[4])
    if match := _YEAR_LAST.match(value):
        first, mark, second, year = match.groups()
        # With dots or a first number over 12, the day is first; with slashes it may be either.
        if mark == "." or int(first) > 12 or first == second:
            return _day(year, second, first)
        return _day(year, first, second) if int(second) > 12 else None
    return None


def _from_match(match: re.Match[str] | None) -> date | None:
    if not match:
        return None
    part = match.groupdict()
    if part["y3"]:
        return _day(part["y3"], part["m3"], part["d3"])
    number = "1" if part["y1"] else "2"
    month = _MONTH_NUMBER[part["m" + number].lower().rstrip(".")]
    return _day(part["y" + number], month, part["d" + number])


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_TIME = r"(?:,?\s*(?:at\s+|um\s+|à\s+)?\d{1,2}[:.h]\d{2}.{0,60}|\s*\d{1,2}\s*[ap]\.?m\b.{0,60})"
_LABEL = r"(?:(?:first\s+)?(?:published|posted)(?:\s+on)?\s*:?\s*|date\s*:\s*|veröffentlicht(?:\s+am)?\s*:?\s*)?"
# What may stand behind a date's mark. Anything else is prose: "June 6, 1944 — Allied troops landed", "May 8, 1945 | 80 years on".
_ASIDE = r"(?:\d{1,2}[:.h]\d{2}|\d{1,2}\s*[ap]\.?m\b|(?:last\s+)?updated\b|by\s|\d+[\s-]*min(?:ute)?s?\b).{0,80}"
_DATE_LINE = re.compile(
    rf"{_LABEL}{_WEEKDAY}{DATE}(?:\s*(?:{_TIME})?\s*|,?\s+updated\b.{{0,80}}|\s*(?:[|·•]|--|[—–-])\s*{_ASIDE}"
    rf"|\s*\([^)]*\)\s*(?:--|[—–-]).*)",
    re.IGNORECASE | re.DOTALL,
)
# "BERLIN, Dec. 15, 2025 (Reuters) -": capitalised words, the date, and a dash that ends the dateline.
_PLACE_LINE = re.compile(
    rf"(?:[A-ZÀ-Þ][\w.'’-]*[ ,/]+(?:(?:de|la|of|and|the)\s)?){{1,6}}"
    rf"(?i:{DATE})\s*,?\s*(?:\([^)]{{2,40}}\)\s*)?(?:--|[—–-])"
)


def is_date_line(line: str) -> bool:
    """True of a line that says when an article was published and nothing else."""
    return _DATE_LINE.fullmatch(line.strip()) is not None


def find_dateline(text: str) -> date | None:
    """The publication date that an article's first five lines state, never a date that its prose mentions."""
    lines = (line.strip() for line in text[:3000].splitlines())
    for line in [line for line in lines if line][:5]:
        head = line[:300]
        match = _PLACE_LINE.match(head) or _DATE_LINE.fullmatch(head)
        if match and (found := _from_match(match)):
            return found
    return None
