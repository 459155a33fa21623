"""`python -m index.verify`: is the generation that standard input names whole? If not, exit status 1 and a line on stderr.

Whoever waits for the answer may start it before there is a question: its libraries are then loaded.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from index.errors import IndexCorrupt
from index.generations import read_manifest
from index.lexical import Lexical, load_bm25s
from index.vectors import Vectors, load_chroma

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
    return found + _vector_problems(folder / "chroma", ids, checked)


def _vector_problems(folder: Path, ids: list[str], checked: int) -> list[str]:
    try:
        with closing(Vectors(folder)) as vectors:
            sample = ids if len(ids) <= checked else random.Random(0).sample(ids, checked)
            stored = vectors.vectors(sample)
            lost = [i for i in sample if i not in stored or not _reachable(vectors, i, stored[i])]
            count = vectors.count()
    except IndexCorrupt as error:
        return [str(error)]
    found = [f"{count} vectors where {len(ids)} belong"] if count != len(ids) else []
    return found + ([f"{len(lost)} of {len(sample)} vectors are not found by their own query"] if lost else [])


def _reachable(vectors: Vectors, passage_id: str, vector: object) -> bool:
    """A vector is found by itself, or by one equal to it (two passages of the same words)."""
    nearest = vectors.nearest(vector, 5)  # type: ignore[arg-type]
    return any(i == passage_id for i, _ in nearest) or (bool(nearest) and nearest[0][1] > 0.9999)


if __name__ == "__main__":
    load_bm25s()
    load_chroma()
    named = sys.stdin.buffer.read()
    if named and (faults := problems(Path(os.fsdecode(named)))):
        sys.exit("; ".join(faults))
