"""Weights of the support score, as printed by `python tests/bench/fit_support.py ARTICLES --count 1500 --seed 13`."""

WEIGHTS: dict[str, float] = {
    "words": 2.976,
    "ordered": 3.925,
    "pairs": 2.713,
    "runs": 0.195,
    "jumps": -1.938,
}
BIAS = -8.408
