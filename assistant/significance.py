"""Is the difference of two systems on the same questions more than chance? A paired randomisation test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_SEED = 20071106
_ROUNDS = 10_000
_CELLS = 2_000_000  #: random signs that are held at once


def randomisation_p(first: Sequence[float], second: Sequence[float], rounds: int = _ROUNDS) -> float:
    """Two-sided p of the difference of means, by swapping the two values of random questions.

    After Smucker, Allan and Carterette, A comparison of statistical significance tests for information retrieval evaluation,
    CIKM 2007 (https://doi.org/10.1145/1321440.1321528). The seed is fixed: the same values give the same p.

    :param first, second: one value for each question, in the same order.
    :return: 0 < p <= 1; with no question, or none that differs, 1.
    :raises ValueError: if the two are not of one length.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} values cannot be paired with {len(second)}")
    difference = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    difference = difference[difference != 0]
    if not len(difference):
        return 1.0
    observed = abs(difference.sum()) - 1e-9  # sums of the same numbers in another order differ by rounding
    random, extreme, left = np.random.default_rng(_SEED), 0, rounds
    while left:
        batch = min(left, max(1, _CELLS // len(difference)))
        signs = random.integers(0, 2, size=(batch, len(difference)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ difference) >= observed).sum())
        left -= batch
    return (extreme + 1) / (rounds + 1)
