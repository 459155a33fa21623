"""How much the uploads may take on the disk: what is kept and what is arriving, counted as it comes."""

from __future__ import annotations

import fcntl
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from ui.errors import ChangesRefused

_MAX_ALL_BYTES = 2_000_000_000


class Room:
    """The room of one folder of uploads. Safe to use from threads."""

    def __init__(self, kept: Path, incoming: Path, max_bytes: int) -> None:
        """:param max_bytes: of one file."""
        self._kept, self._incoming, self._max_bytes = kept, incoming, max_bytes
        self._lock, self._used = Lock(), 0

    def check(self, size: int) -> None:
        """:raises ChangesRefused: if a file of this many bytes may not be added."""
        with self._lock:
            self._used = self._measured()
            self._refuse(size, size)

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        """A file for what arrives; it is gone after the block unless it was moved away."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        path = self._incoming / secrets.token_hex(16)
        try:
            with path.open("xb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # so that `clear` can tell it from what a killed server left
                yield Arriving(self, path, file)
        finally:
            path.unlink(missing_ok=True)
            with self._lock:
                self._used = self._measured()

    def clear(self) -> None:
        """Remove what was arriving when a server was killed, and nothing that another one is still receiving."""
        for path in _files(self._incoming):
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()

    def _add(self, chunk: bytes, file: BinaryIO, size: int) -> None:
        with self._lock:
            self._refuse(size, len(chunk))
            self._used += len(chunk)
            file.write(chunk)
            file.flush()

    def _refuse(self, size: int, more: int) -> None:
        if size > self._max_bytes:
            raise ChangesRefused(f"The file has more than {self._max_bytes // 1_000_000} MB: split it.", 413)
        if self._used + more > _MAX_ALL_BYTES:
            raise ChangesRefused(f"The uploads have {_MAX_ALL_BYTES // 1_000_000_000} GB by now: delete some first.", 413)

    def _measured(self) -> int:
        total = 0
        for path in [*_files(self._kept), *_files(self._incoming)]:
            with suppress(FileNotFoundError):  # moved or deleted meanwhile
                total += path.stat().st_size
        return total


class Arriving:
    """A file that is arriving. Its sender need not say how large it will be, and may say something else."""

    def __init__(self, room: Room, path: Path, file: BinaryIO) -> None:
        self.path, self.size = path, 0
        self._room, self._file = room, file

    def write(self, chunk: bytes) -> None:
        """:raises ChangesRefused: if it becomes too large, or all uploads do."""
        self.size += len(chunk)
        self._room._add(chunk, self._file, self.size)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
