"""Where the constants of fusion and abstention come from, and what each feature of sentence selection gives, on a question set.

    python -m tests.bench.sweep DIR --index INDEX [--limit N]

DIR holds articles.jsonl and questions.jsonl: {id, kind: single | followup | unanswerable, question, history, answers, article_id,
start, end}. INDEX is built there first, which embeds only what it does not hold yet. Everything slow is computed once for each
question; each row of a table is then a setting.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ui.offline  # noqa: F401
from assistant.answered import Answered, answered_in
from assistant.condense import condense
from assistant.confidence import Thresholds, answerable
from assistant.drafting import quoted
from assistant.evidence import gather
from assistant.selection import Candidate, Relevance
from assistant.selection_weights import WEIGHTS
from assistant.types import Evidence
from index import build
from index.encoder import default_encoder
from index.fusion import Fusion
from index.rescore import Rescoring
from index.search import Generation
from index.types import Hit

KINDS = ("single", "followup", "unanswerable")
FUSIONS = [Fusion(), Fusion(article=0.0), Fusion(article=1.0), Fusion(dense=0.0), Fusion(rrf_k=5), Fusion(rrf_k=60)]
RESCORINGS = [Rescoring(), *(Rescoring(candidates=n) for n in (0, 20, 40, 100))]
THRESHOLDS = [Thresholds(coverage=c, cosine=s) for c in (0.4, 0.5, 0.6, 0.7) for s in (0.55, 0.62, 0.7)]
THRESHOLDS += [Thresholds(score=s) for s in (0.8, 0.9, 0.95, 1.0, 1.1, 9.0)]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what is computed once for it."""

    row: dict[str, Any]
    query: str
    context: str
    evidence: tuple[Evidence, ...]
    answered: Answered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=100, help="questions of each kind (default 100)")
    args = parser.parse_args()
    build([args.dir / "articles.jsonl"], args.index)
    rows = [json.loads(line) for line in (args.dir / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [row for kind in KINDS for row in sample([r for r in rows if r["kind"] == kind], args.limit)]
    encoder = CachedQueries()
    retrieval(args.index, encoder, rows)
    generation = Generation(args.index, encoder)
    cases = [case(row, generation) for row in rows]
    selection(generation, encoder, cases)
    abstention(generation, encoder, cases)


class CachedQueries:
    """The default encoder, which embeds each text once."""

    def __init__(self) -> None:
        self._encoder, self._known = default_encoder(), {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode_query(self, text: str) -> Any:
        if text not in self._known:
            self._known[text] = self._encoder.encode_query(text)
        return self._known[text]

    def encode_passages(self, texts: list[str]) -> Any:
        import numpy as np

        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode_passages(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def sample(rows: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    return random.Random(13).sample(rows, limit) if len(rows) > limit else rows


def case(row: dict[str, Any], generation: Generation) -> Case:
    asked = condense(row["question"], row["history"])
    hits = generation.search(asked.query, 12)
    return Case(row, asked.query, asked.context, gather(hits, generation), answered_in(asked.query, hits, default_encoder()))


def retrieval(index_dir: Path, encoder: Any, rows: list[dict[str, Any]]) -> None:
    settings = [(fusion, Rescoring(candidates=0)) for fusion in FUSIONS] + [(Fusion(), r) for r in RESCORINGS]
    print(f"\nretrieval{'':50} single: art@1 art@4 span@2000   follow-up: art@1 art@4 span@2000")
    for fusion, rescoring in settings:
        generation = Generation(index_dir, encoder, fusion, rescoring)
        found = {row["id"]: generation.search(condense(row["question"], row["history"]).query) for row in rows}
        cells = [measures([r for r in rows if r["kind"] == kind], found) for kind in KINDS[:2]]
        name = changed(fusion) if rescoring.candidates == 0 else changed(rescoring)
        print(f"{name:67} {'     '.join('  '.join(f'{v:.3f}' for v in cell) for cell in cells)}", flush=True)
        generation.close()


def measures(rows: list[dict[str, Any]], found: dict[str, list[Hit]]) -> list[float]:
    def at(row: dict[str, Any], k: int) -> bool:
        return any(hit.article_id == row["article_id"] for hit in found[row["id"]][:k])

    spans = [within(row, found[row["id"]]) for row in rows if row["start"] is not None]
    return [mean([at(row, 1) for row in rows]), mean([at(row, 4) for row in rows]), mean(spans)]


def within(row: dict[str, Any], hits: list[Hit], budget: int = 2000) -> bool:
    """The gold span lies in the first `budget` characters of the hits, read in order."""
    for hit in hits:
        if hit.article_id == row["article_id"] and hit.start <= row["start"] and row["end"] <= min(hit.end, hit.start + budget):
            return True
        budget -= hit.end - hit.start
    return False


def selection(generation: Generation, encoder: Any, cases: list[Case]) -> None:
    print(f"\nselection{'':30} single: contains cites_gold cites_span   follow-up: contains cites_gold cites_span")
    settings = {"as fitted": WEIGHTS} | {f"without {name}": {**WEIGHTS, name: 0.0} for name in WEIGHTS}
    settings |= {f"answered: {weight}": {**WEIGHTS, "answered": weight} for weight in (0.3, 0.6, 1.5, 2.0)}
    for setting, weights in settings.items():
        cells = []
        for kind in KINDS[:2]:
            chosen = [(c.row, composed(c, generation, encoder, weights)) for c in cases if c.row["kind"] == kind]
            cells.append([mean(values) for values in zip(*(judged(row, ranked) for row, ranked in chosen), strict=True)])
        print(f"{setting:47} {'        '.join('  '.join(f'{v:.3f}' for v in cell) for cell in cells)}", flush=True)


def composed(c: Case, generation: Generation, encoder: Any, weights: dict[str, float]) -> list[Any]:
    relevance = Relevance(c.row["question"], c.context, generation.idf, encoder.encode_passages, weights, c.answered)
    ranked = relevance.rank(c.evidence)
    return list(quoted(ranked, max_sentences=3, max_chars=560, keep=0.6))


def judged(row: dict[str, Any], answer: list[Any]) -> tuple[bool, bool, bool]:
    text = plain(" ".join(s.text for s in answer))
    spans = [span for s in answer for span in s.spans if span[0].article_id == row["article_id"]]
    hit = row["start"] is None or any(start < row["end"] and row["start"] < end for _, start, end in spans)
    return any(plain(gold) in text for gold in row["answers"]), bool(spans), hit


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text.lower()).split())


def abstention(generation: Generation, encoder: Any, cases: list[Case]) -> None:
    judged_cases: list[tuple[str, Relevance, tuple[Evidence, ...], list[Candidate]]] = []
    for c in cases:
        relevance = Relevance(c.row["question"], c.context, generation.idf, encoder.encode_passages, answered=c.answered)
        judged_cases.append((c.row["kind"], relevance, c.evidence, relevance.rank(c.evidence)))
    print(f"\nabstained{'':30} {'   '.join(KINDS)}")
    for thresholds in [Thresholds(), *THRESHOLDS]:
        shares = [mean([not answerable(r, e, k, thresholds) for kind, r, e, k in judged_cases if kind == name]) for name in KINDS]
        print(f"{changed(thresholds):38} {'     '.join(f'{s:.3f}' for s in shares)}", flush=True)


def changed(setting: Any) -> str:
    """What a setting changes from its defaults."""
    default = replace(type(setting)())
    names = [n for n in setting.__slots__ if getattr(setting, n) != getattr(default, n)]
    return type(setting).__name__ + " " + (", ".join(f"{n}={getattr(setting, n)}" for n in names) or "as built in")


def mean(values: Any) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0


if __name__ == "__main__":
    main()
