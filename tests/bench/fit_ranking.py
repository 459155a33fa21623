"""Fit the weights of the second look on questions made from articles, and print `index/rescore_weights.py`.

    python -m tests.bench.fit_ranking ARTICLES.jsonl[.gz] --index NEW --leave-out DIR [--articles 900] [--each 3] [--seed 7]

No article of a scoring set (DIR/articles.jsonl) is used. --index is where the chosen articles are indexed. With
--score DIR INDEX, a table of what the weights give there, beside those now in the repository, goes to stderr.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import ui.offline  # noqa: F401
from assistant.condense import condense
from index import build
from index.encoder import default_encoder
from index.rereading import Rereading, cross_encoder_of, reread
from index.rescore import FEATURES, Rescoring, rescore
from index.search import RANKED, Generation
from index.types import Hit
from tests.bench.articles import read_rows, without
from tests.bench.made_questions import make_questions, neighbours

RIDGE = 0.0005
#: what the passage itself weighs beside its article in the loss
SPAN = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """One question's candidates. `article` and `span` say which are of the gold article, and which hold the gold span."""

    seen: np.ndarray  #: (candidates, features)
    hits: list[Hit]
    article: np.ndarray
    span: np.ndarray
    end: int | None  #: of the gold span, an offset in its article; None: unknown
    query: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--articles", type=int, default=900)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--score", nargs=2, type=Path, action="append", default=[], metavar=("DIR", "INDEX"))
    args = parser.parse_args()
    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    rows = random.Random(args.seed).sample(rows, min(args.articles, len(rows)))
    cases = made_cases(rows, args.index, args.each, args.seed)
    weights = fit(cases)
    print(f"fitted on {len(cases)} questions made from {len(rows)} articles", file=sys.stderr)
    report(cases, weights, args.score)
    lines = "".join(f'    "{name}": {weight:.3f},\n' for name, weight in weights.items())
    command = f"python -m tests.bench.fit_ranking ARTICLES --articles {args.articles} --each {args.each} --seed {args.seed}"
    print(f'"""Weights of the second look, as printed by `{command}`."""\n')
    print(f"WEIGHTS: dict[str, float] = {{\n{lines}}}")


def made_cases(rows: Sequence[dict[str, Any]], index_dir: Path, each: int, seed: int) -> list[Case]:
    """Questions made from the rows, with their candidates in an index over them."""
    source = index_dir.with_name(f"{index_dir.name}.jsonl")
    source.write_text("".join(f"{line}\n" for line in map(_json, rows)), encoding="utf-8")
    build([source], index_dir)
    encoder = default_encoder()
    generation = Generation(index_dir, encoder)
    made = make_questions(rows, each, seed, neighbours(rows, encoder))
    return [case(generation, m.question, m.article_id, m.start, m.end) for m in made]


def case(generation: Generation, query: str, article_id: str, start: int | None, end: int | None) -> Case:
    hits, seen = generation.candidates(query)
    article = np.array([hit.article_id == article_id for hit in hits], dtype=bool)
    if start is None or end is None:
        return Case(seen, hits, article, np.zeros(len(hits), dtype=bool), None, query)
    span = np.array([hit.start <= start and end <= hit.end for hit in hits], dtype=bool)
    return Case(seen, hits, article, article & span, end, query)


def fit(cases: Sequence[Case], ridge: float = RIDGE) -> dict[str, float]:
    """Listwise softmax: the gold article's candidates together, and the gold passage, against all. :return: scaled so that
    the best score of a question is about 1 on average."""
    import torch

    usable = [c for c in cases if c.article.any()]
    longest = max(len(c.hits) for c in usable)
    seen = torch.zeros(len(usable), longest, len(FEATURES))
    every, article, span = (torch.full((len(usable), longest), -1e9) for _ in range(3))
    for i, c in enumerate(usable):
        seen[i, : len(c.hits)] = torch.from_numpy(c.seen)
        every[i, : len(c.hits)] = 0
        article[i, : len(c.hits)][torch.from_numpy(c.article)] = 0
        span[i, : len(c.hits)][torch.from_numpy(c.span if c.span.any() else c.article)] = 0
    weights = torch.zeros(len(FEATURES), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        scores = seen @ weights
        total = torch.logsumexp(scores + every, 1)
        missed = total - torch.logsumexp(scores + article, 1) + SPAN * (total - torch.logsumexp(scores + span, 1))
        value = missed.mean() + ridge * (weights**2).sum()
        value.backward()
        return value

    optimizer.step(loss)
    found = weights.detach().numpy()
    scale = np.mean([(c.seen @ found).max() for c in usable])
    return dict(zip(FEATURES, (found / scale).tolist(), strict=True))


def report(cases: Sequence[Case], weights: dict[str, float], scored: Sequence[Sequence[Path]]) -> None:
    print(f"{'':30}    n  art@1  art@4 span@2000   now: art@1  art@4 span@2000", file=sys.stderr)
    line("made questions", cases, weights)
    for folder, index_dir in scored:
        generation = Generation(index_dir, default_encoder())
        for kind in ("single", "followup"):
            rows = [row for row in read_rows(folder / "questions.jsonl") if row["kind"] == kind]
            queries = [condense(row["question"], row["history"]).query for row in rows]
            found = [case(generation, q, r["article_id"], r["start"], r["end"]) for q, r in zip(queries, rows, strict=True)]
            if found:
                line(f"{folder.name}, {kind}", found, weights)


def line(name: str, cases: Sequence[Case], weights: dict[str, float]) -> None:
    cells = [f"{value:6.3f}" for setting in (Rescoring(weights=weights), Rescoring()) for value in measures(cases, setting)]
    print(f"{name:30} {len(cases):4} {' '.join(cells[:3])}          {' '.join(cells[3:])}", file=sys.stderr)


def measures(cases: Sequence[Case], rescoring: Rescoring, rereading: Rereading | None = None) -> tuple[float, ...]:
    """art@1, art@4, span@2000. :param rereading: how the best are read once more; None: not at all."""
    first, fourth, spans = [], [], []
    for c in cases:
        order = ranking(c, rescoring, rereading)[:10]
        first.append(bool(c.article[order[:1]].any()))
        fourth.append(bool(c.article[order[:4]].any()))
        if c.end is not None:
            before = np.cumsum([0, *(c.hits[i].end - c.hits[i].start for i in order)])
            spans.append(any(c.span[i] and c.end - c.hits[i].start <= 2000 - b for i, b in zip(order, before, strict=False)))
    return tuple(float(np.mean(values)) if values else float("nan") for values in (first, fourth, spans))


def ranking(case: Case, rescoring: Rescoring, rereading: Rereading | None) -> np.ndarray:
    """The numbers of its hits, best first."""
    scores = rescore(case.seen, rescoring)
    order = np.argsort(-scores, kind="stable")
    reader = cross_encoder_of(default_encoder()) if rereading else None
    if reader is None or rereading is None:
        return order
    place = {case.hits[i].passage_id: i for i in order}
    ranked = reread(case.query, [replace(case.hits[i], score=float(scores[i])) for i in order[:RANKED]], reader, rereading)
    return np.array([*(place[hit.passage_id] for hit in ranked), *order[RANKED:]], dtype=int)


def _json(row: dict[str, Any]) -> str:
    import json

    return json.dumps(row)


if __name__ == "__main__":
    main()
