"""How much of a sentence stands in a text as it is: runs of words, small ones included."""

from __future__ import annotations

import numpy as np

from assistant.grounding.words import Source

_NEAREST = 4  #: sentences of the text that the order of words is compared with
_LOOKED_AT = 200  #: occurrences of a frequent word that are followed at most: keeps the time linear


def mean_run(keys: list[str], source: Source) -> float:
    """The mean length of the stretches the sentence falls into when each is taken as long as the text has it; 0 if none."""
    there, lengths, i = source.words.keys, [], 0
    while i < len(keys):
        longest = 0
        for place in source.places.get(keys[i], ())[:_LOOKED_AT]:
            # A run no longer than the best so far cannot help: look at its end first.
            end = longest
            if i + end < len(keys) and place + end < len(there) and keys[i + end] == there[place + end]:
                longest = max(longest, _run_length(keys, i, there, place))
        if longest:
            lengths.append(longest)
        i += max(1, longest)
    return sum(lengths) / len(lengths) if lengths else 0.0


def nearest_sentence(keys: list[str], source: Source) -> tuple[float, float]:
    """Compare with single sentences of the text.

    :return: the largest share of the neighbouring words that are neighbours in one sentence, and the largest share of the
        words that stand in one sentence in the same order; both 0..1.
    """
    if not keys or not source.spans:
        return 0.0, 0.0
    shared = np.zeros(len(source.spans))
    for key in set(keys):
        at = source.places.get(key, ())[:_LOOKED_AT]
        if at:
            shared[np.unique(source.sentence_of[at])] += 1
    nearest = np.argsort(-shared, kind="stable")[:_NEAREST]
    firsts = np.searchsorted(source.sentence_of, nearest, side="left")
    lasts = np.searchsorted(source.sentence_of, nearest, side="right")
    pairs = ordered = 0.0
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        there = source.words.keys[first : min(last, first + _LOOKED_AT)]
        pairs = max(pairs, _pair_share(keys, there))
        ordered = max(ordered, _common_subsequence(keys, there) / len(keys))
    return pairs, ordered


def _run_length(keys: list[str], i: int, there: list[str], place: int) -> int:
    length = 0
    while i + length < len(keys) and place + length < len(there) and keys[i + length] == there[place + length]:
        length += 1
    return length


def _pair_share(keys: list[str], there: list[str]) -> float:
    wanted = set(zip(keys, keys[1:], strict=False))
    return len(wanted & set(zip(there, there[1:], strict=False))) / len(wanted) if wanted else float(keys[0] in there)


def _common_subsequence(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyrö 2004): one step of integer arithmetic per word of b."""
    masks: dict[str, int] = {}
    for i, key in enumerate(a):
        masks[key] = masks.get(key, 0) | 1 << i
    row = full = (1 << len(a)) - 1
    for key in b:
        matches = row & masks.get(key, 0)
        row = (row + matches | row - matches) & full
    return len(a) - row.bit_count()
