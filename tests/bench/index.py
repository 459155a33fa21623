"""What building costs, beside LlamaIndex's own way with the same model and passages of the same size, in one run.

    python tests/bench/index.py articles.jsonl.gz --sizes 1000,2500,5000 --compare 300

The first table compares both on the same articles, several times by turns, since a machine's speed changes while it works.
LlamaIndex runs the model through sentence-transformers, keeps everything in memory and writes nothing, and embeds no headline;
Citewire writes, verifies and publishes. The second table shows how an index grows: each size is built on top of the one before
it, as a collection grows, so its seconds are those of the articles that came new and "in all" is their sum. Each row is measured
in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import ui.offline  # noqa: F401  before anything heavy

EXTRA = {"id": "bench-new", "title": "Ferry home early", "text": "The ferry came home early. Nobody was hurt, the port said."}


@dataclass(frozen=True, slots=True)
class Measured:
    """One build. `peak_bytes` is of its process or of the verifying one, whichever is larger; `bytes` is what is on the disk."""

    seconds: float
    peak_bytes: int
    articles: int
    passages: int
    embedded: int = 0
    bytes: int = 0


def citewire(records: Path, index_dir: Path) -> Measured:
    """One `index.build`."""
    from index import build
    from index.history import bytes_of

    started = time.perf_counter()
    report = build([records], index_dir)
    seconds = time.perf_counter() - started
    return Measured(seconds, _peak(), report.articles, report.passages, report.embedded, bytes_of(index_dir))


def llama_index(records: Path, _: Path) -> Measured:
    """`VectorStoreIndex.from_documents`: the same model, sentences packed to as many of its tokens."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter
    from sentence_transformers import SentenceTransformer

    from index.builder import EMBED_BATCH
    from index.encoder import DEFAULT_MODEL, default_encoder
    from index.model_files import models_dir
    from index.passages import PASSAGE_TOKENS

    model = SentenceTransformer(str(models_dir() / DEFAULT_MODEL), device="cpu", local_files_only=True)

    class SameModel(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return model.encode_query(query, normalize_embeddings=True).tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return model.encode_document(texts, normalize_embeddings=True, show_progress_bar=False).tolist()

    splitter = SentenceSplitter(
        chunk_size=PASSAGE_TOKENS, chunk_overlap=0, tokenizer=lambda text: default_encoder().token_starts([text])[0]
    )
    started = time.perf_counter()
    documents = [Document(text=record["text"], doc_id=record["id"]) for record in _read(records)]
    index = VectorStoreIndex.from_documents(
        documents, embed_model=SameModel(embed_batch_size=EMBED_BATCH), transformations=[splitter]
    )
    seconds = time.perf_counter() - started
    passages = len(index.docstore.docs)
    return Measured(seconds, _peak(), len(documents), passages, passages)


def measure(task: Callable[[Path, Path], Measured], *arguments: Path) -> Measured:
    """Run a task in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(task, arguments)


def comparison(records: list[dict[str, Any]], folder: Path, rounds: int) -> str:
    """Both ways by turns, each on a share of the articles that is as large in each round."""
    share = len(records) // rounds
    ours, theirs, lines = [], [], []
    for i in range(rounds):
        part = folder / f"part{i}.jsonl"
        _write(part, records[i * share : (i + 1) * share])
        ours.append(measure(citewire, part, folder / f"compared{i}"))
        theirs.append(measure(llama_index, part, folder))
    lines = ["| | articles | articles/s | passages | passages/s | peak memory MB |", "|---|--:|--:|--:|--:|--:|"]
    for name, rows in (("citewire build", ours), ("LlamaIndex from_documents", theirs)):
        seconds, articles, passages = (sum(getattr(row, key) for row in rows) for key in ("seconds", "articles", "passages"))
        peak = max(row.peak_bytes for row in rows) / 1e6
        lines.append(
            f"| {name} | {articles:,} | {articles / seconds:.2f} | {passages:,} | {passages / seconds:.1f} | {peak:,.0f} |"
        )
    times = median(b.seconds / a.seconds for a, b in zip(ours, theirs, strict=True))
    return "\n".join([*lines, "", f"Citewire builds {times:.2f} times as many articles a second (median of {rounds} rounds)."])


def growth(records: list[dict[str, Any]], folder: Path, sizes: list[int]) -> str:
    """How time, memory and disk grow with the collection."""
    lines = [
        "| articles | passages | new | seconds | in all | passages/s | peak MB | disk MB | one more article s | no change s |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    path, index_dir, in_all = folder / "growing.jsonl", folder / "grown", 0.0
    for size in sizes:
        _write(path, records[:size])
        row = measure(citewire, path, index_dir)
        in_all += row.seconds
        _write(path, [*records[:size], EXTRA])
        added = measure(citewire, path, index_dir)
        unchanged = measure(citewire, path, index_dir)
        cells = (f"{row.articles:,}", f"{row.passages:,}", f"{row.embedded:,}", f"{row.seconds:,.0f}", f"{in_all:,.0f}",
                 f"{row.embedded / row.seconds:.1f}", f"{row.peak_bytes / 1e6:,.0f}", f"{row.bytes / 1e6:,.0f}",
                 f"{added.seconds:.1f}", f"{unchanged.seconds:.1f}")  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def _peak() -> int:
    """Of this process and of those it waited for (the verification), whichever is larger."""
    return 1024 * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _write(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, help="jsonl or jsonl.gz with id and text in each record")
    parser.add_argument("--sizes", default="1000,2500,5000", help="numbers of articles to grow through; empty for none")
    parser.add_argument("--compare", type=int, default=300, help="articles to build in both ways; 0 for none")
    parser.add_argument("--rounds", type=int, default=3, help="turns of the comparison")
    options = parser.parse_args()
    folder, records = Path(tempfile.mkdtemp(prefix="citewire-bench-")), _read(options.articles)
    try:
        if options.compare:
            print(comparison(records[: options.compare], folder, options.rounds), flush=True)
        if sizes := [int(size) for size in options.sizes.split(",") if size]:
            print(f"\n{growth(records, folder, sizes)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
