"""How far the decision to answer can be trusted: a reliability table, on questions made from articles.

    python -m tests.bench.calibration ARTICLES.jsonl[.gz] --index INDEX --leave-out DIR [--questions 400] [--seed 9]

Each question is asked twice: of all articles, and of all but the one it was made from and its copies, which should be silent.
Another article may answer it all the same: what is called wrong here is an upper bound. No question is made of an article of
a scoring set (DIR/articles.jsonl). INDEX is built there first, over all ARTICLES.

The first table shows how often the article was there, by the share of the question that the evidence covers: a signal that can
be trusted rises down the table. The second shows what each threshold refuses, rightly and wrongly.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import ui.offline  # noqa: F401
from assistant.confidence import Thresholds, answerable
from assistant.evidence import gather
from assistant.reading import SEARCH_DEPTH
from assistant.selection import Candidate, Relevance
from assistant.types import Evidence
from index import build
from index.encoder import default_encoder
from index.rereading import Rereading
from index.search import Generation
from index.types import Hit
from tests.bench.articles import read_rows, without
from tests.bench.made_questions import Made, make_questions, neighbours

BINS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
THRESHOLDS = [Thresholds(coverage=coverage, score=math.inf) for coverage in (0.0, 0.4, 0.5, 0.6, 0.7, 0.8)]
#: found for a question, so that enough is left without its article
_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Case:
    """One question, asked of all articles (`there`) or of all but its own."""

    there: bool
    relevance: Relevance
    evidence: tuple[Evidence, ...]
    ranked: list[Candidate]

    @property
    def covered(self) -> float:
        return self.relevance.covered(self.texts)

    @property
    def texts(self) -> list[str]:
        return [f"{item.title} {item.text}" for item in self.evidence]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--questions", type=int, default=400)
    parser.add_argument("--seed", type=int, default=9)
    args = parser.parse_args()
    build([args.rows], args.index)
    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    chosen = random.Random(args.seed).sample(rows, min(args.questions, len(rows)))
    cases = read(args.index, make_questions(chosen, 1, args.seed, neighbours(rows, default_encoder())))
    print(f"{len(cases) // 2} questions made from {len(chosen)} articles, each asked with and without its article\n")
    reliability(cases)
    refusals(cases)


def read(index_dir: Path, questions: Iterable[Made]) -> list[Case]:
    encoder = default_encoder()
    cases = []
    # the cross-encoder was trained on questions about these articles: what it says here is not what it says of others
    with closing(Generation(index_dir, encoder, rereading=Rereading(passages=0))) as generation:
        for made in questions:
            hits = generation.search(made.question, _DEPTH)
            own = {made.article_id, *generation.copies_of(made.article_id)}
            for there, left in ((True, hits), (False, [hit for hit in hits if hit.article_id not in own])):
                relevance = Relevance(made.question, "", generation.idf, encoder.encode_passages)
                cases.append(_case(there, relevance, left, generation))
    return cases


def _case(there: bool, relevance: Relevance, hits: Sequence[Hit], generation: Generation) -> Case:
    evidence = gather(hits[:SEARCH_DEPTH], generation)
    return Case(there, relevance, evidence, relevance.rank(evidence))


def reliability(cases: Sequence[Case]) -> None:
    there = np.array([case.there for case in cases])
    signals = {
        "covered": np.array([case.covered for case in cases]),
        "best cosine": np.array([max((c.cosine for c in case.ranked), default=0.0) for case in cases]),
    }
    print("| from | to | " + " | ".join(f"{name}: cases | its article was there" for name in signals) + " |")
    print("|--:|--:|" + "--:|--:|" * len(signals))
    for low, high in zip(BINS, BINS[1:], strict=False):
        cells = []
        for values in signals.values():
            inside = (values >= low) & (values < high)
            cells += [str(inside.sum()), f"{there[inside].mean():.2f}" if inside.any() else "-"]
        print(f"| {low:.1f} | {min(high, 1.0):.1f} | {' | '.join(cells)} |")


def refusals(cases: Sequence[Case]) -> None:
    print("\n| threshold of coverage | refused without the article | refused with it |\n|--:|--:|--:|")
    for thresholds in THRESHOLDS:
        refused = {
            there: [not answerable(c.relevance, c.evidence, c.ranked, thresholds) for c in cases if c.there == there]
            for there in (False, True)
        }
        print(f"| {thresholds.coverage:.1f} | {np.mean(refused[False]):.2f} | {np.mean(refused[True]):.2f} |")
    nowhere = {there: np.mean([c.relevance.unnamed(c.texts) for c in cases if c.there == there]) for there in (False, True)}
    print(f"\nA name of the question is in no evidence: {nowhere[False]:.2f} without the article, {nowhere[True]:.2f} with it.")


if __name__ == "__main__":
    main()
