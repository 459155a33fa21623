"""Is a generation as it was published? Cheap enough to ask at every build, and without loading Chroma."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from index.errors import CitewireIndexError
from index.generations import SERVED, Manifest, current_name, folder_of, read_manifest

#: Chroma keeps books in its database even when it only reads; the manifest cannot hold its own hash
_CHANGING = ("chroma/chroma.sqlite3", "manifest.json")


def file_hashes(folder: Path) -> dict[str, str]:
    """Path inside the generation -> sha256, for every file that stays as it is after publication."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: _sha256(path) for name, path in paths.items() if not name.startswith(_CHANGING)}


def current_manifest(index_dir: Path) -> Manifest | None:
    """What the current generation says of itself; None where there is none, or none that this version reads."""
    name = current_name(index_dir)
    try:
        return read_manifest(folder_of(index_dir, name)) if name else None
    except CitewireIndexError:
        return None


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """:return: one sentence for each way in which the files are not those that were published; empty if they are."""
    found = [] if folder.with_suffix(".lock").is_file() else [f"{folder.name}.lock, which readers hold, is missing"]
    there = file_hashes(folder)
    found += [f"{name} is missing" for name in manifest.files if name not in there]
    found += [f"{name} has changed" for name, sha256 in manifest.files.items() if there.get(name, sha256) != sha256]
    found += [f"{name} does not belong there" for name in there if name not in manifest.files]
    if SERVED in manifest.files:  # a server holds the vectors: whoever asks it is told what is wrong with them
        return found
    return found + _chroma_damage(folder / "chroma" / "chroma.sqlite3", manifest.passages)


def _chroma_damage(path: Path, count: int) -> list[str]:
    name = f"chroma/{path.name}"
    if not path.is_file():
        return [f"{name} is missing"]
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            faults = [row[0] for row in db.execute("PRAGMA quick_check(1)") if row[0] != "ok"]
            stored = db.execute("SELECT count(*) FROM embeddings").fetchone()[0]
    except sqlite3.Error as error:
        return [f"{name} cannot be read ({error})"]
    return [f"{name}: {fault}" for fault in faults] + ([f"{name} knows {stored} of {count} vectors"] if stored != count else [])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
