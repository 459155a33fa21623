"""What a hyphenated measure tells without a verb: "the nine-day strike" lasted nine days, "the $2-million mill" cost that."""

from __future__ import annotations

from assistant.grounding.vocabulary import SCALES, UNITS, WEEKDAYS
from assistant.grounding.words import Source, Words, is_number

HYPHENS = "-\u2010\u2011"
_TOLD_WITHIN = 3  #: words between "lasted" or "long" and its figure
_HEAD = 4  #: words after the compound, the last of which is what it is told of: "nine-day rail strike"
#: words that go on after the nouns, besides small ones
_AFTER_NOUNS = frozenset(
    """affecting beginning costing covering due ending including involving starting worth
    became becomes began begins bought broke brings brought came closes comes covers drew ends fell gave goes
    grew held hit hurt keeps kept last led left lost made met next opens paid put ran rose saw sent shut
    sold starts takes today took went won yesterday""".split()
)
_TIME, _LENGTH, _MONEY, _WEIGHT = "last take run long", "long cover span measur", "cost worth price", "weigh"
#: unit -> keys of the words that a compound with it stands for
_IMPLIED = {
    unit: frozenset(keys.split())
    for units, keys in {
        "second minute hour day week month year": _TIME,
        "mile km metre foot inch": _LENGTH,
        "$ £ € ¥": _MONEY,
        "kg ton": _WEIGHT,
    }.items()
    for unit in units.split()
}


def implied(words: Words, content: list[int], places: list[int], source: Source) -> set[int]:
    """The content words of a sentence (numbers in it) that a text lacks, and says by a compound.

    :param places: the word of the text for each of `content`, or -1. The compound must be told of a word that the sentence has.
    """
    place_of = dict(zip(content, places, strict=True))
    found: set[int] = set()
    for i, place in place_of.items():
        near = [k for k in content if abs(k - i) <= _TOLD_WITHIN and is_number(words.forms[k]) and place_of[k] >= 0]
        if place < 0 and any(_stands_for(words.keys[i], place_of[k], set(places), source) for k in near):
            found.add(i)
    return found


def _stands_for(key: str, figure: int, places: set[int], source: Source) -> bool:
    """True if the figure at this word of the text is part of a compound that says `key` of one of the words at `places`."""
    text, last = source.words, figure
    while last + 1 < len(text) and text.gap(last + 1) in HYPHENS and text.gap(last + 1):
        last += 1
    unit = UNITS.get(text.forms[figure - 1], "") if figure and not text.gap(figure) else ""
    unit = unit or next((UNITS[text.forms[k]] for k in range(figure + 1, last + 1) if text.forms[k] in UNITS), "")
    if last == figure or key not in _IMPLIED.get(unit, ()):
        return False
    for k in range(last + 1, min(last + 1 + _HEAD, len(text))):
        if text.gap(k) != " " or not text.content[k] or text.forms[k] in SCALES:
            return False
        if _ends_nouns(text, k):
            return k in places
    return False


def _ends_nouns(text: Words, i: int) -> bool:
    """True if word i is the last of its nouns, as far as can be told: "strike", and not "rail", of "nine-day rail strike"."""
    after = i + 1
    if after == len(text) or not text.content[after]:
        return True
    form, gap = text.forms[after], text.gap(after)
    if gap.strip() or "\n" in gap:
        return gap not in HYPHENS
    return form in _AFTER_NOUNS or form in WEEKDAYS or form.endswith(("ed", "ly")) or is_number(form)
