"""All articles of the current generation as rows to browse: searched, sorted, filtered, a page at a time.

The generation's own table holds each article's text before its headline, so that one pass over it reads everything: a second for
50,000 articles. It is made once for each generation; from then on a page takes milliseconds.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from index.errors import IndexCorrupt
from index.generations import Held, current_name

SortKey = Literal["date", "headline", "source"]
_ORDERS = {"date": "published", "headline": "folded", "source": "lower"}
_SCHEMA = """
CREATE TABLE rows(number INTEGER PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, published TEXT, source TEXT NOT NULL,
    origin TEXT NOT NULL, chars INTEGER NOT NULL, copies INTEGER NOT NULL, folded TEXT NOT NULL, lower TEXT NOT NULL,
    lower_id TEXT NOT NULL);
CREATE INDEX by_date ON rows(published, id);
CREATE INDEX by_headline ON rows(folded, id);
CREATE INDEX by_source ON rows(lower, published, id);
CREATE INDEX by_origin ON rows(origin);
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One article without its text."""

    id: str
    title: str
    published: date | None
    source: str
    origin: str  #: the file it was read from, relative to its source
    chars: int
    copies: int  #: other articles of the same text


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, in which order. Articles without a date, or without a headline, come last in either direction of its order."""

    words: str = ""  #: each must be in the headline, the outlet or the id, whatever its case
    sources: tuple[str, ...] = ()  #: outlets, whatever their case; "" is one that is not named
    since: date | None = None
    until: date | None = None
    only_copies: bool = False
    sort: SortKey = "date"
    descending: bool = True

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.words.strip() or self.sources or self.since or self.until or self.only_copies)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of all that were wanted."""

    rows: list[Row]
    total: int
    generation: str


class Listing:
    """The rows of whichever generation is current. Safe to use from threads."""

    def __init__(self, index_dir: Path) -> None:
        self._dir, self._lock = index_dir, threading.Lock()
        self._name = ""
        self._db: sqlite3.Connection | None = None

    def page(self, wanted: Wanted = Wanted(), offset: int = 0, limit: int = 50) -> Page:
        """:raises IndexMissing, IndexCorrupt: see `index.errors`."""
        where, values = _where(wanted)
        with self._opened() as db:
            total = db.execute(f"SELECT count(*) FROM rows {where}", values).fetchone()[0]
            found = db.execute(
                f"SELECT id, title, published, source, origin, chars, copies FROM rows {where} {_order(wanted)} LIMIT ? OFFSET ?",
                [*values, limit, max(0, offset)],
            ).fetchall()
            return Page([_row(row) for row in found], total, self._name)

    def row(self, article_id: str) -> Row | None:
        """One row; None if there is no such article."""
        with self._opened() as db:
            found = db.execute(
                "SELECT id, title, published, source, origin, chars, copies FROM rows WHERE id = ?", (article_id,)
            ).fetchone()
        return _row(found) if found else None

    def of_origin(self, origin: str) -> list[str]:
        """Ids of the articles that were read from this file, or from inside this archive."""
        inside = "origin = :o OR (origin > :o || '/' AND origin < :o || '0')"  # "0" follows "/"
        with self._opened() as db:
            return [row[0] for row in db.execute(f"SELECT id FROM rows WHERE {inside} ORDER BY id", {"o": origin})]

    def origins_below(self, folder: str) -> dict[str, int]:
        """file of this folder -> number of articles that were read from it."""
        counted = "SELECT origin, count(*) FROM rows WHERE origin > ? AND origin < ? GROUP BY origin"
        with self._opened() as db:
            return dict(db.execute(counted, (f"{folder}/", f"{folder}0")))  # "0" follows "/"

    def sources(self) -> dict[str, int]:
        """outlet -> number of its articles, most first."""
        with self._opened() as db:
            return dict(db.execute("SELECT source, count(*) FROM rows GROUP BY source ORDER BY count(*) DESC, source"))

    def months(self) -> dict[tuple[int, int], int]:
        """(year, month) -> articles published in it, in the order of time; months without any are not named."""
        month = "substr(published, 1, 7)"
        counted = f"SELECT {month}, count(*) FROM rows WHERE published IS NOT NULL GROUP BY {month} ORDER BY {month}"
        with self._opened() as db:
            return {(int(month[:4]), int(month[5:7])): number for month, number in db.execute(counted)}

    def close(self) -> None:
        with self._lock:
            if self._db:
                self._db.close()
            self._db, self._name = None, ""

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._db is None or current_name(self._dir) != self._name:
                held = Held(self._dir)
                try:
                    fresh = _copied(held.folder / "articles.sqlite")
                except sqlite3.DatabaseError as error:
                    raise IndexCorrupt(
                        f"The articles in {held.folder} cannot be read ({error}). Build the index again: it writes them anew."
                    ) from error
                finally:
                    held.release()
                if self._db:
                    self._db.close()
                self._db, self._name = fresh, held.name
            yield self._db


def _copied(path: Path) -> sqlite3.Connection:
    rows = (
        "SELECT a.number, a.id, a.title, a.published, a.source, a.origin, length(a.text), ifnull(g.size - 1, 0) FROM articles a "
        "LEFT JOIN copies c ON c.article = a.number "
        'LEFT JOIN (SELECT "group", count(*) AS size FROM copies GROUP BY "group") g ON g."group" = c."group"'
    )
    db = sqlite3.connect(":memory:", check_same_thread=False)
    db.executescript(_SCHEMA)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as generation:
        found = generation.execute(rows)
        db.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row, " ".join(row[2].split()).casefold(), row[4].casefold(), row[1].casefold()) for row in found),
        )
    db.commit()
    return db


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = []
    for word in wanted.words.casefold().split():
        parts.append("(instr(folded, ?) OR instr(lower, ?) OR instr(lower_id, ?))")
        values += [word, word, word]
    if wanted.sources:
        parts.append(f"lower IN ({','.join('?' * len(wanted.sources))})")
        values += [source.casefold() for source in wanted.sources]
    if wanted.since or wanted.until:
        parts.append("published BETWEEN ? AND ?")
        values += [(wanted.since or date.min).isoformat(), (wanted.until or date.max).isoformat()]
    if wanted.only_copies:
        parts.append("copies > 0")
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), values


def _order(wanted: Wanted) -> str:
    column, way = _ORDERS[wanted.sort], "DESC" if wanted.descending else "ASC"
    then = "published DESC, id" if wanted.sort == "source" else "id"
    return f"ORDER BY {column} IS NULL OR {column} = '', {column} {way}, {then}"


def _row(row: Sequence[Any]) -> Row:
    published = date.fromisoformat(row[2]) if row[2] else None
    return Row(row[0], row[1], published, row[3], row[4], row[5], row[6])
