"""Which sentences of the evidence bear on the question: by rare words shared, by meaning, and by the passage they stand in.

The same ranking serves twice: its best sentences are what the answer model reads (a prompt is the cost on two cores), and,
without a model, they are the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.answered import SEES_ANSWER, Answered, not_read
from assistant.condense import names
from assistant.expected import has_expected
from assistant.parts import parts_of
from assistant.selection_weights import WEIGHTS
from assistant.types import Evidence
from index.rescore import phrase_share
from index.sentences import sentence_spans
from index.terms import terms, without_accents

FEATURES = (
    "coverage",  #: share of the question's words in the sentence, rare words weighing more
    "pair",  #: the same for the sentence together with the one before, which often names who "he" is
    "names",  #: share of the question's names in the sentence: these say which story it is, more than what is asked of it
    "phrases",  #: share of the question's pairs of neighbouring words that stand side by side in the sentence
    "kind",  #: 1 if it has the kind of thing that is asked for: a name, a number, a time
    "lead",  #: 1 at the head of the article, falling: news says first what matters
    "evidence",  #: 0 in the best evidence, falling to -1 in evidence that the search holds for much worse
    "answered",  #: 4 where the model that reads question and passage together sees an answer, falling to 0; see `answered`
    "cosine",  #: similarity of sentence and question; 0 where it was not embedded
)
_ANSWERED = FEATURES.index("answered")
#: words (as `terms` gives them) that ask rather than name: an article that answers need not have them
_ASKING = frozenset(
    "much mani long old far often happen say said tell told describ explain mean name kind type articl use".split()
)
_ASKING_WEIGHT = 0.25
#: what a word of the conversation weighs beside a word of the question itself
_CONTEXT_WEIGHT = 0.25
#: sentences that are embedded for one question
_EMBEDDED = 24
_LEAD_CHARS = 400.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of the evidence. `start` and `end` are offsets in its article; `cosine` in 0..1."""

    evidence: Evidence
    start: int
    end: int
    text: str
    score: float
    cosine: float
    seen: tuple[float, ...] = ()  #: what `FEATURES` names

    @property
    def answered(self) -> float:
        """How much it looks like the answer to the model that reads question and passage together, 0..4; 0 if none does."""
        return self.seen[_ANSWERED] if self.seen else 0.0

    @property
    def answers(self) -> bool:
        """True if the model that reads question and passage together sees enough of an answer in it to overrule a refusal."""
        return self.answered >= SEES_ANSWER


class Relevance:
    """Judges sentences against one question."""

    def __init__(
        self,
        question: str,
        context: str,
        idf: Callable[[str], float],
        encode: Callable[[list[str]], np.ndarray],
        weights: Mapping[str, float] = WEIGHTS,
        answered: Answered = not_read,
    ) -> None:
        """
        :param context: what the question follows on from. Its words count for less, and for nothing in a sentence that was
            said there: such a sentence is said again only for what the question itself asks.
        :param idf: how rare a term is. :param encode: n texts -> (n, d), rows of unit length.
        :param weights: of `FEATURES`; one that is missing counts nothing. :param answered: see there.
        """
        self._question, self._context, self._asked = question, context, _plain(question)
        self._own = {without_accents(term): _weight(term, idf) for term in dict.fromkeys(terms(question))}
        told = {without_accents(term): _CONTEXT_WEIGHT * _weight(term, idf) for term in terms(context)}
        self._all = self._own | {term: weight for term, weight in told.items() if term not in self._own}
        self._told, named = set(map(without_accents, names(context))), set(map(without_accents, names(question)))
        self._names = {term: weight for term, weight in self._own.items() if term in named}
        self._answered = answered
        self._encode, self._weights = encode, tuple(weights.get(name, 0.0) for name in FEATURES)

    @property
    def leans(self) -> bool:
        """True for a follow-up that is read together with its conversation."""
        return bool(self._context)

    def covered(self, texts: Sequence[str]) -> float:
        """The largest share of the question's own words that one text has, rare words weighing more, 0..1; of a question of
        two parts that of the part which is covered least, since no single article need answer both."""
        found = [set(_plain(text)) for text in texts]
        parts = [set(_plain(part)) for part in parts_of(self._question) or (self._question,)]
        asked = [{term: weight for term, weight in self._own.items() if term in part} for part in parts]
        return min(max((_share(weights, words) for words in found), default=0.0) for weights in asked)

    def unnamed(self, texts: Sequence[str]) -> bool:
        """True if a name of the question stands in none of the texts, or, of what a follow-up leans on, not one name does."""
        found = {term for text in texts for term in _plain(text)}
        return not self._names.keys() <= found or bool(self._told and not self._told & found)

    def rank(self, evidence: Sequence[Evidence]) -> list[Candidate]:
        """:return: every sentence of the evidence but headlines, best first."""
        best = max((item.score for item in evidence), default=0.0)
        found: list[Candidate] = []
        for item in evidence:
            before: set[str] = set()
            worse = max(-1.0, (item.score - best) / abs(best)) if best else 0.0
            for start, end in sentence_spans(item.text):
                text = item.text[start:end]
                words = _plain(text)
                if text != item.title:
                    at = (item.start + start, item.start + end)
                    seen = self._seen(text, words, before, at[0], worse, self._answered(item.article_id, *at))
                    found.append(Candidate(item, *at, text, self._score(seen), 0.0, seen))
                before = set(words)
        return self._with_meaning(found)

    def _seen(
        self, text: str, in_order: list[str], before: set[str], start: int, worse: float, answered: float
    ) -> tuple[float, ...]:
        words = set(in_order)
        heard = text in self._context
        here = _share(self._all, words & self._own.keys() if heard else words)
        return (
            here,
            here if heard else _share(self._all, words | before),
            _share(self._names, words),
            phrase_share(self._asked, in_order),
            float(has_expected(self._question, text)),
            math.exp(-start / _LEAD_CHARS),
            worse,
            answered,
            0.0,
        )

    def _score(self, seen: tuple[float, ...]) -> float:
        return sum(weight * value for weight, value in zip(self._weights, seen, strict=True))

    def _with_meaning(self, found: list[Candidate]) -> list[Candidate]:
        """Embed only the sentences that words put in front: embedding is the cost here."""
        found.sort(key=lambda c: -c.score)
        head = found[:_EMBEDDED]
        if head:
            vectors = self._encode([self._question] + [c.text for c in head])
            found[: len(head)] = [self._embedded(c, float(s)) for c, s in zip(head, vectors[1:] @ vectors[0], strict=True)]
        found.sort(key=lambda c: (-c.score, c.evidence.number, c.start))
        return found

    def _embedded(self, candidate: Candidate, cosine: float) -> Candidate:
        seen = (*candidate.seen[:-1], cosine)
        return replace(candidate, score=self._score(seen), cosine=cosine, seen=seen)


def _plain(text: str) -> list[str]:
    """Its terms without accents: who types Erdogan means Erdoğan."""
    return [without_accents(term) for term in terms(text)]


def _share(weights: dict[str, float], found: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def _weight(term: str, idf: Callable[[str], float]) -> float:
    # in a collection of a few passages every word is common: a floor keeps what a question names above how it asks
    return max(idf(term), 1.0) * (_ASKING_WEIGHT if term in _ASKING else 1.0)
