"""What a comparison of a sentence with a text measures: a few numbers with a meaning, the input of the support score.

Support is rarely lost by a missing word alone: a summariser's typical invention takes words that are all there and joins
them wrongly. So most features look at how whole the stretches are that the sentence has in common with the text.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, fields

import numpy as np

from assistant.grounding.align import Alignment, align
from assistant.grounding.measures import implied
from assistant.grounding.names import resolve_acronyms
from assistant.grounding.runs import mean_run, nearest_sentence
from assistant.grounding.vocabulary import PERSONAL
from assistant.grounding.words import Source, Words


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


_ANTECEDENT_SENTENCES = 3  #: a pronoun refers back this far at most
_SUBJECT = 4  #: content words that the name a sentence opens with may have, titles included
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
        """True if one sentence of the text holds every content word, or says it by a compound: only the wording differs."""
        content, places = self.alignment.content, self.alignment.places
        sentences = {int(self.source.sentence_of[place]) for place in places if place >= 0}
        missing = {i for i, place in zip(content, places, strict=True) if place < 0}
        return len(sentences) == 1 and missing <= (missing and implied(self.words, content, places, self.source))


def compare(words: Words, source: Source) -> Comparison:
    """Align and measure."""
    words = resolve_acronyms(words, source)
    alignment = align(words, source)
    return Comparison(words, source, alignment, _measure(words, source, alignment))


def _measure(words: Words, source: Source, alignment: Alignment) -> Features:
    keys = _with_pronoun(words, source, alignment)
    pairs, ordered = nearest_sentence(keys, source)
    return Features(
        words=sum(key in source.places for key in words.keys) / max(1, len(words)),
        ordered=ordered,
        pairs=pairs,
        runs=math.log2(max(1.0, mean_run(keys, source))),
        jumps=_count_jumps(alignment.places, source),
    )


def _with_pronoun(words: Words, source: Source, alignment: Alignment) -> list[str]:
    """The keys of a sentence, with the pronoun of the text for the name that the sentence opens with in its place."""
    for n, (here, there) in enumerate(zip(alignment.places[:_SUBJECT], alignment.places[1:], strict=False), 1):
        if min(here, there) < 0:
            break
        if source.sentence_of[here] != source.sentence_of[there]:
            pronoun = resolved_pronoun(source, here, there)
            if pronoun is None:
                break
            rest = alignment.content[n - 1] + 1
            return [source.words.keys[pronoun], *words.keys[rest:]]
    return words.keys


def _count_jumps(places: list[int], source: Source) -> int:
    found = [place for place in places if place >= 0]
    return sum(
        int(source.sentence_of[here] != source.sentence_of[there]) and resolved_pronoun(source, here, there) is None
        for here, there in zip(found, found[1:], strict=False)
    )


def resolved_pronoun(source: Source, here: int, there: int) -> int | None:
    """The pronoun that the text goes on from at `there`, if what stands at `here` was named before it.

    The sentence then says who "he" is, and that is no invention.
    """
    text, sentence = source.words, source.sentence_of[there]
    named = any(0 < sentence - source.sentence_of[place] <= _ANTECEDENT_SENTENCES for place in source.places[text.keys[here]])
    for k in range(there - 1, max(there - 4, -1), -1):
        if not named or source.sentence_of[k] != sentence or text.content[k]:
            return None
        if text.forms[k] in PERSONAL:
            return k
    return None
