"""What the stores of an index hold, row by row: is it what was put there?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from index.catalog import Catalog, article_of, digest_of
from index.generations import Manifest
from index.served import open_vectors


def faults_of(catalog: Path) -> list[str]:
    """What SQLite finds wrong with the file of a catalog."""
    try:
        with closing(Catalog(catalog, read_only=True)) as opened:
            opened.counts()
            return opened.faults()
    except sqlite3.DatabaseError as error:
        return [str(error)]


def row_faults(folder: Path) -> list[str]:
    """Every article and passage: fields as their digest says, offsets inside the text, neither overlapping nor blank."""
    found: list[str] = []
    with closing(sqlite3.connect(f"{(folder / 'articles.sqlite').absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        columns = "number, digest, id, text, title, published, source, url, author, origin"
        for number, digest, *row in db.execute(f"SELECT {columns} FROM articles ORDER BY number"):
            article = article_of(row)
            if digest_of(article) != digest:
                found.append(f"article {article.id} differs from what was indexed")
            spans = 'SELECT id, start, "end" FROM passages WHERE article = ? ORDER BY start'
            last = 0
            for passage_id, start, end in db.execute(spans, (number,)).fetchall():
                named = passage_id == f"{article.id}#{start}-{end}"
                if not (named and last <= start < end <= len(article.text) and article.text[start:end].strip()):
                    found.append(f"passage {passage_id} is no passage of its article")
                last = end
    return found


def vector_faults(index_dir: Path, folder: Path, manifest: Manifest) -> list[str]:
    """Every stored vector against the catalog's, where there is one."""
    if faults_of(index_dir / "catalog.sqlite"):
        return []
    with closing(sqlite3.connect(f"{(folder / 'articles.sqlite').absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        keys = db.execute("SELECT id, key FROM passages ORDER BY number").fetchall()
    wrong = 0
    with closing(open_vectors(folder)) as store, closing(Catalog(index_dir / "catalog.sqlite", read_only=True)) as catalog:
        for i in range(0, len(keys), 500):
            stored = store.vectors([passage_id for passage_id, _ in keys[i : i + 500]])
            for passage_id, key in keys[i : i + 500]:
                known = catalog.vector(manifest.encoder, key)
                wrong += not _is_right(stored.get(passage_id), known, manifest.dimensions)
    return [f"{wrong} of {len(keys)} vectors are not those of their passages"] if wrong else []


def _is_right(stored: np.ndarray | None, known: np.ndarray | None, dimensions: int) -> bool:
    if stored is None or len(stored) != dimensions:
        return False
    return known is None or bool(np.allclose(stored, known, atol=1e-4))
