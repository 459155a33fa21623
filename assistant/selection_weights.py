"""Weights of `selection.FEATURES`, as printed by `python -m tests.bench.fit_selection ARTICLES --questions 1200 --seed 5`;
`answered`, which that does not fit, was chosen on the news set as a whole;
`python -m tests.bench.sweep` has its neighbours."""

WEIGHTS: dict[str, float] = {
    "coverage": 5.71,
    "pair": 1.72,
    "names": -2.84,
    "phrases": 1.38,
    "kind": 2.37,
    "lead": 1.53,
    "evidence": 7.32,
    "answered": 1.00,
    "cosine": 3.11,
}
