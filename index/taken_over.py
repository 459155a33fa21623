"""What a new generation has in common with the one before it: where each passage is now, and what to do to its vectors."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.generations import Manifest, vectors_of

#: A copied vector store is changed in place if at most this share of it changes ...
SMALL_CHANGE = 0.1
#: ... and if all changes since it was last written anew are at most this share: HNSW keeps what was deleted as dead nodes.
MOST_CHURN = 0.3
#: numbers of the passages whose article has another date or outlet than before: Chroma keeps both with a vector
_RELABELLED = (
    "SELECT p.number FROM main.articles a JOIN earlier.articles e ON e.id = a.id "
    "AND (e.published IS NOT a.published OR e.source <> a.source) JOIN main.passages p ON p.article = a.number"
)


@dataclass(frozen=True, slots=True)
class Change:
    """From the vectors of one generation to those of the next."""

    removed: list[str]
    added: list[tuple[str, str, str, str]]  #: passage id, key, date, outlet

    def __len__(self) -> int:
        return len(self.removed) + len(self.added)


def moved_numbers(folder: Path, earlier: Path) -> np.ndarray:
    """Where the passages of an earlier generation are now.

    :return: int64 of shape (earlier passages,): the number of the same passage in `folder`; -1 where it is gone.
    """
    rows = (
        "SELECT ifnull(p.number, -1) FROM earlier.passages e LEFT JOIN main.passages p ON p.id = e.id AND p.key = e.key "
        "ORDER BY e.number"
    )
    with closing(_beside(folder, earlier)) as db:
        return np.array(db.execute(rows).fetchall(), dtype=np.int64).ravel()


def change_between(previous: tuple[Path, Manifest], folder: Path, manifest: Manifest, number_of: np.ndarray) -> Change | None:
    """What to do to the earlier vector store; None if it is of another model, on a server, or too much would change.

    :param number_of: see `moved_numbers`.
    """
    there, earlier = previous
    if earlier.encoder != manifest.encoder or vectors_of(there):
        return None
    with closing(_beside(folder, there)) as db:
        relabelled = [row[0] for row in db.execute(_RELABELLED)]
        before = np.flatnonzero((number_of < 0) | np.isin(number_of, relabelled))
        stays = np.setdiff1d(number_of, relabelled)
        new = np.setdiff1d(np.arange(manifest.passages), stays)
        size = len(before) + len(new)
        if size > SMALL_CHANGE * manifest.passages or earlier.churn + size > MOST_CHURN * manifest.passages:
            return None
        gone = "SELECT id FROM earlier.passages WHERE number IN (SELECT value FROM json_each(?))"
        added = (
            "SELECT p.id, p.key, ifnull(a.published, ''), a.source FROM main.passages p "
            "JOIN main.articles a ON a.number = p.article WHERE p.number IN (SELECT value FROM json_each(?)) ORDER BY p.number"
        )
        removed = [row[0] for row in db.execute(gone, (json.dumps(before.tolist()),))]
        return Change(removed, db.execute(added, (json.dumps(new.tolist()),)).fetchall())


def _beside(folder: Path, earlier: Path) -> sqlite3.Connection:
    """The articles of a generation, with those of an earlier one as the schema "earlier"."""
    db = sqlite3.connect(folder / "articles.sqlite")
    db.execute("ATTACH ? AS earlier", (str(earlier / "articles.sqlite"),))
    return db
