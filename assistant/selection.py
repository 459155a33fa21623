"""Which sentences of the evidence bear on the question: by rare words shared, by meaning, and by the passage they stand in.

The same ranking serves twice: its best sentences are what the answer model reads (a prompt is the cost on two cores), and,
without a model, they are the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.types import Evidence
from index.sentences import sentence_spans
from index.terms import terms

#: what an unknown word weighs: as much as a word that one passage in thousands has
_UNSEEN_IDF = 8.0


@dataclass(frozen=True, slots=True)
class Weights:
    """From the sweep in tests/bench/selection.py, on questions made from articles that no score is measured on."""

    coverage: float = 1.0  #: share of the question's words in the sentence, rare words weighing more
    neighbours: float = 0.4  #: the same for the sentence before, which often names who "he" is
    cosine: float = 1.0  #: similarity of sentence and question
    rank: float = 0.3  #: 1 / rank of the evidence
    kind: float = 0.15  #: the sentence has what the question asks for: a number, a name, a date


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

    def __init__(self, question: str, idf: Callable[[str], float | None], encode: Callable[[list[str]], np.ndarray]) -> None:
        """:param idf: how rare a term is; None for one that no passage has. :param encode: n texts -> (n, d), unit rows."""
        self.weights = {term: _weight(idf(term)) for term in dict.fromkeys(terms(question))}
        self._question, self._encode = question, encode

    def coverage(self, text: str) -> float:
        """Share of the question's words that a text has, rare words weighing more; 0 for a question without words."""
        total = sum(self.weights.values())
        found = set(terms(text))
        return sum(weight for term, weight in self.weights.items() if term in found) / total if total else 0.0

    def rank(self, evidence: Sequence[Evidence], weights: Weights = Weights()) -> list[Candidate]:
        """:return: every sentence of the evidence, best first."""
        found: list[Candidate] = []
        for item in evidence:
            before = 0.0
            for start, end in sentence_spans(item.text):
                text = item.text[start:end]
                here = self.coverage(text)
                score = weights.coverage * here + weights.neighbours * max(0.0, before - here) + weights.rank / item.number
                found.append(Candidate(item, item.start + start, item.start + end, text, score, here, 0.0))
                before = here
        return self._with_meaning(found, weights)

    def _with_meaning(self, found: list[Candidate], weights: Weights) -> list[Candidate]:
        """Embed only the sentences that words put in front: embedding is the cost here."""
        found.sort(key=lambda c: -c.score)
        head = found[:_EMBEDDED]
        if head:
            vectors = self._encode([self._question] + [c.text for c in head])
            cosines = vectors[1:] @ vectors[0]
            found[: len(head)] = [
                replace(c, score=c.score + weights.cosine * float(s), cosine=float(s)) for c, s in zip(head, cosines, strict=True)
            ]
        found.sort(key=lambda c: (-c.score, c.evidence.number, c.start))
        return found


#: sentences that are embedded for one question
_EMBEDDED = 24


def _weight(idf: float | None) -> float:
    return _UNSEEN_IDF if idf is None else max(idf, 0.1)
