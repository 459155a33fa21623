"""What is in an index: how much, from when, what is missing, what failed at the last build."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from index.errors import IndexCorrupt
from index.generations import Held, read_manifest
from index.history import bytes_of
from index.last_build import LastBuild, last_build


@dataclass(frozen=True, slots=True)
class Overview:
    """The current generation in figures."""

    generation: str
    created: str  #: UTC, ISO 8601
    age_s: int
    articles: int
    passages: int
    copies: int  #: articles that have the text of another one
    oldest: date | None
    newest: date | None
    encoder: str
    bytes: int  #: of everything in the folder: generations, catalog, logs
    sources: dict[str, int] = field(default_factory=dict)  #: outlet -> articles, most first
    languages: dict[str, int] = field(default_factory=dict)  #: English name -> articles, most first; "" where it cannot be told
    undated: list[str] = field(default_factory=list)  #: ids of articles without a date
    untitled: list[str] = field(default_factory=list)  #: ids of articles without a headline
    last_build: LastBuild | None = None


def overview(index_dir: Path) -> Overview:
    """:raises IndexMissing, IndexCorrupt, IndexMismatch: see `index.errors`."""
    held = Held(index_dir)
    try:
        manifest = read_manifest(held.folder)
        uri = f"{(held.folder / 'articles.sqlite').absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as db:
            by_source = "SELECT source, count(*) FROM articles GROUP BY source ORDER BY count(*) DESC, source"
            sources = dict(db.execute(by_source))
            languages = _languages(db)
            undated = [row[0] for row in db.execute("SELECT id FROM articles WHERE published IS NULL ORDER BY id")]
            untitled = [row[0] for row in db.execute("SELECT id FROM articles WHERE title = '' ORDER BY id")]
    except sqlite3.DatabaseError as error:
        raise IndexCorrupt(f"The articles in {held.folder} cannot be read ({error}). Build the index again.") from error
    finally:
        held.release()
    return Overview(
        generation=held.name,
        created=manifest.created,
        age_s=max(0, int((datetime.now(UTC) - datetime.fromisoformat(manifest.created)).total_seconds())),
        articles=manifest.articles,
        passages=manifest.passages,
        copies=manifest.copies,
        oldest=date.fromisoformat(manifest.oldest) if manifest.oldest else None,
        newest=date.fromisoformat(manifest.newest) if manifest.newest else None,
        encoder=manifest.encoder,
        bytes=bytes_of(index_dir),
        sources=sources,
        languages=languages,
        undated=undated,
        untitled=untitled,
        last_build=last_build(index_dir),
    )


def _languages(db: sqlite3.Connection) -> dict[str, int]:
    """Empty for a generation that an earlier version of Citewire wrote."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'languages'").fetchone():
        return {}
    counted = "SELECT language, count(*) FROM languages GROUP BY language ORDER BY count(*) DESC, language"
    return dict(db.execute(counted))
