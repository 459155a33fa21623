"""Where model files lie, and the check that they are the ones we mean.

Layout: `<models>/<model name>/<file>…`. A file counts only if its sha256 is the recorded one; the outcome is remembered
beside it in `<file>.verified` together with size and modification time, so that a gigabyte is hashed once, not at each start.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def models_dir() -> Path:
    """The one directory for all models: `CITEWIRE_MODELS`, else `~/.cache/citewire/models`."""
    configured = os.environ.get("CITEWIRE_MODELS")
    if configured:
        return Path(configured).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "citewire" / "models"


def sha256_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """:param on_bytes: called with the number of bytes just hashed, for a progress bar."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
            if on_bytes:
                on_bytes(len(block))
    return digest.hexdigest()


def is_verified(path: Path, sha256: str) -> bool:
    """True if the file is there and has this hash; False if it is missing or another file."""
    if not path.is_file():
        return False
    stamp, note = path.with_name(path.name + ".verified"), _note(path, sha256)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == note:
        return True
    if sha256_of(path) != sha256:
        return False
    mark_verified(path, sha256)
    return True


def remembered_sha256(path: Path) -> str:
    """The file's sha256, computed once for each state of the file."""
    stamp = path.with_name(path.name + ".verified")
    with suppress(OSError):
        noted = stamp.read_text(encoding="utf-8")
        if noted == _note(path, noted[:64]):
            return noted[:64]
    sha256 = sha256_of(path)
    mark_verified(path, sha256)
    return sha256


def mark_verified(path: Path, sha256: str) -> None:
    """Remember that this file was just found to have this hash."""
    with suppress(OSError):  # a read-only cache is hashed again next time: slower, still right
        path.with_name(path.name + ".verified").write_text(_note(path, sha256), encoding="utf-8")


def _note(path: Path, sha256: str) -> str:
    stat = path.stat()
    return f"{sha256} {stat.st_size} {stat.st_mtime_ns}\n"
