"""Is the index whole? Every article, passage and vector of it is looked at; what is wrong is said with its cure.

The catalog alone is enough to write everything else again, without embedding; so that is the cure for most of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.catalog import Catalog
from index.contents import damaged_articles, faults_of, row_faults, vector_faults
from index.errors import CitewireIndexError, IndexMismatch, UpstreamFailed
from index.generations import Manifest, current_name, folder_of, names, read_manifest
from index.history import generations
from index.integrity import damage
from index.publication import state_of
from index.verify import problems
from index.writer import is_building, storage_errors

#: up to this many passages, each vector is looked up by itself; beyond, a sample of as many
EVERY_VECTOR = 20_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    severity: Literal["error", "warning"]  #: an error means wrong or missing answers now or at the next build
    message: str
    remedy: str
    fixable: bool = False  #: `index.mending.fix` cures it


def diagnose(index_dir: Path, encoder: str) -> list[Finding]:
    """Look at everything. Only reads.

    :param encoder: fingerprint of the embedding model that questions are embedded with; "" if there is none.
    :return: what was found, errors first; empty if the index is whole.
    """
    if index_dir.exists() and not index_dir.is_dir():
        return [Finding("error", f"{index_dir} is a file; an index is a folder.", "Name the index's own folder with --index.")]
    if not index_dir.is_dir():
        return [Finding("error", f"There is no folder {index_dir}.", f"Run `citewire build PATH --index {index_dir}`.")]
    if not is_index(index_dir):
        return [Finding("error", f"{index_dir} holds no index.", f"Run `citewire build PATH --index {index_dir}`.")]
    with storage_errors(index_dir):
        found = [*_of_catalog(index_dir), *of_current(index_dir, encoder), *_of_others(index_dir), *_leftovers(index_dir)]
    return sorted(found, key=lambda finding: finding.severity != "error")


def is_index(index_dir: Path) -> bool:
    """Whether the folder holds anything of an index."""
    return any((index_dir / name).exists() for name in ("catalog.sqlite", "generations", "CURRENT"))


def _of_catalog(index_dir: Path) -> Iterator[Finding]:
    path = index_dir / "catalog.sqlite"
    again = "Run `citewire build PATH` with all your sources."
    if not path.is_file():
        yield Finding("warning", "There is no catalog: the next build reads and embeds everything.", again)
    elif faults := faults_of(path):
        yield Finding("error", f"The catalog cannot be trusted ({faults[0]}).", f"Set it aside with --fix, then: {again}", True)
    else:
        with closing(Catalog(path, read_only=True)) as catalog:
            if damaged := damaged_articles(catalog):
                named = f"{len(damaged)} articles of the catalog are not as they were read ({', '.join(damaged[:3])})."
                yield Finding("error", named, f"{again} It reads them anew.")
            if wrong := catalog.damaged_vectors():
                cure = f"Forget them with --fix, then: {again}"
                yield Finding("error", f"{wrong} vectors of the catalog are not as they were made.", cure, True)
            elif not catalog.encoders() and catalog.counts()[1]:
                yield Finding("warning", "The catalog has passages without a vector: a build was stopped.", again)


def of_current(index_dir: Path, encoder: str) -> Iterator[Finding]:
    """What is wrong with the current generation."""
    cure = "Run `citewire doctor --fix`: it is written again from the catalog, without embedding."
    if not (index_dir / "catalog.sqlite").is_file():
        cure = "Run `citewire doctor --fix` to go back to a good generation, or `citewire build PATH` with all your sources."
    name = current_name(index_dir)
    if name is None:
        yield Finding("error", f"{index_dir} has no current generation.", cure, True)
        return
    folder = folder_of(index_dir, name)
    if not folder.is_dir():
        yield Finding("error", f"CURRENT names generation {name}, which is not there.", cure, True)
        return
    try:
        manifest = read_manifest(folder)
    except CitewireIndexError as error:
        yield Finding("error", str(error), cure, True)
        return
    broken = damage(folder, manifest)
    # what is damaged is not opened: its rows would each be another finding, of one cause
    try:
        found = broken or [*row_faults(folder), *problems(folder, EVERY_VECTOR), *vector_faults(index_dir, folder, manifest)]
    except UpstreamFailed as error:
        yield Finding(
            "error",
            f"The vectors of generation {name} could not be checked: {error}",
            "Until they answer, words alone are searched.",
        )
        found = []
    except IndexMismatch as error:
        found = [str(error).removesuffix(".")]
    for fault in found:
        yield Finding("error", f"Generation {name}: {fault}.", cure, True)
    yield from _against_the_present(index_dir, manifest, encoder)


def _against_the_present(index_dir: Path, manifest: Manifest, encoder: str) -> Iterator[Finding]:
    if encoder and manifest.encoder != encoder:
        yield Finding(
            "error",
            f"The index was built with {manifest.encoder}, questions are embedded with {encoder}.",
            "Run `citewire build PATH` to embed it with this model.",
        )
    path = index_dir / "catalog.sqlite"
    if path.is_file() and not faults_of(path) and not is_building(index_dir):
        with closing(Catalog(path, read_only=True)) as catalog:
            if state_of(catalog) != manifest.state:
                yield Finding(
                    "warning",
                    "The catalog is ahead of what is published: a build was stopped, or the index was rolled back.",
                    "Run `citewire build PATH` to publish what the sources hold.",
                )


def _of_others(index_dir: Path) -> Iterator[Finding]:
    """What is wrong with the generations that are kept to go back to."""
    for info in generations(index_dir) if names(index_dir) else ():
        if info.fault and not info.current:
            yield Finding(
                "warning",
                f"Generation {info.name}, which is not the current one: {info.fault.removesuffix('.')}.",
                "Nothing is answered from it and no rollback takes it. Remove it with --fix, unless a reader still has it open.",
                True,
            )


def _leftovers(index_dir: Path) -> Iterator[Finding]:
    left = sorted(path.name for path in (index_dir / "generations").glob("*.tmp"))
    if left and not is_building(index_dir):
        yield Finding("warning", f"Killed builds left {', '.join(left)}.", "Any build removes them, and so does --fix.", True)
