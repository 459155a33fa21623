"""What the stores of an index hold, row by row: is it what was put there?"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from index.catalog import Catalog, article_of
from index.digests import digest_of
from index.generations import Manifest, current_name, folder_of
from index.served import open_vectors


def faults_of(catalog: Path) -> list[str]:
    """What SQLite finds wrong with the file of a catalog."""
    try:
        with closing(Catalog(catalog, read_only=True)) as opened:
            opened.counts()
            return opened.faults()
    except sqlite3.DatabaseError as error:
        if "unable to open" in str(error):  # that says nothing of what is in it
            raise
        return [str(error)]


def damaged_articles(catalog: Catalog) -> list[str]:
    """Ids of the articles that are no longer as they were put in: other fields than their digest says, or passages lost."""
    return [str(row[0]) for digest, row, spans in catalog.articles() if not _is_sound(digest, row, spans)]


def _is_sound(digest: str, row: Sequence[str | None], spans: Sequence[tuple[int, int]]) -> bool:
    try:
        article = article_of(row)
    except ValueError:
        return False
    last = 0
    for start, end in [*spans, (len(article.text), len(article.text))]:
        if start < last or end < start or article.text[last:start].strip():
            return False
        last = end
    return digest_of(article) == digest


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
    """Every stored vector against the catalog's, where there is one and it can be trusted."""
    if faults_of(index_dir / "catalog.sqlite"):
        return []
    with closing(Catalog(index_dir / "catalog.sqlite", read_only=True)) as catalog:
        if catalog.damaged_vectors():
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


def published_digests(index_dir: Path) -> dict[str, str]:
    """article id -> content digest in the current generation; empty where there is none that can be read."""
    path = folder_of(index_dir, current_name(index_dir) or "") / "articles.sqlite"
    if not path.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return dict(db.execute("SELECT id, digest FROM articles"))
    except sqlite3.DatabaseError:  # damaged: it is about to be written again
        return {}
