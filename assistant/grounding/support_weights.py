"""Weights of the support score, as printed by `python tests/bench/fit_support.py ARTICLES --count 1500 --seed 13`."""

WEIGHTS: dict[str, float] = {
    "words": 2.945,
    "ordered": 3.861,
    "pairs": 2.656,
    "runs": 0.212,
    "jumps": -1.916,
}
BIAS = -8.321
