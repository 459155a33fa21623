"""What a comparison of a sentence with a text measures: a few numbers with a meaning, the input of the support score.

Support is rarely lost by a missing word alone: a summariser's typical invention takes words that are all there and joins
them wrongly. So most features look at how whole the stretches are that the sentence has in common with the text.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields

import numpy as np

from assistant.align import Alignment, align
from assistant.names import resolve_acronyms
from assistant.runs import mean_run, nearest_sentence
from assistant.vocabulary import PERSONAL
from assistant.words import Source, Words


@dataclass(frozen=True, slots=True)
class Features:
    """Shares are 0..1 of all words of the sentence, small ones included: they are what seams show in."""

    words: float  #: share of the words that the text has
    ordered: float  #: share of the words that stand in the same order in one sentence of the text
    pairs: float  #: share of the neighbouring words that are neighbours in one sentence of the text
    runs: float  #: log2 of the mean length, in words, of the longest stretches shared with the text
    jumps: float  #: how often the alignment leaves one sentence of the text for another, other than at a pronoun

    def vector(self) -> np.ndarray:
        """float64 (n features,)."""
        return np.array(astuple(self), dtype=np.float64)


FEATURE_NAMES = tuple(f.name for f in fields(Features))


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sentence laid against a text."""

    words: Words
    source: Source
    alignment: Alignment
    features: Features

    @property
    def is_told_at_once(self) -> bool:
        """True if one sentence of the text holds every content word: only the wording differs."""
        sentences = {int(self.source.sentence_of[place]) for place in self.alignment.places if place >= 0}
        return len(sentences) == 1 and all(place >= 0 for place in self.alignment.places)


def compare(words: Words, source: Source) -> Comparison:
    """Align and measure."""
    words = resolve_acronyms(words, source)
    alignment = align(words, source)
    return Comparison(words, source, alignment, _measure(words, source, alignment))


def _measure(words: Words, source: Source, alignment: Alignment) -> Features:
    pairs, ordered = nearest_sentence(words.keys, source)
    return Features(
        words=sum(key in source.places for key in words.keys) / max(1, len(words)),
        ordered=ordered,
        pairs=pairs,
        runs=math.log2(max(1.0, mean_run(words.keys, source))),
        jumps=_count_jumps(alignment.places, source),
    )


def _count_jumps(places: list[int], source: Source) -> int:
    found = [place for place in places if place >= 0]
    return sum(
        source.sentence_of[here] != source.sentence_of[there] and not _resolves_pronoun(source, there)
        for here, there in zip(found, found[1:], strict=False)
    )


def _resolves_pronoun(source: Source, there: int) -> bool:
    """True if the text goes on from a pronoun here: the sentence then names who "he" is, and that is no invention."""
    text = source.words
    for k in range(there - 1, max(there - 4, -1), -1):
        if source.sentence_of[k] != source.sentence_of[there] or text.content[k]:
            return False
        if text.forms[k] in PERSONAL:
            return True
    return False
