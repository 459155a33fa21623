"""Reasons why a text cannot support a sentence, however alike they are: a fact in the sentence that the text lacks or denies."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.claims import dates, denies, is_negation, lacks_date, lacks_quantity, negated, quantities, weekdays
from assistant.grounding.features import Comparison
from assistant.grounding.names import lacks_name, names
from assistant.grounding.transplants import transplants
from assistant.grounding.words import Words


def objections(comparison: Comparison) -> list[str]:
    """What speaks against it, in words for a log or a test; empty if nothing does."""
    return [*_numbers(comparison), *_names(comparison), *_negations(comparison), *transplants(comparison)]


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
        if lacks_date(date, known_dates, bare):
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


def _negations(comparison: Comparison) -> Iterator[str]:
    """Negations on one side only, judged at the words they govern."""
    words, source, alignment = comparison.words, comparison.source, comparison.alignment
    place_of = {i: place for i, place in zip(alignment.content, alignment.places, strict=True) if place >= 0}
    word_at = {place: i for i, place in place_of.items()}
    here, there = negated(words), negated(source.words)
    for cue in [i for i, form in enumerate(words.forms) if is_negation(form)]:
        governed = [place_of[i] for i, by in here.items() if by == cue and i in place_of]
        affirmed = not any(place in there for place in governed) and not _denied(source.words.keys, governed[:1])
        if affirmed and cue in here.values():
            yield f"negation {words.raw(cue)!r} is not in the text"
    for cue in sorted(set(there.values())):
        denied = _first_denied(source.words, [place for place, by in there.items() if by == cue])
        i = word_at.get(denied, -1)
        if i >= 0 and i not in here and not _denied(words.keys, [i]) and _is_anchored(comparison, i, place_of):
            yield f"negation {source.words.raw(cue)!r} of the text is dropped"


def _first_denied(words: Words, governed: list[int]) -> int:
    """The first word under a negation that is no adverb: in "did not immediately respond", "respond"."""
    return next((i for i in governed if not words.forms[i].endswith("ly")), -1)


def _is_anchored(comparison: Comparison, i: int, place_of: dict[int, int]) -> bool:
    """True if a neighbouring content word comes from the same sentence of the text: a lone word may be there by chance."""
    content, sentence_of = comparison.alignment.content, comparison.source.sentence_of
    n = content.index(i)
    near = [j for j in content[max(0, n - 1) : n + 2] if j != i and j in place_of]
    return any(sentence_of[place_of[j]] == sentence_of[place_of[i]] for j in near)


def _denied(keys: list[str], places: list[int]) -> bool:
    """True if a verb that denies stands shortly before one of these words."""
    return any(denies(keys[max(0, i - 4) : i]) for i in places)
