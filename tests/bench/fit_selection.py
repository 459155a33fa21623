"""Fit the weights of sentence selection on questions made from articles, and print `assistant/selection_weights.py`.

    python -m tests.bench.fit_selection ARTICLES.jsonl[.gz] --index INDEX --leave-out DIR [--questions 1200] [--seed 5]

No question is made of an article of a scoring set (DIR/articles.jsonl). INDEX is built there first, over all ARTICLES. With
--score DIR INDEX, a table of what the weights give there, beside those now in the repository, goes to stderr: how often a
sentence of the answer is among the first k.

Nothing is read by the cross-encoder, which was trained on questions about these very articles, and `answered` is not fitted. What
its weight gives is in the table of tests/bench/sweep.py; here it stays as it is.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import ui.offline  # noqa: F401
from assistant.condense import condense
from assistant.evidence import gather
from assistant.reading import SEARCH_DEPTH
from assistant.selection import FEATURES, Relevance
from assistant.selection_weights import WEIGHTS
from index import build
from index.encoder import default_encoder
from index.rereading import Rereading
from index.search import Generation
from tests.bench.articles import read_rows, without
from tests.bench.made_questions import make_questions, neighbours

RIDGE = 0.001
DEPTHS = (1, 2, 3, 6)


@dataclass(frozen=True, slots=True)
class Case:
    """The sentences of one question's evidence. `right`: which of them touch the answer."""

    seen: np.ndarray  #: (sentences, features)
    right: np.ndarray  #: bool (sentences,)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--questions", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--score", nargs=2, type=Path, action="append", default=[], metavar=("DIR", "INDEX"))
    args = parser.parse_args()
    build([args.rows], args.index)
    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    chosen = random.Random(args.seed).sample(rows, min(args.questions, len(rows)))
    made = make_questions(chosen, 1, args.seed, neighbours(rows, default_encoder()))
    cases = read(args.index, [{"question": m.question, "article_id": m.article_id, "start": m.start, "end": m.end} for m in made])
    weights = fit(cases)
    print(f"{'':30}    n   {'  '.join(f'first {k}' for k in DEPTHS)}   now", file=sys.stderr)
    line("made questions", cases, weights)
    for folder, index_dir in args.score:
        for kind in ("single", "followup"):
            rows = [r for r in read_rows(folder / "questions.jsonl") if r["kind"] == kind and r["start"] is not None]
            if rows:
                line(f"{folder.name}, {kind}", read(index_dir, rows), weights)
    lines = "".join(f'    "{name}": {weight:.2f},\n' for name, weight in weights.items())
    command = f"python -m tests.bench.fit_selection ARTICLES --questions {args.questions} --seed {args.seed}"
    print(f'"""Weights of `selection.FEATURES`, as printed by `{command}`."""\n')
    print(f"WEIGHTS: dict[str, float] = {{\n{lines}}}")


def read(index_dir: Path, rows: Iterable[Mapping[str, Any]]) -> list[Case]:
    """:param rows: {question, history, article_id, start, end}; offsets of the answer in its article."""
    encoder = default_encoder()
    cases = []
    with closing(Generation(index_dir, encoder, rereading=Rereading(passages=0))) as generation:
        for row in rows:
            asked = condense(row["question"], row.get("history", ()))
            hits = generation.search(asked.query, SEARCH_DEPTH)
            relevance = Relevance(row["question"], asked.context, generation.idf, encoder.encode_passages)
            ranked = relevance.rank(gather(hits, generation))
            right = [c.evidence.article_id == row["article_id"] and c.start < row["end"] and row["start"] < c.end for c in ranked]
            seen = np.array([c.seen for c in ranked]).reshape(len(ranked), len(FEATURES))
            cases.append(Case(seen, np.array(right, dtype=bool)))
    return cases


def fit(cases: Sequence[Case], ridge: float = RIDGE) -> dict[str, float]:
    """Listwise softmax: the right sentences of a question together, against all of its evidence."""
    import torch

    usable = [(torch.from_numpy(c.seen).float(), torch.from_numpy(c.right)) for c in cases if c.right.any()]
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        scores = [(seen @ weights, right) for seen, right in usable]
        missed = [torch.logsumexp(score, 0) - torch.logsumexp(score[right], 0) for score, right in scores]
        value = torch.stack(missed).mean() + ridge * (weights**2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    return dict(zip(FEATURES, weights.detach().tolist(), strict=True)) | {"answered": WEIGHTS["answered"]}


def line(name: str, cases: Sequence[Case], weights: Mapping[str, float]) -> None:
    cells = ["  ".join(f"{value:7.3f}" for value in measures(cases, setting)) for setting in (weights, WEIGHTS)]
    print(f"{name:30} {len(cases):4}   {'   '.join(cells)}", file=sys.stderr, flush=True)


def measures(cases: Sequence[Case], weights: Mapping[str, float]) -> list[float]:
    """For each of `DEPTHS`, how often one of the first sentences is right."""
    found = []
    for case in cases:
        order = np.argsort(-(case.seen @ [weights.get(name, 0.0) for name in FEATURES]), kind="stable")
        found.append([bool(case.right[order[:k]].any()) for k in DEPTHS])
    return [float(value) for value in np.mean(found, axis=0)]


if __name__ == "__main__":
    main()
