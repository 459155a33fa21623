"""How long one search takes, beside LlamaIndex's own hybrid retriever over the same passages, ten questions each in turn.

    python -m tests.bench.search QUESTIONS.jsonl INDEX [--limit 200]

Both embed with the same model. LlamaIndex gets Citewire's passages and vectors in its `VectorStoreIndex`, and bm25s behind a
`BaseRetriever` (what its own BM25 retriever is), fused by `QueryFusionRetriever` without a language model. It runs in a process
of its own: going through all its nodes, Python objects, for each question slows down what is beside it.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ui.offline  # noqa: F401
from assistant import Assistant
from index import open_index
from index.encoder import default_encoder
from index.vectors import Vectors
from tests.bench.articles import read_rows

if TYPE_CHECKING:
    from llama_index.core.retrievers import BaseRetriever

TOP_K = 10
WARM_UP = 5
IN_TURN = 10
_fusion: BaseRetriever | None = None
BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("index", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    args = parser.parse_args()
    rows = [row["question"] for row in read_rows(args.questions)][: args.limit]
    assistant = Assistant(args.index, "none")
    info = assistant.index_info()

    def ours(question: str) -> float:
        return seconds_of(lambda: assistant.search(question, top_k=TOP_K))

    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_open_fusion, initargs=(args.index,)) as process:
        ways: dict[str, Callable[[str], float]] = {
            "Citewire: search, second look included": ours,
            "LlamaIndex: QueryFusionRetriever (vectors, BM25)": lambda question: process.submit(_retrieve, question).result(),
        }
        seconds = timed(rows, ways)
    print(f"{len(rows)} questions, {info['articles']:,} articles, {info['passages']:,} passages\n")
    print("| | median ms | p95 ms | beside the first |\n|---|---|---|---|")
    first = statistics.median(next(iter(seconds.values())))
    for name, times in seconds.items():
        middle, late = statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1))]
        print(f"| {name} | {middle * 1000:.0f} | {late * 1000:.0f} | {middle / first:.2f} |")


def seconds_of(run: Callable[[], Any]) -> float:
    """How long it runs."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def timed(questions: Sequence[str], ways: dict[str, Callable[[str], float]]) -> dict[str, list[float]]:
    """Some questions through each way in turn, so that what else the machine does falls on all alike."""
    for way in ways.values():
        for question in questions[:WARM_UP]:
            way(question)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for first in range(0, len(questions), IN_TURN):
        for name, way in ways.items():
            seconds[name] += [way(question) for question in questions[first : first + IN_TURN]]
    return seconds


def _open_fusion(index_dir: Path) -> None:
    global _fusion
    _fusion = query_fusion(index_dir)


def _retrieve(question: str) -> float:
    assert _fusion is not None, "the process has opened it before its first question"
    return seconds_of(lambda: _fusion.retrieve(question))


def query_fusion(index_dir: Path) -> BaseRetriever:
    """LlamaIndex's retrievers over the passages of an index."""
    import bm25s
    import numpy as np
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

    encoder = default_encoder()

    class Embedding(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return encoder.encode_query(query).tolist()

        def _get_text_embedding(self, text: str) -> list[float]:
            return encoder.encode_query(text).tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    nodes = list(passages(index_dir, TextNode))
    vectors = VectorStoreIndex(nodes, embed_model=Embedding())

    class Words(BaseRetriever):
        def __init__(self) -> None:
            super().__init__()
            self._index = bm25s.BM25()
            self._index.index(bm25s.tokenize([node.text for node in nodes], show_progress=False), show_progress=False)

        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            tokens = bm25s.tokenize([query_bundle.query_str], show_progress=False)
            found, scores = self._index.retrieve(tokens, k=TOP_K, show_progress=False)
            pairs = zip(np.asarray(found)[0], np.asarray(scores)[0], strict=True)
            return [NodeWithScore(node=nodes[int(i)], score=float(score)) for i, score in pairs]

    return QueryFusionRetriever(
        [vectors.as_retriever(similarity_top_k=TOP_K), Words()],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        num_queries=1,
        similarity_top_k=TOP_K,
        use_async=False,
    )


def passages(index_dir: Path, node: Callable[..., Any]) -> Iterator[Any]:
    """Every passage as a node with the vector that the index has of it."""
    with closing(open_index(index_dir)) as index:
        folder = index_dir / "generations" / index.generation
    query = 'SELECT p.id, substr(a.text, p.start + 1, p."end" - p.start) FROM passages p JOIN articles a ON a.number = p.article'
    with closing(sqlite3.connect(folder / "articles.sqlite")) as articles, closing(Vectors(folder / "chroma")) as store:
        rows = articles.execute(query).fetchall()
        for first in range(0, len(rows), BATCH):
            texts = dict(rows[first : first + BATCH])
            for passage_id, vector in store.vectors(list(texts)).items():
                yield node(id_=passage_id, text=texts[passage_id], embedding=vector.tolist())


if __name__ == "__main__":
    main()
