"""Names and numbers that the text has, but elsewhere: put where the text says another one.

"Scholes says he is not ready" is made of words of the text, and yet false, if there it is Sterling who says so. Such a
transplant shows at its neighbours: they come from one sentence of the text, in which another name or number stands next to
them, and the transplant does not occur.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.grounding.features import Comparison
from assistant.grounding.names import names
from assistant.grounding.vocabulary import PERSONAL, WEEKDAYS
from assistant.grounding.words import Words, is_number

_STOPS = frozenset(',;:()“”"–—!?`')
_REACH = 4  #: words from a neighbour to the name or number that the text has there


def transplants(comparison: Comparison) -> Iterator[str]:
    """What stands in whose place, in words."""
    words = comparison.words
    place_of = {i: p for i, p in zip(comparison.alignment.content, comparison.alignment.places, strict=True) if p >= 0}
    groups = [name.words for name in names(words, comparison.source.places.keys())]
    groups += [(i,) for i in comparison.alignment.content if is_number(words.forms[i])]
    for group in groups:
        if not any(words.keys[i] in comparison.source.places for i in group):
            continue  # not in the text at all: another objection's business
        other = _instead(comparison, group, place_of)
        if other is not None:
            yield f"{words.raw(group[-1])!r} stands where the text has {comparison.source.words.raw(other)!r}"


def _instead(comparison: Comparison, group: tuple[int, ...], place_of: dict[int, int]) -> int | None:
    """The word of the text that a neighbour of the group has in the group's place; None if all is well."""
    words, source, content = comparison.words, comparison.source, comparison.alignment.content
    first, last = content.index(group[0]), content.index(group[-1])
    keys = {words.keys[i] for i in group}
    for neighbour, step in ((first - 1, 1), (last + 1, -1)):
        i = content[neighbour] if 0 <= neighbour < len(content) else -1
        if i not in place_of or _is_cut_off(words, i, group):
            continue
        start, end = source.spans[source.sentence_of[place_of[i]]]
        if any(start <= source.words.starts[p] < end for key in keys for p in source.places.get(key, ())):
            continue  # it does stand there, only in another order
        other = _next_of_kind(source.words, place_of[i], step, is_number(words.forms[group[-1]]))
        if other is not None and start <= source.words.starts[other] < end:
            return other
    return None


def _is_cut_off(words: Words, i: int, group: tuple[int, ...]) -> bool:
    left, right = (i, group[0]) if i < group[0] else (group[-1], i)
    return not _STOPS.isdisjoint(words.text[words.ends[left] : words.starts[right]])


def _next_of_kind(text: Words, place: int, step: int, wants_number: bool) -> int | None:
    """The next content word in a direction if it is a number, or a capitalised word; None after a stop or a pronoun."""
    k = place
    for _ in range(_REACH):
        gap = text.gap(k + 1) if step > 0 and k + 1 < len(text) else text.gap(k)
        k += step
        if not 0 <= k < len(text) or not _STOPS.isdisjoint(gap) or text.forms[k] in PERSONAL:
            return None
        if text.content[k]:
            number = is_number(text.forms[k])
            named = text.raw(k)[0].isupper() and text.forms[k] not in WEEKDAYS
            return k if (number if wants_number else named and not number) else None
    return None
