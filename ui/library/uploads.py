"""Files that people add: kept in a folder of the index that every build reads, after our own readers have found articles in them.

What is kept here is never served: an article is shown as text, like any other.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Lock

from index.known_sources import known_read_options
from index.readers import ReadOptions, read_sources
from index.types import Article, Failure
from ui.errors import ChangesRefused
from ui.library import MAX_UPLOAD_MB
from ui.library.names import numbered, safe_name
from ui.library.room import Arriving, Room

#: ids of articles begin with it, so that they cannot be those of a folder that has a file of the same name
PREFIX = "uploaded"
_MOST_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Added:
    """A file that was kept."""

    name: str  #: as it is kept, which may differ from what was sent
    articles: int
    failed: list[str]  #: what in it could not be read, and why
    known: bool = False  #: the same file was there already


class Uploads:
    """The folder of uploaded files. Safe to use from threads."""

    def __init__(self, index_dir: Path, max_file_mb: int = MAX_UPLOAD_MB) -> None:
        self.source = index_dir / "uploads"  #: what a build reads
        self._folder = self.source / PREFIX
        self.max_bytes = max_file_mb * 1_000_000
        self._index_dir, self._lock = index_dir, Lock()
        self._room = Room(self._folder, self.source / ".incoming", self.max_bytes)

    def has_files(self) -> bool:
        """Whether there is anything for a build to read."""
        return self._folder.is_dir() and any(self._folder.iterdir())

    def incoming(self) -> AbstractContextManager[Arriving]:
        """A file to write what arrives into; it is gone after the block unless `keep` took it over."""
        return self._room.arriving()

    def check_room(self, size: int) -> None:
        """:raises ChangesRefused: if a file of this many bytes may not be added."""
        self._room.check(size)

    def clear_leftovers(self) -> None:
        """Remove what was arriving when a server was killed."""
        self._room.clear()

    def others_than(self, path: Path) -> bool:
        """Whether any other file is kept."""
        return self._folder.is_dir() and any(other != path for other in self._folder.iterdir())

    def keep(self, arrived: Path, sent_as: str) -> Added:
        """Read a file as a build will, and keep it if there is an article in it.

        :raises ChangesRefused: if its name or its content is none that Citewire reads; it says why.
        """
        name = safe_name(sent_as)
        named = arrived.with_name(f"{arrived.name}-{name}")
        os.replace(arrived, named)
        try:
            articles, failed = _read(named, name, known_read_options(self._index_dir))
            with self._lock:
                target, is_known = self._place(named, name)
                if not is_known:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    os.chmod(named, 0o600)
                    os.replace(named, target)
            return Added(target.name, articles, failed, is_known)
        finally:
            named.unlink(missing_ok=True)

    def path_of(self, origin: str) -> Path | None:
        """The uploaded file that an article was read from; None if it came from elsewhere.

        :param origin: of the article, which may continue inside an archive: "uploaded/old.zip/2024/a.txt".
        """
        parts = PurePosixPath(origin).parts
        if len(parts) < 2 or parts[0] != PREFIX or parts[1] in (".", ".."):
            return None
        path = self._folder / parts[1]
        return path if path.is_file() and not path.is_symlink() else None

    def delete(self, path: Path) -> None:
        """Remove an uploaded file. :param path: from `path_of`."""
        with self._lock:
            path.unlink(missing_ok=True)

    def _place(self, arrived: Path, name: str) -> tuple[Path, bool]:
        """Where it can be kept under a name that is free, or that its equal has."""
        for number in range(1, _MOST_NAMES):
            target = self._folder / (name if number == 1 else numbered(name, number))
            if not target.exists():
                return target, False
            if _digest(target) == _digest(arrived):
                return target, True
        raise ChangesRefused(f"There are {_MOST_NAMES} files called {name}: choose another name.")


def with_uploads(paths: Iterable[Path], index_dir: Path) -> list[Path]:
    """The sources of a build: the paths, and last the folder of uploads if there is anything in it."""
    uploads = Uploads(index_dir)
    own = uploads.source.absolute()
    named = [path for path in paths if path.expanduser().absolute() != own]
    return [*named, own] if uploads.has_files() else named


def _read(path: Path, name: str, options: ReadOptions) -> tuple[int, list[str]]:
    articles, failed = 0, []
    for outcome in read_sources([path], options):
        if isinstance(outcome, Article):
            articles += 1
        elif isinstance(outcome, Failure):
            failed.append(_reason(outcome, path.name, name))
    if not articles:
        raise ChangesRefused(failed[0] if failed else f"{name} holds no article.", 422)
    return articles, failed


def _reason(failure: Failure, stored: str, name: str) -> str:
    return f"{failure.path.replace(stored, name, 1)} {failure.reason}"


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
