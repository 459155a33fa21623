"""How an index grows: time, memory and disk of the embedded store and of a Chroma server, size by size.

    python -m tests.bench.scale --passages 10000 50000 100000 250000

Everything but the embedding is the real thing: a whole `index.build` over a collection made from a seed (`made_collection.py`,
whose vectors cost nothing), the generation opened and searched by `index.search`, the same vectors in `chroma run` on 127.0.0.1.
Each step runs in a process of its own, so that its memory is its own. The embedding is a rate (`tests/bench/encoder.py`).
Beside the time that passed stands the time of all cores together (`cpu`): it says more where other work goes on.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import ui.offline  # noqa: F401  before anything heavy

Row = dict[str, float]
QUESTIONS, WARM_UP, FILTERED = 200, 10, 30
TOP_K, DEPTH = 10, 100  #: recall is of the best ten; a search reads a hundred
SINCE = date(2023, 1, 1)  #: the newest eighth
PER_WRITE = 300  #: records that Chroma Cloud takes in one call
EXTRA = {"id": "extra", "title": "Ferry home early", "text": "The ferry came home early. Nobody was hurt, the port said."}

TABLES = {
    "Building (seconds, MB)": (
        "passages articles reading reading_cpu vectors_written vectors_written_cpu bm25_written bm25_written_cpu build build_cpu "
        "one_more one_more_cpu unchanged peak_mb"
    ),
    "Disk (MB)": "passages catalog_mb articles_mb chroma_mb bm25_mb",
    "A reader of the embedded store (seconds, MB; ms a query: median, p95, and of all cores)": (
        "passages open open_cpu rss_open private_open rss private vectors vectors_p95 vectors_cpu filtered filtered_cpu bm25 "
        "bm25_p95 bm25_cpu search search_p95 search_cpu search_filtered search_filtered_cpu search_outlet search_outlet_cpu "
        "recall"
    ),
    "The same vectors in `chroma run` (seconds, MB; ms a query, of all cores: the server's)": (
        "passages server_write server_write_cpu server_peak server_disk server_open server_rss server server_p95 server_cpu "
        "server_filtered server_filtered_cpu server_recall"
    ),
}


def build_all(folder: Path) -> Row:
    """A first build, one that adds an article, one that changes nothing."""
    import index.write
    from index import build
    from tests.bench.made_collection import MadeEncoder

    spent: Row = {}
    for name, function in (("vectors_written", "write_vectors"), ("bm25_written", "_write_terms")):
        setattr(index.write, function, _timed(spent, name, getattr(index.write, function)))

    def on_progress(progress: Any) -> None:
        if progress.stage == "embedding" and "reading" not in spent:
            spent.update(clock.spent("reading"))

    clock = Clock()
    report = build([folder / "made.jsonl"], folder / "data", encoder=MadeEncoder(), on_progress=on_progress)
    row = spent | clock.spent("build") | {"peak_mb": _peak_mb(), "passages": report.passages, "articles": report.articles}
    for name in ("one_more", "unchanged"):
        clock = Clock()
        build([folder / "made.jsonl", folder / "extra.jsonl"], folder / "data", encoder=MadeEncoder())
        row |= clock.spent(name)
    return row | _disk(folder / "data")


def exact_all(folder: Path) -> Row:
    """The true neighbours of each question, by comparing with every vector."""
    import numpy as np

    from tests.bench.made_collection import MadeEncoder

    encoder, ids, parts = MadeEncoder(), [], []
    for rows in _batches(folder, 5000):
        ids += [row[0] for row in rows]
        parts.append(np.stack([row[3] for row in rows]))
    matrix = np.concatenate(parts)
    nearest = [np.argsort(-(matrix @ encoder.encode_query(text)))[:TOP_K] for text in _questions(folder)]
    (folder / "exact.json").write_text(json.dumps([[ids[i] for i in row] for row in nearest]), encoding="utf-8")
    return {}


def read_all(folder: Path) -> Row:
    """A generation opened and asked."""
    from index.following import open_index
    from index.lexical import best
    from tests.bench.made_collection import OUTLETS, MadeEncoder

    texts, encoder = _questions(folder), MadeEncoder()
    vectors = [encoder.encode_query(text) for text in texts]
    before, clock = _memory_mb(), Clock()
    index = open_index(folder / "data", encoder)
    with closing(index), index.pinned() as generation:
        store, words = generation._vectors, generation._passages
        store.nearest(vectors[0], TOP_K)  # Chroma reads its vectors at the first question
        row = clock.spent("open")
        row |= {f"{name}_open": value - before[name] for name, value in _memory_mb().items()}
        where = generation._where(SINCE, None, None)
        row |= _times("vectors", lambda i: store.nearest(vectors[i], DEPTH), range(len(texts)))
        row |= _times("filtered", lambda i: store.nearest(vectors[i], DEPTH, where), range(FILTERED))
        row |= _times("bm25", lambda i: best(words.scores(texts[i]), DEPTH), range(len(texts)))
        row |= _times("search", lambda i: generation.search(texts[i]), range(len(texts)))
        row |= _times("search_filtered", lambda i: generation.search(texts[i], since=SINCE), range(FILTERED))
        row |= _times("search_outlet", lambda i: generation.search(texts[i], sources=OUTLETS[:1]), range(FILTERED))
        row |= {name: value - before[name] for name, value in _memory_mb().items()}
        found = [[passage_id for passage_id, _ in store.nearest(vector, TOP_K)] for vector in vectors]
    return row | {"recall": _recall(found, _exact(folder))}


def serve_all(folder: Path) -> Row:
    """The vectors written to a server a few at a time, and asked of it when it has been started anew."""
    import chromadb

    from index.vectors import COLLECTION, HNSW
    from index.write import date_number
    from tests.bench.made_collection import MadeEncoder

    encoder, texts = MadeEncoder(), _questions(folder)
    vectors = [encoder.encode_query(text) for text in texts]
    with _chroma(folder / "server") as (port, pid):
        client = chromadb.HttpClient("127.0.0.1", port)
        collection = client.create_collection(COLLECTION, embedding_function=None, configuration={"hnsw": HNSW})
        clock = Clock(pid)
        for rows in _batches(folder, PER_WRITE):
            metadatas = [{"published": date_number(published), "source": source} for _, published, source, _ in rows]
            collection.add(ids=[row[0] for row in rows], embeddings=[row[3] for row in rows], metadatas=metadatas)
        row = clock.spent("server_write") | {"server_peak": _status_mb(pid, "VmHWM")}
    row["server_disk"] = _size_mb(folder / "server")
    with _chroma(folder / "server") as (port, pid):
        collection = chromadb.HttpClient("127.0.0.1", port).get_collection(COLLECTION, embedding_function=None)

        def ask(i: int, top_k: int = DEPTH, where: Any = None) -> list[str]:
            found = collection.query(query_embeddings=[vectors[i]], n_results=top_k, where=where, include=["distances"])
            return found["ids"][0]

        clock = Clock(pid)
        ask(0)
        row |= clock.spent("server_open")
        row |= _times("server", ask, range(len(texts)), pid)
        where = {"published": {"$gte": date_number(SINCE.isoformat())}}
        row |= _times("server_filtered", lambda i: ask(i, DEPTH, where), range(FILTERED), pid)
        row["server_rss"] = _status_mb(pid, "VmRSS")
        found = [ask(i, TOP_K) for i in range(len(texts))]
    return row | {"server_recall": _recall(found, _exact(folder))}


@contextmanager
def _chroma(folder: Path) -> Iterator[tuple[int, int]]:
    """A server on a free port of this machine. :return: its port and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [Path(sys.executable).with_name("chroma"), "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


class Clock:
    """The time that passes, and what all cores spend on one process. Seconds."""

    def __init__(self, pid: int = 0) -> None:
        """:param pid: another process; 0: this one."""
        self._pid, self._began = pid, time.perf_counter()
        self._cpu_began = self._cpu()

    def spent(self, name: str) -> Row:
        return {name: time.perf_counter() - self._began, f"{name}_cpu": self._cpu() - self._cpu_began}

    def _cpu(self) -> float:
        if not self._pid:
            return time.process_time()
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _times(name: str, ask: Callable[[int], Any], numbers: Sequence[int], pid: int = 0) -> Row:
    """Median and p95 in ms, warmed up, and the mean of all cores. :param pid: see `Clock`."""
    for i in numbers[:WARM_UP]:
        ask(i)
    times, clock = [], Clock(pid)
    for i in numbers:
        began = time.perf_counter()
        ask(i)
        times.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * clock.spent("")["_cpu"] / len(times)
    return {name: statistics.median(times), f"{name}_p95": sorted(times)[int(0.95 * (len(times) - 1))], f"{name}_cpu": cpu}


def _timed(spent: Row, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        clock = Clock()
        try:
            return function(*arguments)
        finally:
            if name not in spent:  # the first build's
                spent.update(clock.spent(name))

    return timed


def _batches(folder: Path, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """(passage id, date, outlet, vector) of every passage, from the catalog."""
    from index.catalog import Catalog
    from tests.bench.made_collection import MadeEncoder

    with closing(Catalog(folder / "data" / "catalog.sqlite", read_only=True)) as catalog:
        rows = catalog.passages(MadeEncoder().fingerprint)
        while batch := list(islice(rows, size)):
            yield batch


def _recall(found: Sequence[Sequence[str]], exact: Sequence[Sequence[str]]) -> float:
    return statistics.mean(len(set(a) & set(b)) / TOP_K for a, b in zip(found, exact, strict=True))


def _exact(folder: Path) -> list[list[str]]:
    return json.loads((folder / "exact.json").read_text(encoding="utf-8"))


def _questions(folder: Path) -> list[str]:
    return json.loads((folder / "questions.json").read_text(encoding="utf-8"))


def _disk(data: Path) -> Row:
    newest = max(path for path in (data / "generations").iterdir() if path.is_dir())
    row = {f"{name}_mb": _size_mb(newest / name) for name in ("chroma", "bm25")}
    return row | {"articles_mb": _size_mb(newest / "articles.sqlite"), "catalog_mb": _size_mb(data / "catalog.sqlite")}


def _size_mb(path: Path) -> float:
    return sum(p.stat().st_size for p in ([path] if path.is_file() else path.rglob("*")) if p.is_file()) / 1e6


def _memory_mb() -> Row:
    """All that is resident, and what of it no file backs."""
    return {"rss": _status_mb(os.getpid(), "VmRSS"), "private": _status_mb(os.getpid(), "RssAnon")}


def _status_mb(pid: int, name: str) -> float:
    line = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6


def _peak_mb() -> float:
    """Of this process and of those it waited for (the verification), whichever is larger."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) * 1024 / 1e6


def measured(passages: int, steps: Sequence[Callable[[Path], Row]]) -> Row:
    """One size, each step in a fresh process; nothing of it is left."""
    from tests.bench.made_collection import write_collection

    folder = Path(tempfile.mkdtemp(prefix="citewire-scale-"))
    try:
        asked = write_collection(folder / "made.jsonl", passages, QUESTIONS)
        (folder / "questions.json").write_text(json.dumps([question.text for question in asked]), encoding="utf-8")
        (folder / "extra.jsonl").write_text(json.dumps(EXTRA) + "\n", encoding="utf-8")
        row: Row = {}
        for step in steps:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                row |= pool.apply(step, (folder,))
            print(f"{passages:,} {step.__name__}: {json.dumps(row)}", file=sys.stderr, flush=True)
        return row
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def table(title: str, columns: Sequence[str], rows: Iterable[Row]) -> str:
    lines = [f"{title}\n", f"| {' | '.join(columns)} |", f"|{'--:|' * len(columns)}"]
    return "\n".join([*lines, *(f"| {' | '.join(_cell(row[column]) for column in columns)} |" for row in rows), ""])


def _cell(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 50_000, 100_000, 250_000])
    args = parser.parse_args()
    rows = [measured(size, (build_all, exact_all, read_all, serve_all)) for size in args.passages]
    for title, columns in TABLES.items():
        print(table(title, columns.split(), rows))


if __name__ == "__main__":
    main()
