"""Weights of the second look, as printed by `python -m tests.bench.fit_ranking ARTICLES --articles 900 --each 3 --seed 7`."""

WEIGHTS: dict[str, float] = {
    "fused": -0.004,
    "lexical": 0.225,
    "article": 0.158,
    "cosine": 0.260,
    "article_cosine": 0.248,
    "phrases": 0.176,
    "title": -0.021,
    "words": 0.078,
    "covered": 0.158,
    "sentence": 0.107,
    "pair": 0.091,
    "lead": 0.117,
    "tail": -0.311,
    "siblings": -0.020,
}
