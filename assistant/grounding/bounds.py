"""Small words that bound a statement: more or fewer, before or after, all or some, may or will, the deputy or the minister."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.features import Comparison
from assistant.grounding.figures import CLAUSE_END, bound, excepts
from assistant.grounding.vocabulary import TITLES
from assistant.grounding.words import Words, is_number

_REACH = 3  #: small words before the word that they bound
_OPPOSITES = {"before": "after", "until": "since", "above": "below", "over": "under"}
_OPPOSITES |= {there: here for here, there in _OPPOSITES.items()}
_SHARES = {"all": 4, "every": 4, "each": 4, "most": 3, "many": 2, "several": 1, "some": 1, "few": 0}
_MAY = frozenset("may might could".split())
OPEN = frozenset(
    """may might could can would should if whether perhaps possibly possible possibility probably likely potential potentially
    reportedly allegedly threatens threatened risk risks warns warned fears feared hopes hoped considers considering""".split()
)
_BEFORE_MONTHS = frozenset("in since until till by early late mid".split())
_LESSER = frozenset("deputy vice assistant".split())
_NOT_NOW = frozenset("former acting interim".split())


def bounds(comparison: Comparison) -> Iterator[str]:
    """What the sentence bounds otherwise than the text, in words."""
    words, text = comparison.words, comparison.source.words
    for i, place in zip(comparison.alignment.content, comparison.alignment.places, strict=True):
        if place < 0:
            continue
        if is_number(words.forms[i]):
            yield from _figure(words, i, text, place)
        here, there = _before(words, i), _before(text, place)
        yield from _relation(here, there)
        yield from _share(here, there)
        yield from _modality(words, here, there)
        yield from _title(words, i, text, place)


def is_month(words: Words, i: int) -> bool:
    """True if word i is "May" the month: written so in mid-sentence, after "in" and its like, or before a day or a year."""
    if words.forms[i] != "may":
        return False
    dated = i + 1 < len(words) and words.forms[i + 1][:1].isdecimal()
    opens = i == 0 or words.gap(i).strip(" \"'“‘")[-1:] in tuple(".!?:")
    return dated or (words.raw(i) == "May" and not opens) or (i > 0 and words.forms[i - 1] in _BEFORE_MONTHS)


def hedges(words: Words) -> set[str]:
    """The words of a sentence by which it leaves open what it tells; "May" the month is none."""
    return {form for i, form in enumerate(words.forms) if form in OPEN and not is_month(words, i)}


def _before(words: Words, i: int) -> list[str]:
    """The small words before a word, in order: no words that carry a claim but those that say how many."""
    first = i
    while first and first > i - _REACH and not CLAUSE_END.search(words.gap(first)) and _is_small(words, first - 1):
        first -= 1
    return words.forms[first:i]


def _is_small(words: Words, i: int) -> bool:
    return (not words.content[i] and not is_month(words, i)) or words.forms[i] in _SHARES


def _figure(words: Words, i: int, text: Words, place: int) -> Iterator[str]:
    here, there = bound(words, i), bound(text, place)
    if here != there and (here or abs(there) > 1) and here * there <= 0 and there:
        yield f"number {words.raw(i)!r} is bounded otherwise in the text"
    if excepts(text, place) and not excepts(words, i):
        yield f"number {words.raw(i)!r} is what the text leaves out"


def _relation(here: list[str], there: list[str]) -> Iterator[str]:
    for form in here:
        opposite = _OPPOSITES.get(form)
        if opposite in there and form not in there:
            yield f"{form!r} stands where the text has {opposite!r}"


def _share(here: list[str], there: list[str]) -> Iterator[str]:
    claimed, known = _how_many(here), _how_many(there)
    if claimed is not None and known is not None and (claimed > known or (not claimed and known > 1)):
        yield "the text says it of another share of them"


def _how_many(small: list[str]) -> int | None:
    for before, form in zip(["", *small], small, strict=False):
        if form in _SHARES and before != "at":
            return 1 if before == "a" else _SHARES[form]
    return None


def _modality(words: Words, here: list[str], there: list[str]) -> Iterator[str]:
    modal = next((form for form in there if form in _MAY), None)
    if modal and not hedges(words) and ("will" in here or modal != "could"):
        yield f"{modal!r} of the text is dropped"


def _title(words: Words, i: int, text: Words, place: int) -> Iterator[str]:
    """ "The minister resigned" for "the deputy minister resigned"; "President Ford" for a former president is usual."""
    is_title = words.forms[i] in TITLES or words.forms[i] in ("minister", "chairperson", "commander")
    lesser = text.forms[place - 1] if is_title and place and text.gap(place) in (" ", "-") else ""
    named = i + 1 < len(words) and words.raw(i + 1)[0].isupper()
    dropped = lesser in _LESSER or (lesser in _NOT_NOW and not named)
    if dropped and lesser not in words.forms and "ex" not in words.forms:
        yield f"{lesser!r} before {words.raw(i)!r} in the text is dropped"
