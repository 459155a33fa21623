"""What building costs, beside LlamaIndex's own way with the same model and passages of the same size, in one run.

    python tests/bench/index.py articles.jsonl.gz --limit 1000

Each row is measured in a process of its own, so that its peak memory is its own. LlamaIndex keeps everything in memory and
writes nothing, and gets no headline to embed; Citewire writes, verifies and publishes.
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
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import ui.offline  # noqa: F401  before anything heavy

EXTRA = {"id": "bench-new", "title": "Ferry home early", "text": "The ferry came home early. Nobody was hurt, the port said."}


@dataclass(frozen=True, slots=True)
class Measured:
    """One row. `bytes` is what is on the disk afterwards."""

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
    """`VectorStoreIndex.from_documents`: the same model in the same batches, sentences packed to as many of its tokens."""
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.node_parser import SentenceSplitter

    from index.builder import EMBED_BATCH
    from index.encoder import default_encoder
    from index.passages import PASSAGE_TOKENS

    encoder = default_encoder()

    class SameModel(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return encoder.encode_query(query).tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encoder.encode_passages(texts).tolist()

    splitter = SentenceSplitter(
        chunk_size=PASSAGE_TOKENS, chunk_overlap=0, tokenizer=lambda text: encoder.token_starts([text])[0]
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


def table(rows: dict[str, Measured]) -> str:
    """Markdown."""
    lines = [
        "| | seconds | articles/s | passages | passages/s | embedded | peak memory MB | disk MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, row in rows.items():
        speed, texts = row.articles / row.seconds, row.passages / row.seconds
        cells = (f"{row.seconds:.1f}", f"{speed:.1f}", f"{row.passages:,}", f"{texts:.1f}", f"{row.embedded:,}",
                 f"{row.peak_bytes / 1e6:,.0f}", f"{row.bytes / 1e6:,.0f}")  # fmt: skip
        lines.append(f"| {name} | {' | '.join(cells)} |")
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
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path, help="jsonl or jsonl.gz with id and text in each record")
    parser.add_argument("--limit", type=int, default=None, help="only the first N articles")
    parser.add_argument("--no-llama-index", action="store_true", help="only Citewire's own rows")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="citewire-bench-"))
    try:
        records, index_dir = _read(options.articles)[: options.limit], folder / "index"
        _write(folder / "articles.jsonl", records)
        rows = {"citewire build": measure(citewire, folder / "articles.jsonl", index_dir)}
        rows["nothing changed"] = measure(citewire, folder / "articles.jsonl", index_dir)
        _write(folder / "articles.jsonl", [*records, EXTRA])
        rows["one article added"] = measure(citewire, folder / "articles.jsonl", index_dir)
        if not options.no_llama_index:
            _write(folder / "articles.jsonl", records)
            rows["LlamaIndex from_documents"] = measure(llama_index, folder / "articles.jsonl", index_dir)
        print(table(rows))
        if not options.no_llama_index:
            ours, theirs = (row.articles / row.seconds for row in (rows["citewire build"], rows["LlamaIndex from_documents"]))
            print(f"\nCitewire builds {ours / theirs:.2f} times as many articles a second as LlamaIndex")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
