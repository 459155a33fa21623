"""Does a text support a sentence? Decided from the words alone: no model, nothing random, the same answer every time.

1. The sentence is aligned to the text (`align`): which place each of its words comes from.
2. The seams of the alignment are measured (`features`) and weighed into a score; the weights were fitted on sentences made
   from raw articles, never on the sentences that we are scored by.
3. A fact that the text lacks or denies (`objections`: numbers with units, dates, names, negation) refuses the sentence
   whatever its score.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from assistant.grounding.clauses import clauses
from assistant.grounding.features import Comparison, compare
from assistant.grounding.objections import objections
from assistant.grounding.spans import supporting_spans
from assistant.grounding.support_weights import BIAS, WEIGHTS
from assistant.grounding.swaps import keeps_roles
from assistant.grounding.words import Source, source_of, words_of
from assistant.types import Support

Similarity = Callable[[str, str], float]  #: (sentence, stretch of text) -> -1..1

_REFUSED = 0.45  #: an objection scales the score to below one half
_MEANING_WEIGHT = 4.0  #: log odds per unit of similarity above `_MEANING_MEAN`
_MEANING_MEAN = 0.6


def supports(sentence: str, text: str, similarity: Similarity | None = None) -> Support:
    """Decide whether a text supports a sentence, and by which of its stretches.

    :param text: a passage or a whole article; time grows linearly with it.
    :param similarity: an optional second opinion on wording, such as the cosine of two embeddings.
    :return: `score` 0..1, at least one half if and only if `supported`; `spans` are the (start, end) in `text` that carry
        most of it, best first, at most three; they are there for an unsupported sentence, too, as the nearest it has.
    """
    words, source = words_of(sentence), source_of(text)
    if not len(words) or not len(source.words):
        return Support(0.0, False)
    whole = _verbatim(sentence, source)
    if whole:
        return Support(1.0, True, (whole,))
    comparison = compare(words, source)
    spans = supporting_spans(comparison)
    score = probability(comparison)
    if similarity and spans:
        score = _with_meaning(score, similarity(sentence, " ".join(text[start:end] for start, end in spans)))
    refused = not spans or bool(objections(comparison))
    score = score * _REFUSED if refused else score
    return Support(score, score >= 0.5, spans)


def why_not(sentence: str, text: str) -> list[str]:
    """The facts of a sentence that the text lacks or denies, in words; empty if none, or if it stands there verbatim."""
    words, source = words_of(sentence), source_of(text)
    return [] if _verbatim(sentence, source) else objections(compare(words, source))


def probability(comparison: Comparison) -> float:
    """The score before objections, 0..1: of the sentence whole, or of the weakest of the clauses it is put together from."""
    parts = clauses(comparison)
    whole = _score(comparison)
    if len(parts) == 1:
        return whole
    return max(whole, min(_score(compare(words_of(part), comparison.source)) for part in parts))


def _score(comparison: Comparison) -> float:
    total = BIAS + sum(WEIGHTS[name] * getattr(comparison.features, name) for name in WEIGHTS)
    score = _sigmoid(total)
    # Turned from passive to active a sentence keeps few neighbours, and yet all its words come from one place.
    reworded = score < 0.5 and comparison.is_told_at_once and keeps_roles(comparison)
    return 0.5 + 0.1 * score if reworded else score


def _verbatim(sentence: str, source: Source) -> tuple[int, int] | None:
    """Where the sentence stands word for word as one or more whole sentences of the text."""
    wanted = sentence.strip()
    starts, ends = {start for start, _ in source.spans}, {end for _, end in source.spans}
    at = source.words.text.find(wanted) if wanted else -1
    while at >= 0:
        if at in starts and at + len(wanted) in ends:
            return at, at + len(wanted)
        at = source.words.text.find(wanted, at + len(wanted))
    return None


def _with_meaning(score: float, similar: float) -> float:
    odds = math.log(max(score, 1e-9) / max(1 - score, 1e-9))
    return _sigmoid(odds + _MEANING_WEIGHT * (similar - _MEANING_MEAN))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(min(x, 30.0), -30.0)))
