"""Passages a second of the same model: sentence-transformers with torch, and `index.bert` exact and with 8-bit integers.

    python tests/bench/encoder.py articles.jsonl.gz --passages 64 --rounds 4

All are measured by turns on the same passages, in wall time and in processor time, which says more where other work goes on.
On two shared cores with AVX2 and no VNNI (x of torch: wall, processor):

| | wall | processor | cosine with torch, mean and least |
|---|--:|--:|--:|
| torch 2.13, batches of 32 by length | 1 | 1 | |
| exact, batches of 8,000 tokens, 2 threads | 1.1 | 1.3 | 1.000, 1.000 |
| exact, batches of 2,000 tokens, 2 threads | 1.6 | 1.5 | 1.000, 1.000 |
| **exact, one text on one thread** | **1.75** | **1.66** | 1.000, 1.000 |
| int8, one scale a tensor, batches of 2,000 | 1.6 | 1.65 | .978, .954 |
| int8, one scale an output, batches of 2,000 | 1.9 | 1.9 | .992, .986 |
| int8, the same, one text on one thread | 3.05 | 2.63 | .991, .985 |

The range need not be reduced for AVX2: that changed neither. int8 is the default: it loses nothing that could be told from
chance over 1,240 articles (12,475 passages), 663 single and 173 follow-up questions:

| | art@1 | art@4 | span@2000 | follow-up art@1 | follow-up span@2000 |
|---|--:|--:|--:|--:|--:|
| exact | .863 | .938 | .854 | .988 | .873 |
| int8 | .863 | .941 | .858 | .988 | .867 |
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402

import ui.offline  # noqa: F401  before anything heavy
from index.encoder import DEFAULT_MODEL, MiniLM  # noqa: E402
from index.model_files import models_dir  # noqa: E402
from index.passages import embedding_text, split_article  # noqa: E402
from index.types import Article  # noqa: E402


def passages(path: Path, count: int) -> list[str]:
    """Texts as they are embedded, of articles chosen at random."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    random.Random(1).shuffle(records)
    encoder, texts = MiniLM(models_dir() / DEFAULT_MODEL), []
    for record in records[: max(1, count // 4)]:
        article = Article(record["id"], record["text"], record.get("title") or "")
        texts += [embedding_text(article, passage, encoder) for passage in split_article(article, encoder)]
    random.Random(2).shuffle(texts)
    return texts[:count]


def encoders() -> dict[str, Callable[[list[str]], np.ndarray]]:
    """Name -> texts to vectors."""
    from sentence_transformers import SentenceTransformer

    folder = models_dir() / DEFAULT_MODEL
    torch = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    return {
        "torch": lambda texts: torch.encode_document(texts, normalize_embeddings=True, show_progress_bar=False),
        "exact": MiniLM(folder, int8=False).encode_passages,
        "int8": MiniLM(folder, int8=True).encode_passages,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, help="jsonl or jsonl.gz")
    parser.add_argument("--passages", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    texts, found = passages(options.articles, options.passages), encoders()
    reference = {name: encode(texts[:8]) for name, encode in found.items()}  # and all are loaded
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
    for _ in range(options.rounds):
        for name, encode in found.items():
            wall, processor = time.perf_counter(), time.process_time()
            encode(texts)
            times[name].append((time.perf_counter() - wall, time.process_time() - processor))
    print("| | passages/s | wall | processor | least cosine |\n|---|--:|--:|--:|--:|")
    for name, rows in times.items():
        wall, processor = (median(first[k] / own[k] for first, own in zip(times["torch"], rows, strict=True)) for k in (0, 1))
        speed = len(texts) * len(rows) / sum(seconds for seconds, _ in rows)
        cosine = (reference[name] * reference["torch"]).sum(axis=1).min()
        print(f"| {name} | {speed:.1f} | {wall:.2f} | {processor:.2f} | {cosine:.4f} |")


if __name__ == "__main__":
    main()
