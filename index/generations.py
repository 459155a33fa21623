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
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from index.errors import IndexCorrupt, IndexMismatch
from index.missing import no_index

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
    except (FileNotFoundError, NotADirectoryError):
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
    """A name that was never used, also not by a generation that is lost, or was pruned after a rollback: readers tell by it.

    :param taken: numbers that are used elsewhere.
    """
    locks = (lock.stem for lock in (index_dir / "generations").glob("*.lock"))
    used = [int(name) for name in [*names(index_dir), current_name(index_dir) or "", *locks] if name.isdigit()]
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


def remove_leftovers(index_dir: Path) -> list[str]:
    """Delete what killed builds left. :return: its names."""
    left = sorted((index_dir / "generations").glob("*.tmp"))
    for leftover in left:
        shutil.rmtree(leftover, ignore_errors=True)
    return [leftover.name for leftover in left]


def prune(index_dir: Path) -> None:
    """Delete what a killed build left, and every generation beyond the last `KEEP` that no reader holds."""
    remove_leftovers(index_dir)
    folder, current, there = index_dir / "generations", current_name(index_dir) or "", names(index_dir)
    if there and current not in there:  # lost: what may be the last good one stays until there is another
        current = there[-1]
    for name in [n for n in there if n < current][: -(KEEP - 1)] + [n for n in there if n > current]:
        remove_unheld(index_dir, name)  # where somebody still answers from it, the next build tries again
    locks = sorted(folder.glob("*.lock"))
    for lock_path in locks[:-1]:  # of generations that are gone; the newest tells which number was the last
        if not lock_path.with_suffix("").is_dir() and lock_path.stem != current:
            lock_path.unlink(missing_ok=True)


def remove_unheld(index_dir: Path, name: str) -> bool:
    """Delete a generation that no reader holds. :return: whether it was deleted."""
    folder = index_dir / "generations"
    with (folder / f"{name}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        os.rename(folder / name, folder / f"{name}.tmp")  # so that no kill leaves half of one
        shutil.rmtree(folder / f"{name}.tmp", ignore_errors=True)
    return True


def is_held(index_dir: Path, name: str) -> bool:
    """True while a reader has this generation open."""
    try:
        with folder_of(index_dir, name).with_suffix(".lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
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
                raise no_index(index_dir)
            path = folder_of(index_dir, name).with_suffix(".lock")
            if path.is_file():
                lock = path.open("rb")
                fcntl.flock(lock, fcntl.LOCK_SH)
                if folder_of(index_dir, name).is_dir():
                    self.name, self.folder, self._lock = name, folder_of(index_dir, name), lock
                    return
                lock.close()
        raise IndexCorrupt(f"The generation that {index_dir / 'CURRENT'} names is not there. Build the index again.")

    def release(self) -> None:
        self._lock.close()  # closing drops the flock


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
