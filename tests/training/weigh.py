"""What the cross-encoder's word should weigh in a search: a table over questions on articles that it was not trained on.

    python -m tests.training.weigh ARTICLES.jsonl[.gz] --questions FILE --leave-out DIR… --wordnet DIR --index NEW
        [--articles 1240] [--each 3] [--seed 5] [--score DIR INDEX]

The articles held out by tests.training.prepare are indexed among others. Each is asked about in three ways, as often in each: by
rule from a sentence, by a name and a few words, and by words of its headline, which half of the articles are indexed without.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

import ui.offline  # noqa: F401
from assistant.condense import condense
from index import build
from index.cross_encoder import CrossEncoder, Reading
from index.encoder import MiniLM, default_encoder
from index.rereading import Rereading, reread
from index.rescore import Rescoring, rescore
from index.search import Generation
from index.types import Hit
from tests.bench.articles import read_rows, without
from tests.bench.made_questions import make_questions, neighbours
from tests.training.prepare import HELD_OUT, of_headline, reworder
from tests.training.wordnet import WordNet

DEPTH = 6
RELEVANCE, ANSWERED, NEAR = (0.0, 0.02, 0.03, 0.04, 0.06, 0.1), (0.0, 0.005, 0.01, 0.02), (0.2, 0.3, 0.4, 0.5)
CLEAR = (2.0, 3.0, 4.0, 5.0, 6.0, float("inf"))  #: with the other values as they are


@dataclass(frozen=True, slots=True)
class Case:
    """One question's best hits, with the scores they have and what was read in the first `DEPTH` of them."""

    hits: list[Hit]
    readings: list[Reading]
    row: dict[str, Any]


class Kept:
    """Gives what was read before, in place of the cross-encoder, and counts."""

    def __init__(self, case: Case) -> None:
        read = zip(case.hits, case.readings, strict=False)
        self._readings = {(hit.title, hit.text): reading for hit, reading in read}
        self.read_so_far = 0

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        self.read_so_far += len(passages)
        return [self._readings[passage] for passage in passages]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--wordnet", type=Path, required=True, metavar="DIR")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=1240)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--score", nargs=2, type=Path, action="append", default=[], metavar=("DIR", "INDEX"))
    args = parser.parse_args()
    rng = random.Random(args.seed)
    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    held_out = rows[::HELD_OUT]
    others = rng.sample([row for i, row in enumerate(rows) if i % HELD_OUT], max(0, args.articles - len(held_out)))
    questions = dict(asked(held_out, rows, args, rng))
    source = args.index.with_name(f"{args.index.name}.jsonl")
    bare = {row["article_id"] for row in questions["headline"]}
    lines = (json.dumps(row | {"title": ""} if row["id"] in bare and rng.random() < 0.5 else row) for row in held_out + others)
    source.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    build([source], args.index)
    for name, some in questions.items():
        table(name, list(cases(some, args.index)))
    for folder, index_dir in args.score:
        scored = read_rows(folder / "questions.jsonl")
        for kind in ("single", "followup"):
            if some := [row for row in scored if row["kind"] == kind]:
                table(f"{folder.name}, {kind}", list(cases(some, index_dir)))


def asked(
    held_out: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], args: argparse.Namespace, rng: random.Random
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """kind -> questions in the form of the scorer's rows."""
    ids = {row["id"] for row in held_out}
    by_rule: dict[str, list[dict[str, Any]]] = {}
    with args.questions.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["article_id"] in ids and row["kind"] != "headline":
                by_rule.setdefault(row["article_id"], []).append(row)
    yield "by rule", [row for some in by_rule.values() for row in rng.sample(some, min(args.each, len(some)))]
    swap = reworder(neighbours(rows, default_encoder()), WordNet(args.wordnet))
    made = make_questions(held_out, args.each, args.seed, swap)
    yield "name and words", [{"question": m.question, "article_id": m.article_id, "start": m.start, "end": m.end} for m in made]
    found = ((row["id"], one) for row in held_out for one in list(of_headline(row["title"] or "", rng))[: args.each])
    yield "headline", [{"question": one["question"], "article_id": name, "start": None, "end": None} for name, one in found]


def cases(rows: Iterable[dict[str, Any]], index_dir: Path) -> Iterator[Case]:
    encoder = default_encoder()
    assert isinstance(encoder, MiniLM), "the cross-encoder comes with the default embedding model"
    reader = encoder.cross_encoder
    assert reader is not None
    with closing(Generation(index_dir, encoder)) as generation:
        for row in rows:
            query = condense(row["question"], row.get("history", ())).query
            hits, seen = generation.candidates(query)
            scores = rescore(seen, Rescoring())
            order = np.argsort(-scores, kind="stable")[:12]
            best = [replace(hits[i], score=float(scores[i])) for i in order]
            yield Case(best, reader.read(query, [(hit.title, hit.text) for hit in best[:DEPTH]]), row)


def table(name: str, found: Sequence[Case]) -> None:
    print(f"{name}, n={len(found)}\n near clear relevance answered   art@1  art@4  span@2000   read, mean", flush=True)
    now = Rereading(passages=DEPTH)
    grid = [(near, relevance, answered) for near in NEAR for relevance in RELEVANCE for answered in ANSWERED]
    each = [replace(now, near=n, relevance=r, answered=a) for n, r, a in grid if r or not a]
    for way in each + [replace(now, clear=clear) for clear in CLEAR]:
        cells = " ".join(f"{cell:7.3f}" for cell in measures(found, way))
        print(f"{way.near:5} {way.clear:5} {way.relevance:9} {way.answered:8} {cells}", flush=True)


def measures(found: Sequence[Case], way: Rereading) -> list[float]:
    """art@1, art@4, span@2000 and how many passages were read."""
    rows = []
    for case in found:
        kept = Kept(case)
        ranked = reread("", case.hits, cast(CrossEncoder, kept), way)[:10]
        right = [hit.article_id == case.row["article_id"] for hit in ranked]
        rows.append((any(right[:1]), any(right[:4]), _span(ranked, case.row), kept.read_so_far))
    columns = list(zip(*rows, strict=True))
    spans = [value for value in columns[2] if value is not None]
    return [
        float(np.mean(columns[0])),
        float(np.mean(columns[1])),
        float(np.mean(spans)) if spans else 0.0,
        float(np.mean(columns[3])),
    ]


def _span(hits: Sequence[Hit], row: dict[str, Any], budget: int = 2000) -> bool | None:
    if row["start"] is None:
        return None
    for hit in hits:
        end = min(hit.end, hit.start + budget)
        if hit.article_id == row["article_id"] and hit.start <= row["start"] and row["end"] <= end:
            return True
        budget -= hit.end - hit.start
        if budget <= 0:
            break
    return False


if __name__ == "__main__":
    main()
