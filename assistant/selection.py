"""Which sentences of the evidence bear on the question: by rare words shared, by meaning, and by the passage they stand in.

The same ranking serves twice: its best sentences are what the answer model reads (a prompt is the cost on two cores), and,
without a model, they are the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.expected import has_expected
from assistant.types import Evidence
from index.sentences import sentence_spans
from index.terms import terms

#: words (as `terms` gives them) that ask rather than name: an article that answers need not have them
_ASKING = frozenset(
    "much mani long old far often happen say said tell told describ explain mean name kind type articl use".split()
)
_ASKING_WEIGHT = 0.25
#: sentences that are embedded for one question
_EMBEDDED = 24


@dataclass(frozen=True, slots=True)
class Weights:
    """From the sweep in tests/bench/sweep.py."""

    coverage: float = 0.5  #: share of the question's words in the sentence, rare words weighing more
    pair: float = 1.0  #: the same for the sentence together with the one before, which often names who "he" is
    cosine: float = 1.0  #: similarity of sentence and question
    rank: float = 0.6  #: 1 / rank of the evidence
    kind: float = 0.15  #: the sentence has the kind of thing that is asked for: a name, a number, a time
    context: float = 0.25  #: what a word of the conversation weighs beside a word of the question itself


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of the evidence. `start` and `end` are offsets in its article; `coverage` and `cosine` in 0..1."""

    evidence: Evidence
    start: int
    end: int
    text: str
    score: float
    coverage: float
    cosine: float


class Relevance:
    """Judges sentences against one question."""

    def __init__(
        self,
        question: str,
        context: str,
        idf: Callable[[str], float],
        encode: Callable[[list[str]], np.ndarray],
        weights: Weights = Weights(),
    ) -> None:
        """
        :param context: what the question follows on from. Its words count for less, and for nothing in a sentence that was
            said there: such a sentence is said again only for what the question itself asks.
        :param idf: how rare a term is. :param encode: n texts -> (n, d), rows of unit length.
        """
        self._question, self._context = question, context
        self._own = {term: _weight(term, idf) for term in dict.fromkeys(terms(question))}
        told = {term: weights.context * _weight(term, idf) for term in terms(context) if term not in self._own}
        self._all = self._own | told
        self._encode, self._weights = encode, weights

    @property
    def leans(self) -> bool:
        """True for a follow-up that is read together with its conversation."""
        return bool(self._context)

    def coverage(self, text: str) -> float:
        """Share of the question's own words that a text has, rare words weighing more; 0 for a question without words."""
        return _share(self._own, set(terms(text)))

    def rank(self, evidence: Sequence[Evidence]) -> list[Candidate]:
        """:return: every sentence of the evidence but headlines, best first."""
        weights = self._weights
        found: list[Candidate] = []
        for item in evidence:
            before: set[str] = set()
            for start, end in sentence_spans(item.text):
                text = item.text[start:end]
                words = set(terms(text))
                heard = text in self._context
                here = _share(self._all, words & self._own.keys() if heard else words)
                pair = here if heard else _share(self._all, words | before)
                score = weights.coverage * here + weights.pair * pair + weights.rank / item.number
                score += weights.kind * has_expected(self._question, text)
                if text != item.title:
                    found.append(Candidate(item, item.start + start, item.start + end, text, score, here, 0.0))
                before = words
        return self._with_meaning(found)

    def _with_meaning(self, found: list[Candidate]) -> list[Candidate]:
        """Embed only the sentences that words put in front: embedding is the cost here."""
        found.sort(key=lambda c: -c.score)
        head = found[:_EMBEDDED]
        if head:
            vectors = self._encode([self._question] + [c.text for c in head])
            cosines = vectors[1:] @ vectors[0]
            found[: len(head)] = [
                replace(c, score=c.score + self._weights.cosine * float(s), cosine=float(s))
                for c, s in zip(head, cosines, strict=True)
            ]
        found.sort(key=lambda c: (-c.score, c.evidence.number, c.start))
        return found


def _share(weights: dict[str, float], found: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def _weight(term: str, idf: Callable[[str], float]) -> float:
    # in a collection of a few passages every word is common: a floor keeps what a question names above how it asks
    return max(idf(term), 1.0) * (_ASKING_WEIGHT if term in _ASKING else 1.0)
