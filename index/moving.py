"""An index moved between its folder and its upstream: what is here is published there, or what is there becomes an index here."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.catalog import Catalog
from index.configured import configured_upstream
from index.errors import IndexCorrupt, IndexMissing, UpstreamFailed
from index.generations import (
    Held,
    Manifest,
    current_name,
    names,
    next_name,
    prune,
    publish,
    read_manifest,
    vectors_of,
    write_manifest,
)
from index.integrity import damage, file_hashes
from index.missing import no_index
from index.publication import fresh_folder, require_whole
from index.restoring import articles_in, restore
from index.served import VectorStore, open_vectors, write_served
from index.types import Progress
from index.upstream import Upstream
from index.verifying import Verifier
from index.write import copy_vectors, describe, write_generation
from index.writer import storage_errors, writer

_BATCH = 300
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """What `push` or `pull` did."""

    generation: str
    address: str  #: of the upstream
    articles: int
    passages: int
    moved: bool  #: False where it was there already


def push(index_dir: Path, on_progress: OnProgress = lambda progress: None) -> Moved:
    """Publish the current generation upstream, as it is here; nothing is embedded. With a Chroma server its vectors go there.

    :raises UpstreamFailed: if the environment names no upstream, or it cannot be reached. The pointer then stays.
    :raises IndexCorrupt: if what is here is damaged. :raises IndexBusy: if somebody builds, here or there.
    """
    upstream = _required()
    if current_name(index_dir) is None:
        raise no_index(index_dir)
    with storage_errors(index_dir), writer(index_dir), upstream.leased():
        held = Held(index_dir)
        try:
            manifest = read_manifest(held.folder)
            current = upstream.pointer().current
            if current and current.is_that(manifest) and bool(current.vectors) == bool(upstream.server):
                return Moved(manifest.generation, upstream.address, manifest.articles, manifest.passages, False)
            if faults := damage(held.folder, manifest):
                raise IndexCorrupt(f"Generation {held.name} is damaged ({faults[0]}). Run `citewire doctor --fix` first.")
            taken = upstream.numbers()
            name = held.name if int(held.name) > max(taken, default=0) else next_name(index_dir, taken)
            _push(index_dir, held.folder, replace(manifest, generation=name), upstream, on_progress)
        finally:
            held.release()
        prune(index_dir)
        upstream.prune()
    return Moved(name, upstream.address, manifest.articles, manifest.passages, True)


def pull(index_dir: Path, on_progress: OnProgress = lambda progress: None) -> Moved:
    """Make an index of one's own from what is current upstream: its vectors here, and a catalog, so that the next build embeds
    only what is new. What the folder's catalog held before is replaced, once all is here and verified; else nothing changes.

    :raises UpstreamFailed: if the environment names no upstream, or it cannot be reached. :raises IndexMissing: if it is empty.
    """
    upstream = _required()
    one = upstream.pointer().current
    if one is None:
        raise IndexMissing(
            f"Nothing is published at {upstream.address} yet. Run `citewire build` or `citewire index push` first."
        )
    with storage_errors(index_dir), writer(index_dir):
        fetched = fresh_folder(index_dir, one.name)
        filled = index_dir / f"catalog.sqlite.{os.getpid()}.tmp"
        _remove_temporary(index_dir)
        try:
            upstream.fetch(one, fetched, lambda done, total: on_progress(Progress("fetching", done, total)))
            manifest = read_manifest(fetched)
            with closing(Catalog(filled)) as catalog, closing(open_vectors(fetched)) as vectors:
                _fill(catalog, fetched, manifest, vectors, on_progress)
                name = _pulled(index_dir, catalog, fetched, manifest, on_progress)
            _replace_catalog(filled, index_dir / "catalog.sqlite")
        finally:
            shutil.rmtree(fetched, ignore_errors=True)
            _remove_temporary(index_dir)
        prune(index_dir)
    return Moved(name, upstream.address, manifest.articles, manifest.passages, True)


def _push(index_dir: Path, folder: Path, manifest: Manifest, upstream: Upstream, on_progress: OnProgress) -> None:
    """Make the generation as it is to travel, verify it, upload it. Under another name it is made current here, too."""
    place, written = upstream.new_place(manifest.generation), fresh_folder(index_dir, manifest.generation)
    try:
        shutil.copytree(folder, written, ignore=shutil.ignore_patterns("chroma", "vectors.json", "manifest.json"))
        with closing(open_vectors(folder)) as vectors:
            _put_vectors(folder, written, manifest, vectors, upstream, place, on_progress)
        write_manifest(written, replace(manifest, files=file_hashes(written)))
        require_whole(written, Verifier())
        upstream.publish(written, place, lambda done, total: on_progress(Progress("uploading", done, total)))
        if manifest.generation not in names(index_dir):
            publish(index_dir, written, manifest.generation)
    except BaseException:
        upstream.discard(place)
        raise
    finally:
        shutil.rmtree(written, ignore_errors=True)


def _put_vectors(
    folder: Path, written: Path, manifest: Manifest, vectors: VectorStore, upstream: Upstream, place: str, on_progress: OnProgress
) -> None:
    def known(passages: Sequence[tuple[str, str]]) -> np.ndarray:
        found = vectors.vectors([passage_id for passage_id, _ in passages])
        if lost := [passage_id for passage_id, _ in passages if passage_id not in found]:
            raise IndexCorrupt(f"{len(lost)} vectors of {folder.name} are missing. Run `citewire doctor --fix` first.")
        return np.stack([found[passage_id] for passage_id, _ in passages])

    def on_done(done: int) -> None:
        on_progress(Progress("publishing", done, manifest.passages))

    if upstream.server:
        write_served(upstream.server, upstream.server.collection_at(place), written, manifest, known, on_done)
    elif vectors_of(folder):
        raise UpstreamFailed(
            f"The vectors of {folder} are on a Chroma server, and {upstream.address} is to hold them itself. Run `citewire index "
            "pull` first, which brings them here."
        )
    else:
        copy_vectors(folder / "chroma", written / "chroma")


def _fill(catalog: Catalog, folder: Path, manifest: Manifest, vectors: VectorStore, on_progress: OnProgress) -> None:
    restore(catalog, articles_in(folder), manifest.recipe)
    keys = {f"{article.id}#{start}-{end}": key for article, spans in articles_in(folder) for start, end, key in spans}
    ids = list(keys)
    for i in range(0, len(ids), _BATCH):
        found = vectors.vectors(ids[i : i + _BATCH])
        if found:
            catalog.put_vectors(manifest.encoder, [keys[passage_id] for passage_id in found], np.stack(list(found.values())))
        on_progress(Progress("fetching", min(i + _BATCH, len(ids)), len(ids)))
    catalog.commit()
    if missing := catalog.missing_vectors(manifest.encoder):
        raise IndexCorrupt(f"{len(missing)} vectors of generation {manifest.generation} are missing. Publish it again.")


def _replace_catalog(filled: Path, path: Path) -> None:
    """Put a closed catalog in the place of another one. SQLite must not find the log of the old one beside the new one."""
    if path.is_file():
        with suppress(sqlite3.Error), closing(Catalog(path)):  # opened and closed, its log is in the file
            pass
    for log in (f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(log).unlink(missing_ok=True)
    os.replace(filled, path)


def _remove_temporary(index_dir: Path) -> None:
    """Take away the catalog of a pull that failed, also of one that was killed."""
    for left in index_dir.glob("catalog.sqlite.*.tmp*"):
        left.unlink(missing_ok=True)


def _pulled(index_dir: Path, catalog: Catalog, fetched: Path, manifest: Manifest, on_progress: OnProgress) -> str:
    """Make it current here with its vectors in the folder, under its own name where that comes after all that are here."""
    describe(catalog)
    name = max(manifest.generation, next_name(index_dir), key=int)  # what has a higher number than the current one is pruned
    written = fresh_folder(index_dir, name)
    try:
        if vectors_of(fetched) or name != manifest.generation:
            manifest = replace(manifest, generation=name, files={}, churn=0)
            write_generation(
                written,
                catalog,
                manifest,
                on_passages=lambda done: on_progress(Progress("publishing", done, manifest.passages)),
            )
        else:
            os.rename(fetched, written)
        require_whole(written, Verifier())
        publish(index_dir, written, name)
    finally:
        shutil.rmtree(written, ignore_errors=True)
    return name


def _required() -> Upstream:
    upstream = configured_upstream()
    if upstream is None:
        raise UpstreamFailed("Nothing says where to: set CITEWIRE_PUBLISH_URL or CITEWIRE_CHROMA_URL.")
    return upstream
