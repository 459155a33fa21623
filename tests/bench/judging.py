"""What the answer model's word on a sentence is worth: a reliability table and the thresholds of `assistant.judging`.

    python -m tests.bench.judging ARTICLES.jsonl[.gz] --index INDEX --questions FILE --leave-out DIR [--limit 60] [--seed 3]

FILE is what tests.training.ask wrote. Only articles that the cross-encoder was not trained on are asked about, each once: half of
them a question as it was made, half one with a word changed ("Who won?" for "Who lost?"), which no article should answer. Another
article may answer it all the same: what is called wrong here is an upper bound. INDEX is built there first, over all ARTICLES.

It prints the weights with which both models' words tell a sentence that has the answer from others (logistic regression over all
judged sentences) and how well each tells them apart; then, by what both make of the best of a question's sentences, how often the
question could be answered and how often that sentence has the answer; then what each threshold refuses and takes for the answer.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import ui.offline  # noqa: F401
from assistant.judging import ANSWERED_WEIGHT, BEYOND_DOUBT, Judged, judged, until_sure
from assistant.llm import open_llm
from assistant.models import DEFAULT_ANSWER
from assistant.reading import Reader
from assistant.reranking import as_ranked
from assistant.selection import Candidate
from assistant.types import Filters
from index import build
from index.encoder import default_encoder
from index.search import Generation
from tests.bench.articles import read_rows, without
from tests.training.prepare import HELD_OUT

BINS = (-99.0, 0.5, 1.0, 1.4, 1.75, 2.0, 2.5, 3.0, 99.0)
THRESHOLDS = (0.5, 1.0, 1.2, 1.4, 1.6, 1.75, 2.0, 2.5, 3.0)
WORDS = range(7, 19)
#: a question that leans on what was said before it is nobody's first question
_LEANS = re.compile(r"\b(?:he|she|it|they|we|i|you|this|that|these|those|his|her|their|our|my|said)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its judged sentences; each with whether it touches the answer."""

    there: bool
    sentences: list[tuple[Judged, bool]]
    doubted: bool = False  #: refused for its words, unless its best sentence is judged the answer beyond doubt

    @property
    def best(self) -> tuple[Judged, bool] | None:
        """What an answer is written from."""
        rights = dict(self.sentences)
        read = until_sure(rights)
        return (read[0], rights[read[0]]) if read else None

    @property
    def total(self) -> float:
        """The highest of all; of none it is as if nothing could be less sure."""
        return max((one.total for one, _ in self.sentences), default=-math.inf)

    @property
    def right(self) -> bool:
        return bool(self.best and self.best[1])

    def refused(self, threshold: float) -> bool:
        """At this threshold; of a doubted question as the product has it."""
        if not self.doubted:
            return self.total < threshold
        return self.total < BEYOND_DOUBT or not all(one.candidate.answered for one, _ in self.sentences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR")
    parser.add_argument("--limit", type=int, default=60, help="questions of each kind (default 60)")
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    build([args.rows], args.index)
    scoring = [row for folder in args.leave_out for row in read_rows(folder / "articles.jsonl")]
    rows = without(read_rows(args.rows), scoring)
    held_out = {row["id"] for number, row in enumerate(rows) if number % HELD_OUT == 0}
    cases = list(read(args.index, asked(args.questions, held_out, args.limit, random.Random(args.seed))))
    there = sum(case.there for case in cases)
    print(f"{there} questions made from articles, {len(cases) - there} changed so that nothing answers them\n")
    weights(cases)
    reliability(cases)
    refusals(cases)


def asked(path: Path, articles: set[str], limit: int, rng: random.Random) -> list[tuple[bool, str, dict[str, Any]]]:
    """(whether it can be answered, the question, its row), `limit` of each kind at most, of an article one."""
    found: dict[str, list[dict[str, Any]]] = {}
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            words = row["question"].split()
            usable = row["start"] >= 0 and len(words) in WORDS and any(word[0].isupper() for word in words[1:])
            if row["article_id"] in articles and usable and not _LEANS.search(row["question"]):
                found.setdefault(row["article_id"], []).append(row)
    chosen: list[tuple[bool, str, dict[str, Any]]] = []
    for number, name in enumerate(rng.sample(sorted(found), len(found))):
        row, there = rng.choice(found[name]), number % 2 == 0
        questions = [row["question"]] if there else [changed for changed in row["changed"] if "_" not in changed]
        if questions and sum(one[0] == there for one in chosen) < limit:
            chosen.append((there, rng.choice(questions), row))
    return chosen


def read(index_dir: Path, questions: Sequence[tuple[bool, str, dict[str, Any]]]) -> Iterator[Case]:
    encoder, llm = default_encoder(), open_llm(DEFAULT_ANSWER)
    assert llm is not None, "a registered model opens or says why not"
    with closing(Generation(index_dir, encoder)) as generation:
        for there, question, row in questions:
            reader = Reader(question, (), Filters(), date.today(), generation, encoder, as_ranked)
            one = reader.search()
            ranked = reader.rank(one) or []
            found = judged(one, ranked, llm, lambda text: True, None, time.monotonic() + 600)
            found = islice(found, 1) if one.doubted else found
            yield Case(there, [(sentence, there and _touches(sentence.candidate, row)) for sentence in found], one.doubted)


def _touches(candidate: Candidate, row: dict[str, Any]) -> bool:
    of_article = candidate.evidence.article_id == row["article_id"]
    return bool(of_article and candidate.start < row["end"] and row["start"] < candidate.end)


def weights(cases: Sequence[Case]) -> None:
    import torch

    read = [(one, right) for case in cases for one, right in case.sentences if one.candidate.answered]
    seen = torch.tensor([(one.odds, one.candidate.answered) for one, _ in read])
    right = torch.tensor([float(right) for _, right in read])
    weight, bias = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(seen @ weight + bias, right)
        value.backward()
        return value

    optimizer.step(loss)
    odds, answered = weight.tolist()
    print(f"{len(read)} sentences: odds weigh {odds:.2f}, answered {answered:.2f}, which is {answered / odds:.2f} beside them")
    signals = {
        "odds": seen[:, 0],
        "answered": seen[:, 1],
        f"odds + {ANSWERED_WEIGHT} answered": seen @ torch.tensor([1.0, ANSWERED_WEIGHT]),
    }
    print("AUC: " + ", ".join(f"{name} {_auc(values.numpy(), right.numpy() > 0):.3f}" for name, values in signals.items()) + "\n")


def _auc(values: np.ndarray, right: np.ndarray) -> float:
    good, bad = values[right][:, None], values[~right][None, :]
    return float((good > bad).mean() + (good == bad).mean() / 2)


def reliability(cases: Sequence[Case]) -> None:
    print("| from | to | questions | can be answered | the best sentence has the answer |\n|--:|--:|--:|--:|--:|")
    for low, high in zip(BINS, BINS[1:], strict=False):
        inside = [case for case in cases if case.sentences and low <= case.total < high]
        share = [f"{np.mean([getattr(c, name) for c in inside]):.2f}" if inside else "-" for name in ("there", "right")]
        ends = ["" if abs(end) == 99 else f"{end:g}" for end in (low, high)]
        print(f"| {' | '.join([*ends, str(len(inside)), *share])} |")


_COUNTED: tuple[tuple[str, Callable[[Case], bool]], ...] = (
    ("Refused before a sentence is judged", lambda case: not case.sentences),
    ("Doubted for their words", lambda case: case.doubted),
    ("Answered all the same", lambda case: case.doubted and not case.refused(BEYOND_DOUBT)),
)


def refusals(cases: Sequence[Case]) -> None:
    count = {name: {there: sum(test(c) for c in cases if c.there == there) for there in (True, False)} for name, test in _COUNTED}
    print()
    for name, of in count.items():
        print(f"{name}: {of[True]} that can be answered, {of[False]} that cannot.")
    print("\n| below | of those that cannot be answered | of those that can | at or above: has the answer |\n|--:|--:|--:|--:|")
    for threshold in THRESHOLDS:
        below = {there: np.mean([c.refused(threshold) for c in cases if c.there == there]) for there in (False, True)}
        above = [c.right for c in cases if c.there and not c.refused(threshold)]
        print(f"| {threshold:g} | {below[False]:.2f} | {below[True]:.2f} | {np.mean(above) if above else math.nan:.2f} |")


if __name__ == "__main__":
    main()
