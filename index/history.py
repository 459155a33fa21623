"""The generations that are kept, and the way back to an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.configured import configured_upstream
from index.errors import CitewireIndexError, IndexCorrupt, IndexMissing
from index.generations import SERVED, current_name, folder_of, is_held, names, point_to, read_manifest
from index.integrity import damage
from index.missing import no_index
from index.publication import require_whole
from index.upstream import leased
from index.verifying import Verifier
from index.writer import writer


@dataclass(frozen=True, slots=True)
class GenerationInfo:
    """One generation as `citewire index list` shows it."""

    name: str
    current: bool
    held: bool  #: a reader has it open, so that no build removes it
    created: str = ""  #: UTC, ISO 8601
    articles: int = 0
    passages: int = 0
    bytes: int = 0
    served: bool = False  #: a server holds its vectors, which are not looked at here
    fault: str = ""  #: why it cannot be used; empty if it can


def generations(index_dir: Path) -> list[GenerationInfo]:
    """Every generation that is there, newest first. :raises IndexMissing: if there is none."""
    found = [_info(index_dir, name) for name in reversed(names(index_dir))]
    if not found:
        raise no_index(index_dir)
    return found


def rollback(index_dir: Path, name: str = "") -> str:
    """Make an earlier generation current again, once it has been verified. Open readers follow at their next question.

    The sources are not touched: the next build publishes what they hold. Where the environment names an upstream, its replicas go
    back as well.

    :param name: which one; by default the newest good one before the current.
    :return: its name.
    :raises IndexMissing: if there is no such generation, here or upstream. :raises IndexCorrupt: if it does not verify.
    """
    if not (index_dir / "generations").is_dir():
        raise no_index(index_dir)
    upstream = configured_upstream()
    with writer(index_dir), leased(upstream):
        if name:
            _verify(index_dir, name)
        else:
            name = last_good(index_dir)
        if upstream:
            upstream.point_to(read_manifest(folder_of(index_dir, name)))
        point_to(index_dir, name)
    return name


def bytes_of(folder: Path) -> int:
    """Size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _info(index_dir: Path, name: str) -> GenerationInfo:
    folder, current, held = folder_of(index_dir, name), name == current_name(index_dir), is_held(index_dir, name)
    try:
        manifest = read_manifest(folder)
    except CitewireIndexError as error:
        return GenerationInfo(name, current, held, bytes=bytes_of(folder), fault=str(error))
    fault = "; ".join(damage(folder, manifest))
    size, served = bytes_of(folder), SERVED in manifest.files
    return GenerationInfo(
        name, current, held, manifest.created, manifest.articles, manifest.passages, size, served=served, fault=fault
    )


def last_good(index_dir: Path) -> str:
    """The newest generation before the current one that verifies. :raises IndexMissing: if there is none."""
    current = current_name(index_dir) or "~"  # where CURRENT is lost, any of them comes before it
    for name in reversed([n for n in names(index_dir) if n < current]):
        try:
            _verify(index_dir, name)
        except CitewireIndexError:
            continue
        return name
    raise IndexMissing(f"{index_dir} holds no good generation before {current}. `citewire index list` shows what it holds.")


def _verify(index_dir: Path, name: str) -> None:
    if name not in names(index_dir):
        raise IndexMissing(f"{index_dir} holds no generation {name}; it holds {', '.join(names(index_dir)) or 'none'}.")
    folder = folder_of(index_dir, name)
    if faults := damage(folder, read_manifest(folder)):
        raise IndexCorrupt(f"Generation {name} is damaged ({faults[0]}); the current one stays.")
    require_whole(folder, Verifier())
