"""`python -m index.verify`: are the generations whole that standard input names, each on a line, as JSON?

For each the answer is a line too: a JSON list of what is wrong. Whoever waits for it may start the process before there is a
question: its libraries are then loaded. A generation is looked at in a process forked for it alone.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from index.errors import IndexCorrupt
from index.generations import read_manifest
from index.lexical import Lexical, load_bm25s
from index.served import VectorStore, open_vectors
from index.vectors import load_chroma

#: all passages up to this many, a sample of this size beyond
_CHECKED = 200


def problems(folder: Path, checked: int = _CHECKED) -> list[str]:
    """:param checked: how many vectors are looked up by themselves: all up to this many, else a sample of as many.
    :return: one sentence for each thing that is wrong; empty if the generation is whole."""
    manifest = read_manifest(folder)
    with closing(sqlite3.connect(f"file:{folder / 'articles.sqlite'}?mode=ro", uri=True)) as db:
        articles, passages = db.execute("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)").fetchone()
        ids = [row[0] for row in db.execute("SELECT id FROM passages ORDER BY number")]
        last = 'SELECT article, max("end") AS last FROM passages GROUP BY article'
        beyond = f"SELECT count(*) FROM ({last}) p JOIN articles a ON a.number = p.article WHERE p.last > length(a.text)"
        wrong = db.execute(beyond).fetchone()[0]
    counts = {
        "articles": articles,
        "passages": passages,
        "BM25 passages": Lexical(folder / "bm25" / "passages").size,
        "BM25 articles": Lexical(folder / "bm25" / "articles").size,
    }
    expected = {name: manifest.articles if "articles" in name else manifest.passages for name in counts}
    found = [f"{counts[n]} {n} where {expected[n]} belong" for n in counts if counts[n] != expected[n]]
    found += [f"the passages of {wrong} articles go beyond their end"] if wrong else []
    return found + _vector_problems(folder, ids, checked)


def _vector_problems(folder: Path, ids: list[str], checked: int) -> list[str]:
    try:
        with closing(open_vectors(folder)) as vectors:
            sample = ids if len(ids) <= checked else random.Random(0).sample(ids, checked)
            stored = vectors.vectors(sample)
            lost = [i for i in sample if i not in stored or not _reachable(vectors, i, stored[i])]
            count = vectors.count()
    except IndexCorrupt as error:
        return [str(error)]
    found = [f"{count} vectors where {len(ids)} belong"] if count != len(ids) else []
    return found + ([f"{len(lost)} of {len(sample)} vectors are not found by their own query"] if lost else [])


def _reachable(vectors: VectorStore, passage_id: str, vector: object) -> bool:
    """A vector is found by itself, or by one equal to it (two passages of the same words)."""
    nearest = vectors.nearest(vector, 5)  # type: ignore[arg-type]
    return any(i == passage_id for i, _ in nearest) or (bool(nearest) and nearest[0][1] > 0.9999)


def _answer(folder: Path) -> list[str]:
    """The problems, found by a child; or what became of the child."""
    ours, theirs = os.pipe()
    child = os.fork()  # only libraries were loaded: there is no thread, and no store is open
    if child == 0:
        with os.fdopen(theirs, "w", encoding="utf-8") as told:
            try:
                json.dump(problems(folder), told)
            except Exception as error:
                json.dump([f"{type(error).__name__}: {error}"], told)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, encoding="utf-8") as told:
        said = told.read()
    status = os.waitpid(child, 0)[1]
    return [f"it could not be opened: the process ended with status {status}"] if status else list(json.loads(said))


if __name__ == "__main__":
    load_bm25s()
    load_chroma()
    for named in sys.stdin:
        sys.stdout.write(f"{json.dumps(_answer(Path(json.loads(named))))}\n")
        sys.stdout.flush()
