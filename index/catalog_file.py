"""The file of a catalog: its tables, and how it is opened, also where nothing may be written beside it."""

from __future__ import annotations

import os
import sqlite3
import zlib
from pathlib import Path

import numpy as np

from index.errors import IndexCorrupt

_SCHEMA = """
CREATE TABLE IF NOT EXISTS articles(
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, recipe TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, published TEXT,
    source TEXT NOT NULL, url TEXT NOT NULL, author TEXT NOT NULL, origin TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages(
    article_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, key TEXT NOT NULL, terms TEXT NOT NULL,
    PRIMARY KEY (article_id, start)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS passages_key ON passages(key);
CREATE TABLE IF NOT EXISTS vectors(encoder TEXT NOT NULL, key TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (encoder, key));
CREATE TABLE IF NOT EXISTS signatures(
    article_id TEXT PRIMARY KEY, version INTEGER NOT NULL, signature BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files(path TEXT PRIMARY KEY, key TEXT NOT NULL, gave TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS languages(article_id TEXT PRIMARY KEY, language TEXT NOT NULL) WITHOUT ROWID;
"""


def open_catalog(path: Path, read_only: bool) -> sqlite3.Connection:
    """:param read_only: nothing is written; where there is no file, an empty catalog is seen. SQL may call crc32(blob)."""
    if read_only and path.is_file():
        db = sqlite3.connect(_uri(path), uri=True)
    else:
        db = sqlite3.connect(":memory:" if read_only else path)
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(_SCHEMA)
        if not has_sums(db):  # made by a version of Citewire that kept none
            db.execute("ALTER TABLE vectors ADD COLUMN sum INTEGER")
    db.create_function("crc32", 1, zlib.crc32, deterministic=True)
    return db


def has_sums(db: sqlite3.Connection) -> bool:
    """Whether the vectors have checksums: a catalog that was only read by this version may have none."""
    return "sum" in [row[1] for row in db.execute("PRAGMA table_info(vectors)")]


def vector_of(vector: bytes, checksum: int | None) -> np.ndarray:
    """float32 of shape (dimensions,). :raises IndexCorrupt: if it is not what the checksum was made of."""
    if checksum is not None and zlib.crc32(vector) != checksum:
        raise IndexCorrupt("The catalog has damaged vectors. Run `citewire doctor --fix`, then build again.")
    return np.frombuffer(vector, dtype="<f4")


def _uri(path: Path) -> str:
    """SQLite writes a file beside it even to read a log. Where it may not, and there is no log, it is told so."""
    log = path.with_name(f"{path.name}-wal")
    has_log = log.is_file() and log.stat().st_size > 0
    alone = "" if has_log or os.access(path.parent, os.W_OK) else "&immutable=1"
    return f"{path.absolute().as_uri()}?mode=ro{alone}"
