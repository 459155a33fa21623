"""Alignment of the words of a sentence to the places in a text that they most likely come from.

Each content word may stand for any occurrence of its key in the text. Of all ways to choose, the one is taken that finds
most words in the fewest and straightest stretches: a dynamic programme over the words of the sentence, in which moving on
within a sentence of the text is nearly free, and turning back or changing the sentence costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.grounding.words import Source, Words, is_number

_SKIP_COST = 0.06  #: per doubling of the content words skipped
_BACK_COST = 0.35  #: to go back within a sentence of the text
_JUMP_COST = 0.75  #: to change the sentence, less than finding one more word is worth
_FAR_COST = 0.03  #: per doubling of the distance jumped
_BEAM = 64  #: alignments kept per word
_SENTENCES = 12  #: sentences of the text that frequent words are looked up in
_RARE = 6  #: words with up to this many occurrences are looked up everywhere
SPECIFIC_WEIGHT = 1.5  #: of numbers and capitalised words; other content words weigh 1


@dataclass(frozen=True, slots=True)
class Alignment:
    """`places[i]` is the word of the text that content word `content[i]` of the sentence comes from, or -1."""

    content: list[int]  #: word numbers in the sentence
    weights: np.ndarray  #: float64 (n content words,)
    places: list[int]


def align(words: Words, source: Source) -> Alignment:
    """Align a sentence to a text."""
    content = [i for i in range(len(words)) if words.content[i]]
    weights = np.array([weight_of(words, i) for i in content], dtype=np.float64)
    candidates = _candidates(words, content, weights, source)
    return Alignment(content, weights, _best_path(candidates, weights, source))


def weight_of(words: Words, i: int) -> float:
    """How much a word claims."""
    specific = is_number(words.forms[i]) or (i > 0 and words.raw(i)[0].isupper())
    return SPECIFIC_WEIGHT if specific else 1.0


def _candidates(words: Words, content: list[int], weights: np.ndarray, source: Source) -> list[np.ndarray]:
    """For each content word the places of its key, limited to the sentences of the text that share most with this one."""
    places = [np.array(source.places.get(words.keys[i], ()), dtype=np.int64) for i in content]
    if not source.spans:
        return places
    shared = np.zeros(len(source.spans))
    for key in {words.keys[i] for i in content}:
        at = source.places.get(key)
        if at:
            shared[np.unique(source.sentence_of[at])] += 1.0
    best = np.zeros(len(shared), dtype=bool)
    best[np.argsort(-shared, kind="stable")[:_SENTENCES]] = True
    return [at if len(at) <= _RARE else _kept(at, best, source) for at in places]


def _kept(at: np.ndarray, best: np.ndarray, source: Source) -> np.ndarray:
    inside = at[best[source.sentence_of[at]]]
    return inside[:_BEAM] if len(inside) else at[:_RARE]


def _best_path(candidates: list[np.ndarray], weights: np.ndarray, source: Source) -> list[int]:
    ends = np.zeros(0, dtype=np.int64)  # the last place of each alignment in the beam
    scores = np.zeros(0)
    nodes = np.zeros(0, dtype=np.int64)
    trail: list[tuple[int, int, int]] = []  # (parent node, word, place): all alignments as a tree
    for word, places in enumerate(candidates):
        if not len(places):
            continue
        if len(ends):
            reach = scores[:, None] - _costs(ends, places, source)
            came = reach.argmax(axis=0)
            gained = reach[came, np.arange(len(places))] + weights[word]
            parents = nodes[came]
            fresh = gained < weights[word]  # a new start is never worse than paying more than everything found so far
            gained, parents = np.where(fresh, weights[word], gained), np.where(fresh, -1, parents)
        else:
            gained, parents = np.full(len(places), weights[word]), np.full(len(places), -1)
        first = len(trail)
        trail.extend(zip(parents.tolist(), [word] * len(places), places.tolist(), strict=True))
        ends = np.concatenate([ends, places])
        scores = np.concatenate([scores, gained])
        nodes = np.concatenate([nodes, np.arange(first, first + len(places))])
        if len(ends) > _BEAM:
            keep = np.argsort(-scores, kind="stable")[:_BEAM]
            ends, scores, nodes = ends[keep], scores[keep], nodes[keep]
    chosen = [-1] * len(candidates)
    node = int(nodes[int(scores.argmax())]) if len(scores) else -1
    while node >= 0:
        node, word, place = trail[node]
        chosen[word] = place
    return chosen


def _costs(ends: np.ndarray, places: np.ndarray, source: Source) -> np.ndarray:
    """float64 (ends, places): the cost of going on from each end to each place."""
    before, sentence = source.content_before, source.sentence_of
    moved = before[places][None, :] - before[ends][:, None]
    same = sentence[places][None, :] == sentence[ends][:, None]
    distance = np.log2(np.maximum(np.abs(moved), 1))
    cost = np.where(same, _SKIP_COST * distance, _JUMP_COST + _FAR_COST * distance)
    backwards: np.ndarray = np.where(same & (moved <= 0), _BACK_COST, 0.0)
    return np.asarray(cost + backwards)
