"""Catalog -> a new generation directory."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from index.catalog import Catalog
from index.copies import VERSION, groups, signature
from index.counts import load_counts, no_counts, save_counts
from index.generations import Manifest, write_manifest
from index.integrity import file_hashes
from index.languages import language_of
from index.lexical import write_lexical
from index.taken_over import Change, change_between, moved_numbers
from index.vectors import Rows, update_vectors, write_vectors

_BATCH = 1000


def write_generation(
    folder: Path,
    catalog: Catalog,
    manifest: Manifest,
    previous: tuple[Path, Manifest] | None = None,
    on_passages: Callable[[int], None] = lambda done: None,
    put_vectors: Callable[[Path], None] | None = None,
) -> None:
    """Write everything readers need into `folder`, which must not exist yet.

    :param manifest: what is to be written; copies, churn and hashes are filled in.
    :param previous: an undamaged generation whose vector store is taken over where little changed.
    :param on_passages: called with the number of passages written so far.
    :param put_vectors: puts the vectors elsewhere, once articles.sqlite is in the folder, and leaves a file that says where.
    """
    folder.mkdir(parents=True)
    copies = _write_articles(folder / "articles.sqlite", catalog)
    number_of = moved_numbers(folder, previous[0]) if previous else None
    change = None if put_vectors or not previous or number_of is None else change_between(previous, folder, manifest, number_of)
    if put_vectors:
        put_vectors(folder)
    elif previous and change is not None:
        copy_vectors(previous[0] / "chroma", folder / "chroma")
        if len(change):
            update_vectors(folder / "chroma", change.removed, len(change.added), _added(catalog, manifest.encoder, change))
    else:
        write_vectors(folder / "chroma", manifest.passages, _all(catalog, manifest.encoder, on_passages))
    _write_terms(folder, catalog, manifest, previous, number_of)
    on_passages(manifest.passages)
    churn = previous[1].churn + len(change) if previous and change is not None else 0
    write_manifest(folder, replace(manifest, copies=copies, churn=churn, files=file_hashes(folder)))


def date_number(iso: str) -> int:
    """A date as the integer yyyymmdd, since Chroma compares only numbers; 0 where there is none."""
    return int(iso.replace("-", "")) if iso else 0


def _metadata(published: str, source: str) -> dict[str, Any]:
    return {"published": date_number(published), "source": source}


def _all(catalog: Catalog, encoder: str, on_passages: Callable[[int], None]) -> Rows:
    rows, done = catalog.passages(encoder), 0
    while batch := list(islice(rows, _BATCH)):
        vectors = np.stack([vector for *_, vector in batch])
        yield [row[0] for row in batch], vectors, [_metadata(published, source) for _, published, source, _ in batch]
        done += len(batch)
        on_passages(done)


def _added(catalog: Catalog, encoder: str, change: Change) -> Rows:
    for i in range(0, len(change.added), _BATCH):
        batch = change.added[i : i + _BATCH]
        vectors = catalog.vectors(encoder, [key for _, key, _, _ in batch])
        yield [row[0] for row in batch], vectors, [_metadata(published, source) for *_, published, source in batch]


def copy_vectors(source: Path, target: Path) -> None:
    """A copy that is right also while readers have the original open, in which Chroma keeps books."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("chroma.sqlite3*"))
    uri = f"{(source / 'chroma.sqlite3').absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as original, closing(sqlite3.connect(target / "chroma.sqlite3")) as copy:
        original.backup(copy)


def _write_terms(
    folder: Path,
    catalog: Catalog,
    manifest: Manifest,
    previous: tuple[Path, Manifest] | None,
    number_of: np.ndarray | None,
) -> None:
    """BM25 over passages and over articles, numbered as in articles.sqlite. What an earlier generation counted is taken over.

    :param number_of: see `taken_over.moved_numbers`.
    """
    counts = None
    if previous and previous[1].recipe == manifest.recipe:
        counts = load_counts(previous[0] / "bm25", previous[1].passages)
    if counts is None or number_of is None:
        known, new = no_counts(manifest.passages), np.arange(manifest.passages)
    else:
        known = counts.moved(number_of, manifest.passages)
        new = np.setdiff1d(np.arange(manifest.passages), number_of)
    with closing(sqlite3.connect(folder / "articles.sqlite")) as db:
        article_of = np.array(db.execute("SELECT article FROM passages ORDER BY number").fetchall(), dtype=np.int64).ravel()
        rows = (
            "SELECT p.number, a.id, p.start FROM passages p JOIN articles a ON a.number = p.article "
            "WHERE p.number IN (SELECT value FROM json_each(?)) ORDER BY p.number"
        )
        found = db.execute(rows, (json.dumps(new.tolist()),))
        counts = known.with_documents((number, catalog.terms(article_id, start)) for number, article_id, start in found)
    write_lexical(folder / "bm25" / "passages", counts)
    write_lexical(folder / "bm25" / "articles", counts.summed(article_of, manifest.articles))
    save_counts(folder / "bm25", counts)


def _write_articles(path: Path, catalog: Catalog) -> int:
    """Articles, passages, languages and copies, numbered as in BM25: a generation needs nothing outside itself.

    :return: how many articles have the text of one before them.
    """
    with closing(sqlite3.connect(path)) as db:
        # nobody reads it before it is whole: what a kill or a full disk leaves is thrown away, and `publish` syncs every file
        db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        db.execute("ATTACH ? AS catalog", (str(catalog.path),))
        db.executescript(
            """
            CREATE TABLE articles(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, text TEXT NOT NULL, title TEXT NOT NULL,
                published TEXT, source TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL, origin TEXT NOT NULL,
                digest TEXT NOT NULL);
            CREATE TABLE passages(number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, article INTEGER NOT NULL,
                start INTEGER NOT NULL, "end" INTEGER NOT NULL, key TEXT NOT NULL);
            CREATE TABLE copies(article INTEGER PRIMARY KEY, "group" INTEGER NOT NULL);
            INSERT INTO articles SELECT row_number() OVER (ORDER BY id) - 1, id, text, title, published, source, url, author,
                origin, digest FROM catalog.articles;
            INSERT INTO passages SELECT row_number() OVER (ORDER BY p.article_id, p.start) - 1,
                p.article_id || '#' || p.start || '-' || p."end", a.number, p.start, p."end", p.key
                FROM catalog.passages p JOIN articles a ON a.id = p.article_id;
            CREATE TABLE languages(article INTEGER PRIMARY KEY, language TEXT NOT NULL);
            INSERT INTO languages SELECT a.number, l.language FROM catalog.languages l JOIN articles a ON a.id = l.article_id;
            CREATE INDEX passages_article ON passages(article);
            CREATE INDEX copies_group ON copies("group");
            """
        )
        return _write_copies(db, catalog)


def _write_copies(db: sqlite3.Connection, catalog: Catalog) -> int:
    signatures = catalog.signatures()
    number = dict(db.execute("SELECT id, number FROM articles"))
    found = [[number[signatures[i][0]] for i in group] for group in groups([s for _, s in signatures])]
    db.executemany("INSERT INTO copies VALUES (?, ?)", [(article, group[0]) for group in found for article in group])
    db.commit()
    return sum(len(group) - 1 for group in found)


def describe(catalog: Catalog) -> None:
    """Give every article that has none yet a signature, by which copies are found, and a language. Small builds stay small."""
    for article_id in catalog.unsigned(VERSION):
        catalog.put_signature(article_id, VERSION, signature(catalog.article(article_id).text))
    for article_id in catalog.without_language():
        catalog.put_language(article_id, language_of(catalog.article(article_id).text))
    catalog.commit()
