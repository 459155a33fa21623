"""The third look: passages that the ranking holds for about as good as its best are read together with the question.

Of half of all questions one story is far ahead of the others: then nothing is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from index.encoder import Encoder
from index.types import Hit

if TYPE_CHECKING:
    from index.cross_encoder import CrossEncoder, Reading

#: passages of one round of reading. What is found depends on it, so it is the same on every machine; two cores have one each
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Rereading:
    """How much of what is read counts: tests/training/weigh.py has the table. How many and how near: chosen on news."""

    passages: int = 6  #: how many are read, at most; 0: none
    #: only those whose score is at most so much below that of the best, which is about 1; reading costs a hit no more than that
    near: float = 0.35
    #: two by two: once one is at least so relevant, the story is found, and no more are read; it belongs to this cross-encoder
    clear: float = 4.0
    relevance: float = 0.04  #: what one unit of relevance adds to a score
    answered: float = 0.005  #: and one unit of what speaks against an answer in it


def cross_encoder_of(encoder: Encoder) -> CrossEncoder | None:
    """The one that belongs to the embedding model: only the default one has any. It is loaded when it reads."""
    return getattr(encoder, "cross_encoder", None)


def reread(query: str, hits: Sequence[Hit], reader: CrossEncoder, rereading: Rereading) -> list[Hit]:
    """:param hits: best first. :return: the same, best first, with their ranks and scores anew."""
    near = [i for i, hit in enumerate(hits) if hit.score >= hits[0].score - rereading.near]
    first = near[: rereading.passages]
    if len({hits[i].article_id for i in first}) < 2:
        return list(hits)
    read: list[Reading] = []
    while len(read) < len(first) and max((r.relevance for r in read), default=-np.inf) < rereading.clear:
        read += reader.read(query, [(hits[i].title, hits[i].text) for i in first[len(read) :][:_AT_ONCE]])
    said = np.array([rereading.relevance * r.relevance + rereading.answered * min(r.answered(), 0.0) for r in read])
    scores = [hit.score for hit in hits]
    changes = np.maximum(said - said.max(), -rereading.near)
    # what is near and was not read is held for like what was: it would rise above all that lost something
    for i, change in zip_longest(near, changes, fillvalue=changes.mean()):
        scores[i] += float(change)
    order = sorted(range(len(hits)), key=lambda i: (-scores[i], i))
    return [replace(hits[i], rank=rank, score=scores[i]) for rank, i in enumerate(order, start=1)]
