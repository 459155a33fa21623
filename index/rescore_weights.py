"""Weights of the second look, as printed by `python -m tests.bench.fit_ranking ARTICLES --articles 900 --each 3 --seed 7`."""

WEIGHTS: dict[str, float] = {
    "fused": 0.003,
    "lexical": 0.269,
    "article": 0.171,
    "cosine": 0.253,
    "article_cosine": 0.246,
    "phrases": 0.174,
    "title": -0.030,
    "words": 0.063,
    "covered": 0.125,
    "sentence": 0.099,
    "pair": 0.083,
    "lead": 0.119,
    "tail": -0.321,
    "siblings": -0.028,
}
