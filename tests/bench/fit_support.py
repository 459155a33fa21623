"""Fit the weights of the support score: `python tests/bench/fit_support.py ARTICLES.jsonl[.gz] --seed 13`.

Prints `assistant/grounding/support_weights.py`, and how well the weights tell true from made-up sentences of other articles.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from support_pairs import Pair, make_pairs  # noqa: E402

from assistant.grounding.features import FEATURE_NAMES, compare  # noqa: E402
from assistant.grounding.words import source_of, words_of  # noqa: E402

#: Strong: the features say nearly the same, and should share the weight. A weaker one, more features or a model with bends tell
#: these pairs better (AUC .97 to .99) and real summaries worse: they learn how the pairs were made.
RIDGE = 0.5


def read_articles(path: Path) -> list[dict[str, str]]:
    """Rows with `title` and `text`; other fields are ignored."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        return [{"title": row["title"] or "", "text": row["text"] or ""} for row in rows]


def vectors(pairs: list[Pair]) -> np.ndarray:
    """float64 (n pairs, n features)."""
    return np.stack([compare(words_of(p.sentence), source_of(p.text)).features.vector() for p in pairs])


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights and, last, the bias: float64 (n features + 1,). The ridge flattens the scores; a second fit of their scale
    alone makes probabilities of them again."""
    weights = logistic(x, y, RIDGE)
    scale, shift = logistic((x @ weights[:-1])[:, None], y, 1e-3)
    return np.append(weights[:-1] * scale, shift)


def logistic(x: np.ndarray, y: np.ndarray, ridge: float, steps: int = 30) -> np.ndarray:
    """Logistic regression by Newton's method. :return: float64 (n features + 1,), the last is the bias."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    w = np.zeros(z.shape[1])
    penalty = ridge * np.diag(np.append(np.ones(x.shape[1]), 0.0))
    for _ in range(steps):
        p = 1 / (1 + np.exp(-z @ w))
        hessian = (z * (p * (1 - p))[:, None]).T @ z / len(z) + penalty
        w -= np.linalg.solve(hessian, z.T @ (p - y) / len(z) + penalty @ w)
    return np.append(w[:-1] / scale, w[-1] - (w[:-1] / scale) @ mean)


def auc(scores: np.ndarray, y: np.ndarray) -> float:
    """The chance that a true one scores above a false one."""
    yes, no = scores[y][:, None], scores[~y][None, :]
    return float((yes > no).mean() + 0.5 * (yes == no).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--count", type=int, default=1500)
    args = parser.parse_args()
    groups = list(make_pairs(read_articles(args.articles), args.count, args.seed))
    fifth = len(groups) // 5
    test, train = ([pair for group in part for pair in group] for part in (groups[:fifth], groups[fifth:]))
    x, y = vectors(train), np.array([pair.supported for pair in train])
    weights = fit(x, y)
    report(test, vectors(test) @ weights[:-1] + weights[-1], len(train))
    rows = "".join(f'    "{name}": {weight:.3f},\n' for name, weight in zip(FEATURE_NAMES, weights, strict=False))
    command = f"python tests/bench/fit_support.py ARTICLES --count {args.count} --seed {args.seed}"
    print(f'"""Weights of the support score, as printed by `{command}`."""\n')
    print(f"WEIGHTS: dict[str, float] = {{\n{rows}}}\nBIAS = {weights[-1]:.3f}")


def report(pairs: list[Pair], scores: np.ndarray, trained_on: int) -> None:
    """To stderr, so that stdout is the module."""
    y = np.array([pair.supported for pair in pairs])
    print(f"fitted on {trained_on}, tested on {len(pairs)}: AUC {auc(scores, y):.3f}", file=sys.stderr)
    for kind in sorted({pair.kind for pair in pairs}):
        chosen = np.array([pair.kind == kind for pair in pairs])
        print(f"  {kind:15s} {chosen.sum():5d} said supported: {(scores[chosen] > 0).mean():.2f}", file=sys.stderr)


if __name__ == "__main__":
    main()
