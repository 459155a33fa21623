"""What each file of the last build gave, kept in the catalog, so that a file that is as it was is not read again.

Whether it is as it was, the hash of its bytes tells, never its time: that can be set, and it can stand still.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path

from index.catalog import Catalog
from index.readers import ReadOptions
from index.readers.discovery import Found
from index.readers.ids import file_of
from index.readers.unread import Unread, readers_version
from index.types import Failure

#: a file with more articles is read each time: what it gave is held in memory as a whole
_MOST_ARTICLES = 200_000
#: the key of a file of which only the ids are known: no file has it, so it is read each time
_NO_KEY = ""


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
        dry_run: bool = False,
    ) -> None:
        """:param known: `Catalog.cut` before the build. :param damaged: ids that must be read anew.
        :param seen: id -> digest of every article of this build so far; grows while the sources are read.
        :param dry_run: every file is read, and nothing is kept.
        """
        self._dry_run = dry_run
        self._catalog, self._known, self._damaged, self._seen, self._recipe = catalog, known, damaged, seen, recipe
        self._way = json.dumps([asdict(options) | {"fields": dict(options.fields)}, readers_version()], sort_keys=True)
        self._paths: set[str] = set()
        self._reading: tuple[Path, str, tuple[int, ...]] | None = None  #: the file that is read now, its key, its marks

    def before(self, found: Sequence[Found | Failure]) -> Iterator[tuple[str, Sequence[Unread]]]:
        """See `Memory`."""
        there = {file_of(item) for item in found if isinstance(item, Found)}
        hidden = {item.path for item in found if isinstance(item, Failure)}
        for path, rows in self._catalog.files():
            gave = _parsed(rows) or []
            if path not in there:
                if not any(hidden & _above(one.origin) for one in gave):
                    continue
                self._paths.add(path)
            yield path, gave

    def recall(self, found: Found) -> list[Unread] | None:
        """See `Memory`."""
        self._reading = None
        if self._dry_run:
            return None
        try:
            marks = _marks(found.path)
            if marks is None:
                return None
            with found.path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None  # reading it will say what is wrong
        key = hashlib.sha256(json.dumps([content, found.place, found.is_source, self._way]).encode()).hexdigest()
        self._reading = (found.path, key, marks)
        gave = _parsed(self._catalog.file(file_of(found), key))
        if gave is None or not all(self._is_held(one) for one in gave if one.given):
            return None
        self._paths.add(file_of(found))
        return gave

    def _is_held(self, one: Unread) -> bool:
        is_same = self._known.get(one.given) == (one.digest, self._recipe, one.origin)
        return is_same and one.given not in self._damaged and one.given not in self._seen

    def keep(self, found: Found, gave: Sequence[Unread], is_whole: bool) -> None:
        """See `Memory`. What a file gave before and could not be read of it now keeps its ids."""
        path = file_of(found)
        self._paths.discard(path)
        if self._dry_run or len(gave) > _MOST_ARTICLES:
            return
        if is_whole:
            key = self._key_of(found)
        else:
            key, given, claimed = _NO_KEY, {one.given for one in gave}, {one.id for one in gave}
            earlier = _parsed(self._catalog.file(path)) or []
            gave = [one for one in earlier if one.given not in given and one.id not in claimed] + list(gave)
        self._catalog.put_file(path, key, json.dumps([astuple(one) for one in gave]))
        self._paths.add(path)

    def _key_of(self, found: Found) -> str:
        if self._reading is None or self._reading[0] != found.path:
            return _NO_KEY
        _, key, marks = self._reading
        try:
            return key if _marks(found.path) == marks else _NO_KEY  # it may have changed between the two times it was opened
        except OSError:
            return _NO_KEY

    def forget_others(self) -> None:
        """Forget every file that is gone."""
        self._catalog.keep_files(self._paths)


def _marks(path: Path) -> tuple[int, ...] | None:
    """What changes with a file; None of a pipe or device, which might never come to an end."""
    is_now = os.stat(path)
    if not stat.S_ISREG(is_now.st_mode):
        return None
    return is_now.st_ino, is_now.st_size, is_now.st_mtime_ns, is_now.st_ctime_ns


def _above(origin: str) -> set[str]:
    """A file's path, and those of all folders and archives that it is in."""
    parts = origin.split("/")
    return {"/".join(parts[:i]) for i in range(1, len(parts) + 1)}


def _parsed(rows: str | None) -> list[Unread] | None:
    try:
        return None if rows is None else [Unread(*row) for row in json.loads(rows)]
    except (ValueError, TypeError):  # damaged
        return None
