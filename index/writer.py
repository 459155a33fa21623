"""One writer at a time, told apart by name; and disk errors said in one sentence."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import IndexBusy, IndexCorrupt, StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def writer(index_dir: Path) -> Iterator[None]:
    """Hold the one writer's lock, and tell others who holds it. It dies with the process that holds it.

    :raises IndexBusy: if another process does. :raises StorageError: if the folder cannot be written.
    """
    with storage_errors(index_dir):
        (index_dir / "generations").mkdir(parents=True, exist_ok=True)
        holder = index_dir / "writer.json"
        try:
            with FileLock(index_dir / "writer.lock", timeout=0):
                who = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now().isoformat(timespec="seconds")}
                holder.write_text(json.dumps(who), encoding="utf-8")
                try:
                    yield
                finally:
                    holder.unlink(missing_ok=True)
        except Timeout as error:
            raise IndexBusy(f"{_holder(holder)} is building {index_dir}. Wait until it is done, or end it.") from error


def is_building(index_dir: Path) -> bool:
    """True while some process holds the writer's lock."""
    try:
        with (index_dir / "writer.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_text(encoding="utf-8"))
        return f"process {who['pid']} on {who['host']} since {who['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"


@contextmanager
def storage_errors(index_dir: Path) -> Iterator[None]:
    """Say disk and permission errors in one sentence; the published index is untouched by all of them."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(_full(index_dir, error)) from error
        if error.errno in _FORBIDDEN:
            raise StorageError(f"{index_dir} cannot be written ({error.strerror}). The old index still serves.") from error
        if index_dir.is_file():
            raise StorageError(f"{index_dir} is a file; an index is a folder: name another place for it.") from error
        raise
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise StorageError(_full(index_dir, error)) from error
        if any(sign in str(error) for sign in ("readonly", "unable to open", "disk I/O")):
            raise StorageError(f"{index_dir} cannot be written ({error}). The old index still serves.") from error
        raise
    except sqlite3.DatabaseError as error:  # not a database, or a malformed one
        raise IndexCorrupt(
            f"The catalog in {index_dir} cannot be read ({error}). Run `citewire doctor --fix --index {index_dir}`, then build "
            "again; the old index still serves."
        ) from error


def _full(index_dir: Path, error: Exception) -> str:
    return f"The disk of {index_dir} is full ({error}). Free some space and build again; the old index still serves."


def write_atomically(path: Path, text: str) -> None:
    """Put a small file in place whole, or not at all."""
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
