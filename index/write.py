"""Catalog -> a new generation directory, and the proof that it is whole before anybody reads it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.catalog import Catalog
from index.errors import IndexCorrupt
from index.generations import Manifest, write_manifest
from index.lexical import write_lexical
from index.vectors import write_vectors

_BATCH = 1000


def write_generation(
    folder: Path, catalog: Catalog, manifest: Manifest, on_passages: Callable[[int], None] = lambda done: None
) -> None:
    """Write everything readers need into `folder`, which must not exist yet.

    :param on_passages: called with the number of passages written so far.
    """
    folder.mkdir(parents=True)
    _write_articles(folder / "articles.sqlite", catalog)
    passage_terms: list[list[str]] = []
    article_terms: list[list[str]] = []

    def batches() -> Iterator[tuple[list[str], np.ndarray, list[dict[str, Any]]]]:
        rows = catalog.passages(manifest.encoder)
        last = None
        while batch := list(islice(rows, _BATCH)):
            for passage, _, _, _, terms in batch:
                passage_terms.append(terms)
                if passage.article_id != last:
                    article_terms.append([])
                    last = passage.article_id
                article_terms[-1].extend(terms)
            ids = [passage.id for passage, *_ in batch]
            metadatas = [_metadata(published, source) for _, published, source, *_ in batch]
            yield ids, np.stack([vector for *_, vector, _ in batch]), metadatas
            on_passages(len(passage_terms))

    write_vectors(folder / "chroma", manifest.passages, batches())
    write_lexical(folder / "bm25" / "passages", passage_terms)
    write_lexical(folder / "bm25" / "articles", article_terms)
    write_manifest(folder, manifest)


def date_number(iso: str) -> int:
    """A date as the integer yyyymmdd, since Chroma compares only numbers; 0 where there is none."""
    return int(iso.replace("-", "")) if iso else 0


def _metadata(published: str, source: str) -> dict[str, Any]:
    return {"published": date_number(published), "source": source}


def _write_articles(path: Path, catalog: Catalog) -> None:
    """Articles and passages, numbered as in the BM25 indexes, so that a generation needs nothing outside itself."""
    db = sqlite3.connect(path)
    try:
        db.execute("ATTACH ? AS catalog", (str(catalog.path),))
        db.executescript(
            """
            CREATE TABLE articles(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, text TEXT NOT NULL, title TEXT NOT NULL,
                published TEXT, source TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL, origin TEXT NOT NULL,
                digest TEXT NOT NULL);
            CREATE TABLE passages(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, article INTEGER NOT NULL,
                start INTEGER NOT NULL, "end" INTEGER NOT NULL);
            INSERT INTO articles SELECT row_number() OVER (ORDER BY id) - 1, id, text, title, published, source, url, author,
                origin, digest FROM catalog.articles;
            INSERT INTO passages SELECT row_number() OVER (ORDER BY p.article_id, p.start) - 1,
                p.article_id || '#' || p.start || '-' || p."end", a.number, p.start, p."end"
                FROM catalog.passages p JOIN articles a ON a.id = p.article_id;
            CREATE INDEX passages_article ON passages(article);
            """
        )
    finally:
        db.close()


def verify(folder: Path) -> None:
    """Open a written generation in a fresh process, as a reader would, and check it. :raises IndexCorrupt: if it is not whole.

    In this process Chroma would answer from its cache rather than from what is on the disk.
    """
    result = subprocess.run([sys.executable, "-m", "index.verify", str(folder)], capture_output=True, text=True, check=False)
    if result.returncode:
        reason = (result.stderr.strip() or result.stdout.strip() or "no reason given").splitlines()[-1]
        raise IndexCorrupt(f"The new index did not verify ({reason}). The old one still serves; build again.")
