"""Do the articles answer this at all? Decided before a word is written, from how much of the question the evidence has.

What this refuses for the words of the evidence, a model that judges sentences may still find answered: see `proposing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.selection import Candidate, Relevance
from assistant.types import Evidence


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From the sweep in tests/bench/sweep.py."""

    coverage: float = 0.60  #: share of the question's words, by rarity, that one stretch of evidence must have
    follow_up: float = 0.40  #: the same for a follow-up: its story is found already, and it need not repeat its words
    cosine: float = 0.62  #: or this similarity of one sentence, whatever the words
    score: float = 0.95  #: or this score of one stretch (what answers a question has about 1), and then
    scored: float = 0.40  #: this share of the words


def answerable(
    relevance: Relevance,
    evidence: Sequence[Evidence],
    ranked: Sequence[Candidate],
    thresholds: Thresholds = Thresholds(),
    own_scores: bool = True,
) -> bool:
    """True if some evidence bears on the question enough to be quoted for it, and none of its names is missing everywhere:
    what is asked about one bridge is not answered by another.

    :param own_scores: whether the evidence has its scores from our own ranking, for this very question.
    """
    texts = [f"{item.title} {item.text}" for item in evidence]
    if not ranked or relevance.unnamed([f"{item.source} {text}" for item, text in zip(evidence, texts, strict=True)]):
        return False
    needed = thresholds.follow_up if relevance.leans else thresholds.coverage
    covered = relevance.covered(texts)
    if covered >= needed or max(c.cosine for c in ranked) >= thresholds.cosine:
        return True
    # a follow-up is searched for with its conversation, which stands in the articles whatever is asked of it now
    told = own_scores and not relevance.leans and covered >= thresholds.scored
    return told and max(item.score for item in evidence) >= thresholds.score
