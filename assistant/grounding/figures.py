"""A figure in its sentence: what it counts, whether two of them can both be right, and how it is said."""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.grounding.claims import When
from assistant.grounding.negations import negated
from assistant.grounding.quantities import Quantity, quantities
from assistant.grounding.words import Words

CLAUSE_END = re.compile(r"[,;:!?()“”\"–—\n]|--|\.\s")
_AT_LEAST = re.compile(r"\b(?:at least|more than|over|above|no (?:less|fewer) than|upwards of)\s+\S{0,2}$", re.I)
_AT_MOST = re.compile(
    r"\b(?:at most|up to|less than|fewer than|under|below|as (?:many|much|high) as|no more than)\s+\S{0,2}$", re.I
)
_NO_FEWER = re.compile(r"\bno (?:less|fewer) than\s+\S{0,2}$", re.I)
_EXCEPT = re.compile(r"\b(?:all|everyone|everybody) (?:but|except)\s+\S{0,2}$", re.I)
#: bounds that are no mere rounding: "at least 50", but not "over 50"
_STRICT = re.compile(r"\b(?:at least|at most|up to|less than|fewer than|no (?:less|fewer|more) than)\s+\S{0,2}$", re.I)
_EQUALS = frozenset("is was are were at to reached reaches hit".split())
_TALLIES = frozenset("toll number total count tally attendance turnout".split())
_TALLY_WITHIN = 10  #: words from such a noun to its figure
#: a number after one of these is a name: "Category 2", "Flight 253"
_LABELS = frozenset(
    """act airbus apollo area article boeing category channel chapter class day division flight game grade group highway
    interstate level line model no nos number page part phase room round route section size stage tier type version
    volume week zone""".split()
)


def affirmed(words: Words, dates: Collection[When] = ()) -> list[Quantity]:
    """The quantities of a text that it does not deny: of "$90 million, not $60 million" only the first."""
    no = negated(words)
    return [figure for figure in quantities(words, dates) if figure.first not in no]


def is_label(words: Words, figure: Quantity) -> bool:
    """True for "Category 2", "Flight 253", "No. 10": a number that names and does not count."""
    return figure.first > 0 and words.forms[figure.first - 1] in _LABELS


def bound(words: Words, i: int) -> int:
    """Of the number at word i: 1 or 2 for "over 50", "at least 50"; -1 or -2 for "under 50", "at most 50"; 0 for "50"."""
    before = words.text[max(0, words.starts[i] - 30) : words.starts[i]]
    size = 2 if _STRICT.search(before) else 1
    if _AT_MOST.search(before) and not _NO_FEWER.search(before):
        return -size
    return size if _AT_LEAST.search(before) else 0


def excepts(words: Words, i: int) -> bool:
    """True for "all but 50"."""
    return _EXCEPT.search(words.text[max(0, words.starts[i] - 30) : words.starts[i]]) is not None


def counted(words: Words, figure: Quantity) -> str:
    """Key of the next content word in the clause, of the two words after the figure: "41 ships", "$3 of oil"; "" if none."""
    for i in range(figure.last + 1, min(figure.last + 4, len(words))):
        if CLAUSE_END.search(words.gap(i)):
            break
        if words.content[i]:
            return words.keys[i]
    return "" if figure.unit else _tally(words, figure.first)


def _tally(words: Words, first: int) -> str:
    """Key of the noun that a figure is the value of: "the death toll in Tarn is 12"; "" if of none."""
    if not first or words.forms[first - 1] not in _EQUALS:
        return ""
    for i in range(first - 1, max(first - 1 - _TALLY_WITHIN, -1), -1):
        if words.forms[i] in _TALLIES:
            return words.keys[i]
        if CLAUSE_END.search(words.gap(i)):
            break
    return ""


def compatible(a: Words, here: Quantity, b: Words, there: Quantity) -> bool:
    """True if both can be right: equal, hedged, rounded, or one bounds the other."""
    if here.low <= there.high and there.low <= here.high:
        return True
    (small, small_words), (large, large_words) = sorted(((here, a), (there, b)), key=lambda pair: pair[0].value)
    if _AT_LEAST.search(_before(small_words, small)) or _AT_MOST.search(_before(large_words, large)):
        return True
    return _rounded(here.value, there.value) or _rounded(there.value, here.value)


def _rounded(exact: float, rough: float) -> bool:
    """True if `rough` is `exact` to as many digits as `rough` has."""
    digits = f"{rough:.10g}".replace(".", "").strip("0")
    if not exact or not digits:
        return False
    return float(f"{exact:.{len(digits)}g}") == rough


def among(known: Collection[Quantity], figure: Quantity) -> bool:
    """True if one of the quantities known is this figure."""
    return any(other.low <= figure.high and figure.low <= other.high for other in known)


def said(words: Words, figure: Quantity) -> str:
    """`at least $112 million`, `41 ships`."""
    last = figure.last
    if not figure.unit and last + 1 < len(words):
        following = range(last + 1, min(last + 4, len(words)))
        ended = next((i for i in following if CLAUSE_END.search(words.gap(i))), len(words))
        last = next((i for i in following if words.content[i] and i < ended), last)
    first = figure.first - 1 if figure.first and words.forms[figure.first - 1] in "$£€¥" else figure.first
    bound = _AT_LEAST.search(_before(words, figure)) or _AT_MOST.search(_before(words, figure))
    start = words.starts[figure.first] - len(bound.group()) if bound else words.starts[first]
    return " ".join(words.text[start : words.ends[last]].split())


def _before(words: Words, figure: Quantity) -> str:
    return words.text[max(0, words.starts[figure.first] - 30) : words.starts[figure.first]]
