"""Generations: immutable directories, one of them current.

    <index>/generations/000017/{articles.sqlite, chroma/, bm25/, manifest.json}     never written after publication
    <index>/generations/000017.lock                                                 readers hold it shared (flock)
    <index>/CURRENT                                                                 the text "000017"

A new one is written under a temporary name, verified, renamed, and published by replacing CURRENT, which POSIX does
atomically: a reader, or a builder killed at any moment, finds the old generation or the new one and nothing between.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from index.errors import IndexCorrupt, IndexMismatch, IndexMissing

FORMAT = 3
#: in the place of chroma/ where the vectors lie on a server: names their collection there
SERVED = "vectors.json"
#: the current one, and the one before it for readers that are still in it and for a rollback
KEEP = 2


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds and what it was made with."""

    generation: str
    created: str  #: UTC, ISO 8601
    state: str  #: digest of the catalog it was written from
    encoder: str
    dimensions: int
    recipe: str
    articles: int
    passages: int
    oldest: str = ""  #: publication dates, ISO, empty where no article has one
    newest: str = ""
    copies: int = 0  #: articles that have the text of another one
    churn: int = 0  #: vectors put in and taken out since all of them were last written anew
    files: dict[str, str] = field(default_factory=dict)  #: path -> sha256 of each file that never changes again
    format: int = FORMAT


def current_name(index_dir: Path) -> str | None:
    """The name of the current generation, or None where nothing was published yet. What is no name names nothing."""
    try:
        return (index_dir / "CURRENT").read_text(encoding="ascii", errors="replace").strip() or None
    except FileNotFoundError:
        return None


def folder_of(index_dir: Path, name: str) -> Path:
    """Where a generation of this name lies, or would lie."""
    return index_dir / "generations" / name


def read_manifest(folder: Path) -> Manifest:
    """:raises IndexCorrupt: if it cannot be read. :raises IndexMismatch: if another version of Citewire wrote it."""
    try:
        data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise IndexCorrupt(f"{folder} has no readable manifest ({error}). Build the index again.") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or set(data) != {f.name for f in fields(Manifest)}:
        raise IndexMismatch(
            f"{folder} was written by another version of Citewire. Build the index again; nothing is embedded anew."
        )
    return Manifest(**data)


def names(index_dir: Path) -> list[str]:
    """The generations that are there, oldest first."""
    folder = index_dir / "generations"
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name.isdigit()) if folder.is_dir() else []


def vectors_of(folder: Path) -> str:
    """The collection that holds a generation's vectors on a server; "" where they lie in the folder itself.

    :raises IndexCorrupt: if it cannot be read.
    """
    try:
        return str(json.loads((folder / SERVED).read_text(encoding="utf-8"))["collection"])
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexCorrupt(f"{folder / SERVED} cannot be read ({error!r}). Build the index again.") from error


def point_to_vectors(folder: Path, collection: str) -> None:
    """Write what `vectors_of` reads."""
    (folder / SERVED).write_text(json.dumps({"collection": collection}) + "\n", encoding="utf-8")


def next_name(index_dir: Path, taken: Iterable[int] = ()) -> str:
    """A name that was not used yet, also not by the generation that CURRENT names and that is lost.

    :param taken: numbers that are used elsewhere.
    """
    current = current_name(index_dir) or ""
    used = [int(name) for name in [*names(index_dir), current] if name.isdigit()]
    return f"{max([*used, *taken], default=0) + 1:06d}"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write what `read_manifest` reads."""
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")


def publish(index_dir: Path, written: Path, name: str) -> None:
    """Make a fully written, verified directory the current generation."""
    for path in [*written.rglob("*"), written]:
        _sync(path)
    (folder_of(index_dir, name).with_suffix(".lock")).touch()
    os.rename(written, folder_of(index_dir, name))
    _sync(index_dir / "generations")
    point_to(index_dir, name)


def point_to(index_dir: Path, name: str) -> None:
    """Replace CURRENT atomically."""
    temporary = index_dir / "CURRENT.tmp"
    temporary.write_text(name + "\n", encoding="ascii")
    _sync(temporary)
    os.replace(temporary, index_dir / "CURRENT")
    _sync(index_dir)


def prune(index_dir: Path) -> None:
    """Delete what a killed build left, and every generation beyond the last `KEEP` that no reader holds."""
    folder = index_dir / "generations"
    for leftover in folder.glob("*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)
    current, there = current_name(index_dir) or "", names(index_dir)
    if there and current not in there:  # lost: what may be the last good one stays until there is another
        current = there[-1]
    for name in [n for n in there if n < current][: -(KEEP - 1)] + [n for n in there if n > current]:
        with _lock_file(index_dir, name) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # somebody still answers from it; the next build tries again
            os.rename(folder / name, folder / f"{name}.tmp")  # so that no kill leaves half of one
            shutil.rmtree(folder / f"{name}.tmp", ignore_errors=True)
            with suppress(FileNotFoundError):
                (folder / f"{name}.lock").unlink()
    for lock_path in folder.glob("*.lock"):  # of generations that were lost, or killed between the lock and the rename
        if not lock_path.with_suffix("").is_dir() and lock_path.stem != current:
            lock_path.unlink(missing_ok=True)


def is_held(index_dir: Path, name: str) -> bool:
    """True while a reader has this generation open."""
    if not _has_lock(index_dir, name):
        return False
    with folder_of(index_dir, name).with_suffix(".lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


class Held:
    """A generation that cannot be pruned while this is open."""

    def __init__(self, index_dir: Path) -> None:
        """Take hold of the current generation. :raises IndexMissing: if there is none."""
        for _ in range(100):  # a builder may publish and prune between our reading CURRENT and locking
            name = current_name(index_dir)
            if name is None:
                raise IndexMissing(f"There is no index in {index_dir} yet. Run `citewire build PATH --index {index_dir}`.")
            lock = (folder_of(index_dir, name).with_suffix(".lock")).open("rb") if _has_lock(index_dir, name) else None
            if lock:
                fcntl.flock(lock, fcntl.LOCK_SH)
                if folder_of(index_dir, name).is_dir():
                    self.name, self.folder, self._lock = name, folder_of(index_dir, name), lock
                    return
                lock.close()
        raise IndexCorrupt(f"The generation that {index_dir / 'CURRENT'} names is not there. Build the index again.")

    def release(self) -> None:
        self._lock.close()  # closing drops the flock


def _has_lock(index_dir: Path, name: str) -> bool:
    return folder_of(index_dir, name).with_suffix(".lock").is_file()


@contextmanager
def _lock_file(index_dir: Path, name: str) -> Iterator[int]:
    descriptor = os.open(folder_of(index_dir, name).with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
