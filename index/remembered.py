"""What each file of the last build gave, kept in the catalog, so that a file that is as it was is not read again.

Whether it is as it was, the hash of its bytes tells, never its time: that can be set, and it can stand still.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, astuple, replace
from pathlib import Path

from index.catalog import Catalog
from index.readers import ReadOptions
from index.readers.discovery import Found, shown
from index.readers.unread import Unread, readers_version

#: a file with more articles is read each time: what it gave is held in memory as a whole
_MOST_ARTICLES = 200_000


class Remembered:
    """A `Memory` over a catalog, for one build."""

    def __init__(
        self,
        catalog: Catalog,
        options: ReadOptions,
        recipe: str,
        known: Mapping[str, tuple[str, str, str]],
        damaged: Collection[str],
        seen: Mapping[str, str],
    ) -> None:
        """:param known: `Catalog.cut` before the build. :param damaged: ids that must be read anew.
        :param seen: id -> digest of every article of this build so far; grows while the sources are read.
        """
        self._catalog, self._known, self._damaged, self._seen, self._recipe = catalog, known, damaged, seen, recipe
        self._way = json.dumps([asdict(options) | {"fields": dict(options.fields)}, readers_version()], sort_keys=True)
        self._paths: set[str] = set()
        self._reading: tuple[Path, str, tuple[int, ...]] | None = None  #: the file that is read now, its key, its marks

    def recall(self, found: Found) -> list[Unread] | None:
        """See `Memory`."""
        self._reading = None
        try:
            marks = _marks(found.path)
            with found.path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None  # reading it will say what is wrong
        key = hashlib.sha256(json.dumps([content, found.place, found.is_source, self._way]).encode()).hexdigest()
        self._reading = (found.path, key, marks)
        gave = _parsed(self._catalog.file(shown(found.path.absolute()), key))
        if gave is None or not all(self._is_held(one) for one in gave if one.given):
            return None
        self._paths.add(shown(found.path.absolute()))
        return gave

    def _is_held(self, one: Unread) -> bool:
        is_same = self._known.get(one.given) == (one.digest, self._recipe, one.origin)
        return is_same and one.given not in self._damaged and one.given not in self._seen

    def keep(self, found: Found, gave: Sequence[Unread] | None) -> None:
        """See `Memory`."""
        path = shown(found.path.absolute())
        self._paths.discard(path)
        if gave is None or self._reading is None or self._reading[0] != found.path or len(gave) > _MOST_ARTICLES:
            return
        _, key, marks = self._reading
        try:
            if _marks(found.path) != marks:  # it may have changed between the two times that it was opened
                return
        except OSError:
            return
        rows = [astuple(replace(one, digest=self._seen.get(one.given, ""))) for one in gave]
        self._catalog.put_file(path, key, json.dumps(rows))
        self._paths.add(path)

    def forget_others(self) -> None:
        """Forget every file that this build has not met, or could not read in full."""
        self._catalog.keep_files(self._paths)


def _marks(path: Path) -> tuple[int, ...]:
    is_now = os.stat(path)
    return is_now.st_ino, is_now.st_size, is_now.st_mtime_ns, is_now.st_ctime_ns


def _parsed(rows: str | None) -> list[Unread] | None:
    try:
        return None if rows is None else [Unread(*row) for row in json.loads(rows)]
    except (ValueError, TypeError):  # damaged
        return None
