"""Quantities: the numbers of a text with their units, found by form alone, and whether a text lacks one that is claimed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.grounding.claims import CURRENCIES, When, has_currency
from assistant.grounding.measures import HYPHENS
from assistant.grounding.vocabulary import NUMBER_WORDS, SCALE_LETTERS, SCALES, UNITS
from assistant.grounding.words import Words

_BOUNDS = {"over": (1.0, 1.25), "than": (1.0, 1.25), "nearly": (0.85, 1.0), "almost": (0.85, 1.0), "under": (0.8, 1.0)}
_EACH = frozenset("a an per each every".split())
_PERIODS = frozenset(
    "second minute hour day night week month quarter year share head barrel gallon litre liter ton tonne mile".split()
)
_MINUS = re.compile(r"(?:^|[\s(])(?:[-−](?=$)|minus\s$)", re.IGNORECASE)
_NEAR = dict.fromkeys("about around approximately roughly some estimated".split(), (0.9, 1.1))


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
    per: str = ""  #: key of what it is told for each of: "a week", "per share"; "" if of none


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


def lacks_quantity(claim: Quantity, others: Iterable[Quantity], text: str) -> bool:
    """True if no quantity of the text is what is claimed."""
    for other in others:
        if _units_agree(claim, other) and _overlap(claim, other):
            return False
    return not _written_apart(claim.digits, text)


def _units_agree(claim: Quantity, other: Quantity) -> bool:
    age = claim.unit == "year" and not other.unit and other.value < 120  # "Holm, 83," is 83 years old
    if claim.per and other.per and claim.per != other.per:
        return False
    return claim.unit == other.unit or not claim.unit or age


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
    while after < len(words) and words.gap(after) in ("", " ", *HYPHENS, "\u00a0"):
        tight = words.gap(after) == ""
        scale = SCALES.get(words.forms[after]) or (tight and SCALE_LETTERS.get(words.forms[after]))
        if not scale or (tight and words.forms[after] == "m" and not has_currency(words, i)):
            break
        value, after = value * scale, after + 1
    return value, after


def _read_spelled(words: Words, i: int) -> tuple[float, int]:
    value = float(NUMBER_WORDS[words.forms[i]])
    after = i + 1
    if value >= 20 and not value % 10 and after < len(words) and words.gap(after) in ("-", " "):
        units = NUMBER_WORDS.get(words.forms[after], 0)
        if 0 < units < 10:
            return value + units, after + 1
    return value, after


def _with_unit(words: Words, value: float, first: int, after: int) -> Quantity:
    unit, last = "", after - 1
    if has_currency(words, first):
        unit = words.forms[first - 1]
    for j in range(after, min(after + 2, len(words))):
        form = words.forms[j]
        if words.gap(j).strip() not in ("", *HYPHENS):
            break
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
    if _MINUS.search(words.text[: words.starts[first]][-8:]):
        value, low, high = -value, high, low
    return Quantity(value, unit, value * low, value * high, first, last, digits, _per(words, last))


def _per(words: Words, last: int) -> str:
    """Key of the unit that the quantity which ends at word `last` is told for each of."""
    form = words.forms[last + 2] if last + 2 < len(words) else ""
    each = bool(form) and words.forms[last + 1] in _EACH and not (words.gap(last + 1) + words.gap(last + 2)).strip()
    return words.keys[last + 2] if each and form in _PERIODS else ""


def _hedge(words: Words, first: int) -> tuple[float, float]:
    for j in range(first - 1, max(first - 3, -1), -1):
        form = words.forms[j]
        if form in _BOUNDS or form in _NEAR:
            return _BOUNDS.get(form) or _NEAR[form]
        if form not in CURRENCIES:
            break
    return 1.0, 1.0


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
