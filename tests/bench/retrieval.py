"""What each step of the search gives, as the Markdown table of RETRIEVAL.md.

    python -m tests.bench.retrieval DIR INDEX [DIR INDEX ...] [--limit N] > tests/bench/RETRIEVAL.md

DIR holds articles.jsonl and questions.jsonl in the format of `citewire eval`; INDEX is built there first, which embeds only what
it does not hold yet. Each row is the row above it with one thing more; the last rows take one feature of the second look away.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ui.offline  # noqa: F401
from assistant.condense import condense
from index import build
from index.encoder import default_encoder
from index.fusion import Fusion
from index.rereading import Rereading
from index.rescore import FEATURES, Rescoring
from index.search import Generation
from tests.bench.articles import read_rows
from tests.bench.fit_ranking import Case, case, measures

KINDS = ("single", "followup")
HEAD = """# What each step of the search gives

Printed by `python -m tests.bench.retrieval`, which says what the rows are. art@k: the right article is among the first k hits.
span@2000: the whole answer lies in the text of the best hits, read in order up to 2,000 characters.
"""
FUSED_ONLY = Rescoring(weights={})  # all equal: the order stays that of the fusion


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    fusion: Fusion = Fusion()
    rescoring: Rescoring = Rescoring()
    rereading: Rereading | None = None
    history: bool = True


def steps() -> Iterator[Step]:
    yield Step("passages by meaning (MiniLM in Chroma)", Fusion(lexical=0.0, article=0.0), FUSED_ONLY, history=False)
    yield Step("passages by words (BM25)", Fusion(dense=0.0, article=0.0), FUSED_ONLY, history=False)
    yield Step("both, fused by reciprocal rank", Fusion(article=0.0), FUSED_ONLY, history=False)
    yield Step("+ articles by words", Fusion(), FUSED_ONLY, history=False)
    yield Step("+ the conversation", Fusion(), FUSED_ONLY)
    plain = {"lexical": 1.0, "article": 1.0, "cosine": 2.0, "phrases": 0.3}
    yield Step("+ a second look, four features weighed by hand", Fusion(), Rescoring(weights=plain))
    yield Step("+ all features, weights fitted to made questions")
    yield Step("+ the best read together with the question (what Citewire does)", rereading=Rereading())
    every = Rereading(near=9.0, clear=math.inf)
    yield Step(f"  each of the first {every.passages} read, whatever its score, and losing what it may", rereading=every)
    fitted = Rescoring()
    for name in FEATURES:
        yield Step(f"  not read, and without `{name}`", Fusion(), replace(fitted, weights={**fitted.weights, name: 0.0}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+", metavar="DIR INDEX")
    parser.add_argument("--limit", type=int, default=0, help="questions of each kind; 0: all")
    args = parser.parse_args()
    if len(args.sets) % 2:
        parser.error("name an index for each folder")
    print(HEAD)
    for folder, index_dir in zip(args.sets[::2], args.sets[1::2], strict=True):
        build([folder / "articles.jsonl"], index_dir)
        rows = read_rows(folder / "questions.jsonl")
        table(folder.name, index_dir, {kind: sampled(rows, kind, args.limit) for kind in KINDS})


def sampled(rows: Sequence[dict[str, Any]], kind: str, limit: int) -> list[dict[str, Any]]:
    chosen = [row for row in rows if row["kind"] == kind]
    return random.Random(13).sample(chosen, limit) if 0 < limit < len(chosen) else chosen


def table(name: str, index_dir: Path, rows: dict[str, list[dict[str, Any]]]) -> None:
    kinds = [kind for kind, asked in rows.items() if asked]
    print(f"## {name}: {', '.join(f'{len(rows[kind])} {kind}' for kind in kinds)}\n")
    print(f"| step | {' | '.join(f'{kind}: art@1 | art@4 | span@2000' for kind in kinds)} |")
    print(f"|---|{'---|' * 3 * len(kinds)}")
    known: dict[tuple[Fusion, bool], list[list[Case]]] = {}
    for step in steps():
        seen = (step.fusion, step.history)
        if seen not in known:
            known[seen] = [candidates(index_dir, rows[kind], step) for kind in kinds]
        cells = [measures(cases, step.rescoring, step.rereading) for cases in known[seen]]
        print(f"| {step.name} | {' | '.join(shown(value) for cell in cells for value in cell)} |", flush=True)
    print()


def shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def candidates(index_dir: Path, rows: Sequence[dict[str, Any]], step: Step) -> list[Case]:
    generation = Generation(index_dir, default_encoder(), step.fusion)
    queries = [condense(row["question"], row["history"] if step.history else ()).query for row in rows]
    found = [case(generation, q, row["article_id"], row["start"], row["end"]) for q, row in zip(queries, rows, strict=True)]
    generation.close()
    return found


if __name__ == "__main__":
    main()
