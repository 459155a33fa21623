"""Words of one sentence of a text that changed places: "Berg sued Hale" for "Hale sued Berg", or a figure of something else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from assistant.grounding.claims import CURRENCIES
from assistant.grounding.features import Comparison
from assistant.grounding.figures import CLAUSE_END
from assistant.grounding.vocabulary import MONTHS, SCALES, UNITS
from assistant.grounding.words import Words, is_number

_NAME_WITHIN = 4  #: words from a verb to who does it, or to whom
_BY_WITHIN = 6  #: words from a passive to its "by"
#: who does it and to whom is the same
_MUTUAL = frozenset("meet marri talk agre near clash fight war tie draw differ resembl".split())
_PREPOSITIONS = frozenset("of for at in from to with on".split())
_PARTS = frozenset("and but while whereas after before or".split())

Aligned = list[tuple[int, int]]  #: (word of the sentence, its place in the text), in the order of the sentence


def swaps(comparison: Comparison) -> Iterator[str]:
    """Names or numbers that changed places, and figures told of what the text tells another figure of, in words."""
    words = comparison.words
    for aligned in _by_sentence(comparison):
        special = [pair for pair in aligned if is_number(words.forms[pair[0]]) or _is_name(comparison, pair)]
        for a, b in _swapped(comparison, special, aligned):
            yield f"{words.raw(a)!r} and {words.raw(b)!r} changed places"
        yield from _mispaired(comparison, aligned)
    yield from _turned_round(comparison)


def keeps_roles(comparison: Comparison) -> bool:
    """False if any two words changed places around a third, other than from active to passive or back."""
    text = comparison.source.words  # a sign stands before its number, "dollars" behind
    plain = [[pair for pair in aligned if text.forms[pair[1]] not in CURRENCIES] for aligned in _by_sentence(comparison)]
    return not any(next(_swapped(comparison, aligned, aligned), None) for aligned in plain)


def _by_sentence(comparison: Comparison) -> list[Aligned]:
    found: dict[int, Aligned] = {}
    for i, place in zip(comparison.alignment.content, comparison.alignment.places, strict=True):
        if place >= 0:
            found.setdefault(int(comparison.source.sentence_of[place]), []).append((i, place))
    return list(found.values())


def _is_name(comparison: Comparison, pair: tuple[int, int]) -> bool:
    i, place = pair
    return comparison.words.raw(i)[0].isupper() and comparison.source.words.raw(place)[0].isupper()


def _swapped(comparison: Comparison, among: Aligned, aligned: Aligned) -> Iterator[tuple[int, int]]:
    words = comparison.words
    for (a, place_a), (b, place_b) in combinations(among, 2):
        if place_a <= place_b or is_number(words.forms[a]) != is_number(words.forms[b]):
            continue
        between = [pair for pair in aligned if a < pair[0] < b and not _is_measure(words.forms[pair[0]])]
        if _is_range(words, a, b) and _is_range(comparison.source.words, place_b, place_a):
            yield a, b
        if not between or not all(place_b < place < place_a for _, place in between):
            continue
        if is_number(words.forms[a]) or all(_is_same_link(comparison, pair) for pair in between):
            yield a, b


def _turned_round(comparison: Comparison) -> Iterator[str]:
    """Two names around a verb that stand around it in the text the other way, wherever else they are named there."""
    words, text, content = comparison.words, comparison.source.words, comparison.alignment.content
    for n, (a, link, b) in enumerate(zip(content, content[1:], content[2:], strict=False)):
        place = comparison.alignment.places[n + 1]
        if place < 0 or not (words.raw(a)[0].isupper() and words.raw(link).islower() and words.raw(b)[0].isupper()):
            continue
        here, there, before, after = words.keys[a], words.keys[b], _beside(text, place, -1), _beside(text, place, 1)
        if there in before - after and here in after - before and _is_same_link(comparison, (link, place)):
            yield f"{words.raw(a)!r} and {words.raw(b)!r} changed places"


def _beside(text: Words, place: int, step: int) -> set[str]:
    """Keys of the words on one side of a word, to the end of the clause."""
    found: set[str] = set()
    for k in range(1, _NAME_WITHIN + 1):
        i = place + step * k
        if not 0 <= i < len(text) or CLAUSE_END.search(text.gap(max(i, i - step))):
            break
        found.add(text.keys[i])
    return found


def _is_range(words: Words, low: int, high: int) -> bool:
    """True for "7-2", "2010 to 2014"."""
    figures = is_number(words.forms[low]) and is_number(words.forms[high])
    return figures and words.text[words.ends[low] : words.starts[high]].strip() in ("-", "–", "to")


def _is_measure(form: str) -> bool:
    return form in UNITS or form in MONTHS or form in SCALES


def _is_same_link(comparison: Comparison, pair: tuple[int, int]) -> bool:
    """True if this word says on both sides that the one before it does it to the one after it."""
    (i, place), words, text = pair, comparison.words, comparison.source.words
    if words.keys[i] in _MUTUAL or words.forms[i] != text.forms[place]:
        return False
    return _by(words, i) == _by(text, place) and _preposition(words, i) == _preposition(text, place)


def _by(words: Words, verb: int) -> bool:
    for k in range(verb + 1, min(verb + 1 + _BY_WITHIN, len(words))):
        if CLAUSE_END.search(words.gap(k)):
            return False
        if words.forms[k] == "by":
            return True
    return False


def _preposition(words: Words, i: int) -> str:
    """The preposition right after a word; "" if none: "mayor of Tarn", but "Tarn mayor Berg"."""
    after = words.forms[i + 1] if i + 1 < len(words) else ""
    return after if after in _PREPOSITIONS else ""


def _mispaired(comparison: Comparison, aligned: Aligned) -> Iterator[str]:
    """ "Sales fell 12 percent" for "sales rose 12 percent, but fell 3 percent overall"."""
    words, text = comparison.words, comparison.source.words
    place_of = dict(aligned)
    content = comparison.alignment.content
    for i, place in aligned:
        if not is_number(words.forms[i]):
            continue
        own, others = _parts(comparison, place)
        n = content.index(i)
        before = content[n - 1] if n else -1
        after = next((k for k in content[n + 1 :] if not _is_measure(words.forms[k])), -1)
        for part, figure in others:
            told_before = place_of.get(before, -1) in range(part.start, figure) and part.start > place
            told_after = place_of.get(after, -1) in range(figure, part.stop)
            for beside in (before if told_before else -1, after if told_after else -1):
                if beside < 0 or is_number(words.forms[beside]):
                    continue
                joined = not CLAUSE_END.search(words.text[words.ends[min(beside, i)] : words.starts[max(beside, i)]])
                if joined and words.keys[beside] not in {text.keys[k] for k in own}:
                    yield f"{words.raw(i)!r} is told of {words.raw(beside)!r}, where the text has {text.raw(figure)!r}"


def _parts(comparison: Comparison, place: int) -> tuple[range, list[tuple[range, int]]]:
    """The part of its sentence that a figure of the text stands in, and the other parts with the one like figure of each."""
    source = comparison.source
    text, number = source.words, source.sentence_of[place]
    first = last = place
    while first and source.sentence_of[first - 1] == number:
        first -= 1
    while last + 1 < len(text) and source.sentence_of[last + 1] == number:
        last += 1
    inner = [k for k in range(first + 1, last + 1) if CLAUSE_END.search(text.gap(k)) or text.forms[k] in _PARTS]
    parts = [range(a, b) for a, b in pairwise([first, *inner, last + 1])]
    own = next(part for part in parts if place in part)
    figures = {part: [k for k in part if is_number(text.forms[k])] for part in parts}
    counted = _counted(text, place)
    if figures.pop(own) != [place] or not counted:
        return own, []
    return own, [(part, here[0]) for part, here in figures.items() if len(here) == 1 and _counted(text, here[0]) == counted]


def _counted(text: Words, place: int) -> str:
    """Key of the content word right after a figure."""
    following = [k for k in range(place + 1, min(place + 3, len(text))) if text.content[k] and text.forms[k] not in SCALES]
    return text.keys[following[0]] if following else ""
