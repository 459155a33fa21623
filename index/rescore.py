"""The second look at the best of the fused ranking: how strongly, not only in which order, each signal speaks for a passage.

Reciprocal rank throws the size of scores away, which is what makes it robust with many candidates and blunt among the few
best. Here each candidate becomes a vector of features and is scored by their weighted sum; the weights are fitted to questions
made from articles (tests/bench/fit_ranking.py) with the listwise softmax loss.

Cao et al., Learning to Rank: From Pairwise Approach to Listwise Approach, ICML 2007.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np

from index.rescore_weights import WEIGHTS
from index.terms import terms
from index.types import Hit

FEATURES = (
    "fused",  #: score of the fusion
    "lexical",  #: BM25 of the passage
    "article",  #: BM25 of its article
    "cosine",  #: of question and passage
    "article_cosine",  #: the best cosine among the article's candidates
    "phrases",  #: share of the question's pairs of neighbouring words that stand side by side in the passage
    "title",  #: share of the question's words, by rarity, that the headline has
    "words",  #: the same for the passage
    "covered",  #: for both together
    "sentence",  #: for the passage's best sentence
    "pair",  #: for its best two sentences in a row
    "lead",  #: 1 at the head of the article, falling: news says first what matters
    "tail",  #: 0 at the head, rising to 1 at 5,000 characters
    "siblings",  #: how many of the article's passages are candidates
)
_LEAD_CHARS, _TAIL_CHARS = 800.0, 5000.0
#: passages whose terms are kept: reading them is most of the time of a search, and questions come back to the same stories
_REMEMBERED = 4096
_SENTENCE_END = re.compile(r"[.!?][\s\"”’]\s*|\n+")  # close enough for counting words; cheap enough for every candidate


@dataclass(frozen=True, slots=True)
class Rescoring:
    """How the best of the fused ranking are looked at again."""

    candidates: int = 60  #: how many; 0: none
    weights: dict[str, float] = field(default_factory=lambda: WEIGHTS)  #: of `FEATURES`; one that is missing counts nothing


def rescore(features: np.ndarray, rescoring: Rescoring) -> np.ndarray:
    """:param features: float of shape (n, len(FEATURES)). :return: float32 of shape (n,): the new scores, larger is better."""
    return (features @ [rescoring.weights.get(name, 0.0) for name in FEATURES]).astype(np.float32)


def features(query: str, hits: Sequence[Hit], article: Sequence[float], idf: Callable[[str], float]) -> np.ndarray:
    """:param hits: candidates with their fused `score` and those of both searches. :param article: BM25 of the article of each.
    :param idf: how rare a term is. :return: float64 of shape (len(hits), len(FEATURES)), of what `FEATURES` names.
    """
    asked = terms(query)
    rarity = {term: idf(term) for term in asked}
    share, titles = _share_of(rarity), {hit.title: frozenset(rarity).intersection(terms(hit.title)) for hit in hits}
    of_article = _groups([hit.article_id for hit in hits])
    cosine = [hit.dense_score or 0.0 for hit in hits]
    columns = {
        "fused": _scaled(np.array([hit.score for hit in hits])),
        "lexical": _scaled(np.array([hit.lexical_score or 0.0 for hit in hits])),
        "article": _scaled(np.array(article)),
        "cosine": np.array(cosine),
        "article_cosine": np.array([max(cosine[i] for i in of_article[hit.article_id]) for hit in hits]),
        "title": np.array([share(titles[hit.title]) for hit in hits]),
        "lead": np.exp([-hit.start / _LEAD_CHARS for hit in hits]),
        "tail": np.minimum([hit.start / _TAIL_CHARS for hit in hits], 1.0),
        "siblings": np.log1p([len(of_article[hit.article_id]) for hit in hits]) / 3,
    }
    read = np.array([_read(asked, share, hit.text, titles[hit.title]) for hit in hits])
    columns |= dict(zip(("phrases", "words", "covered", "sentence", "pair"), read.T, strict=True))
    columns["phrases"] = _scaled(columns["phrases"])
    return np.stack([columns[name] for name in FEATURES], axis=1)


def phrase_share(query_terms: Sequence[str], text_terms: Sequence[str]) -> float:
    """The share of neighbouring pairs of the query that are neighbours in the text, 0..1; 0 for a query of one term."""
    wanted = set(zip(query_terms, query_terms[1:], strict=False))
    found = wanted & set(zip(text_terms, text_terms[1:], strict=False))
    return len(found) / len(wanted) if wanted else 0.0


def _read(asked: Sequence[str], share: Callable[[frozenset[str]], float], text: str, title: frozenset[str]) -> tuple[float, ...]:
    """phrases, words, covered, sentence, pair."""
    sentences, wanted = _sentences(text), frozenset(asked)
    found = [wanted.intersection(sentence) for sentence in sentences]
    every = frozenset().union(*found)
    return (
        phrase_share(asked, [term for sentence in sentences for term in sentence]) if every else 0.0,
        share(every),
        share(every | title),
        max(map(share, found)),
        max(share(a | b) for a, b in zip([frozenset(), *found], found, strict=False)),
    )


@lru_cache(maxsize=_REMEMBERED)
def _sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """The terms of each sentence of a passage."""
    return tuple(tuple(terms(sentence)) for sentence in _SENTENCE_END.split(text))


def _share_of(rarity: dict[str, float]) -> Callable[[frozenset[str]], float]:
    """:return: the share of the question's terms that a set of them is, rare ones weighing more."""
    total = sum(rarity.values())

    @cache  # of one question: its terms come together in few ways
    def share(found: frozenset[str]) -> float:
        return sum(weight for term, weight in rarity.items() if term in found) / total if total else 0.0

    return share


def _groups(names: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        groups.setdefault(name, []).append(number)
    return groups


def _scaled(values: np.ndarray) -> np.ndarray:
    best = float(values.max(initial=0.0))
    return values / best if best > 0 else values
