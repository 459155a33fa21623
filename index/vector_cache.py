"""The part of a catalog that is vectors: each text's, by its key, for each encoder that it was ever embedded with."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from index.catalog_file import has_sums, vector_of


class VectorCache:
    """Over an open catalog. Use from one thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._sum = "v.sum" if has_sums(db) else "NULL"

    def missing_vectors(self, encoder: str) -> list[tuple[str, str, int, int]]:
        """:return: (key, article id, start, end) for each text without a vector, each key once.

        Longest first: texts of one length are embedded together without padding, and what needs most memory comes at once.
        """
        without = "SELECT key FROM passages n WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.encoder = ? AND v.key = n.key)"
        # numbered, since beside two aggregates SQLite takes other columns from any row: an article and the end of another
        numbered = (
            'SELECT key, article_id, start, "end", row_number() OVER (PARTITION BY key ORDER BY article_id, start) AS number '
            f"FROM passages WHERE key IN ({without})"
        )
        return self._db.execute(
            f'SELECT key, article_id, start, "end" FROM ({numbered}) WHERE number = 1 ORDER BY "end" - start DESC, key',
            (encoder,),
        ).fetchall()

    def put_vectors(self, encoder: str, keys: Sequence[str], vectors: np.ndarray) -> None:
        """:param vectors: float32 of shape (len(keys), dimensions)."""
        rows = [(encoder, key, vector.astype("<f4").tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        stored = "INSERT OR REPLACE INTO vectors(encoder, key, vector, sum) VALUES (?1, ?2, ?3, crc32(?3))"
        self._db.executemany(stored, rows)

    def damaged_vectors(self) -> int:
        """How many vectors are no longer as they were put in."""
        return self._db.execute(f"SELECT count(*) FROM vectors v WHERE {self._sum} <> crc32(v.vector)").fetchone()[0]

    def drop_damaged_vectors(self) -> int:
        """Forget them, so that the next build makes them anew. :return: how many there were."""
        return self._db.execute("DELETE FROM vectors WHERE sum <> crc32(vector)").rowcount

    def drop_unused_vectors(self) -> None:
        """Forget the vectors of texts that no article holds any more."""
        unused = "SELECT v.rowid FROM vectors v WHERE NOT EXISTS (SELECT 1 FROM passages p WHERE p.key = v.key)"
        self._db.execute(f"DELETE FROM vectors WHERE rowid IN ({unused})")  # found in the index alone, without reading a vector

    def vector(self, encoder: str, key: str) -> np.ndarray | None:
        """float32 of shape (dimensions,); None if it is not known. :raises IndexCorrupt: if it is damaged."""
        stored = f"SELECT vector, {self._sum} FROM vectors v WHERE encoder = ? AND key = ?"
        row = self._db.execute(stored, (encoder, key)).fetchone()
        return vector_of(*row) if row else None

    def vectors(self, encoder: str, keys: Sequence[str]) -> np.ndarray:
        """:return: float32 of shape (len(keys), dimensions). :raises KeyError: if one is not known."""
        found = {key: self.vector(encoder, key) for key in keys}
        if lost := [key for key, vector in found.items() if vector is None]:
            raise KeyError(f"{len(lost)} vectors are not in the catalog")
        return np.stack([vector for key in keys if (vector := found[key]) is not None])

    def encoders(self) -> list[tuple[str, int]]:
        """Each encoder whose vectors cover every passage, and its dimensions; the one used last comes first."""
        covering = (
            "SELECT encoder, max(length(vector)) / 4, max(rowid) AS last FROM vectors WHERE key IN (SELECT key FROM passages) "
            "GROUP BY encoder HAVING count(*) = (SELECT count(DISTINCT key) FROM passages) ORDER BY last DESC"
        )
        return [(encoder, dimensions) for encoder, dimensions, _ in self._db.execute(covering)]
