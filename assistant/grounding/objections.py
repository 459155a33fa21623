"""Reasons why a text cannot support a sentence, however alike they are: a fact in the sentence that the text lacks or denies."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.bounds import bounds
from assistant.grounding.claims import dates, lacks_date, weekdays
from assistant.grounding.conditions import conditions
from assistant.grounding.features import Comparison
from assistant.grounding.names import lacks_name, names
from assistant.grounding.polarity import polarity
from assistant.grounding.quantities import lacks_quantity, quantities
from assistant.grounding.swaps import swaps
from assistant.grounding.transplants import transplants


def objections(comparison: Comparison) -> list[str]:
    """What speaks against it, in words for a log or a test; empty if nothing does."""
    return [
        *_numbers(comparison),
        *_names(comparison),
        *polarity(comparison),
        *transplants(comparison),
        *swaps(comparison),
        *bounds(comparison),
        *conditions(comparison),
    ]


def _numbers(comparison: Comparison) -> Iterator[str]:
    words, source = comparison.words, comparison.source
    claimed_dates = dates(words)
    claimed = quantities(words, claimed_dates)
    days = weekdays(words)
    if not (claimed_dates or claimed or days):
        return
    known_dates = dates(source.words)
    bare = quantities(source.words)  # with those in dates: "2025" may answer "in 2025"
    for claim in claimed:
        if lacks_quantity(claim, bare, source.words.text) and not _is_one(claim.value, words.forms[claim.first]):
            yield f"number {words.text[words.starts[claim.first] : words.ends[claim.last]]!r}"
    for date in claimed_dates:
        if lacks_date(date, known_dates, [known.value for known in bare]):
            yield f"date {words.text[words.starts[date.first] : words.ends[date.last]]!r}"
    yield from (f"weekday {day!r}" for day in sorted(days - weekdays(source.words)))


def _is_one(value: float, form: str) -> bool:
    """ "One of them" counts nothing."""
    return value == 1 and form == "one"


def _names(comparison: Comparison) -> Iterator[str]:
    words, source = comparison.words, comparison.source
    for name in names(words, source.places.keys()):
        if lacks_name(name, words, source):
            yield f"name {' '.join(words.raw(i) for i in name.words)!r}"
