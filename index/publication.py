"""The catalog's state made the current generation: only if it differs from what is published, or that is damaged."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index.catalog import Catalog
from index.copies import VERSION
from index.errors import IndexCorrupt
from index.generations import FORMAT, Manifest, current_name, folder_of, next_name, prune, publish, remove_unheld, vectors_of
from index.integrity import current_manifest, damage
from index.upstream import Upstream, numbers_of
from index.verify import problems
from index.verifying import Verifier
from index.write import describe, write_generation


@dataclass(frozen=True, slots=True)
class MadeWith:
    """What the vectors and passages of a generation were made with."""

    encoder: str  #: fingerprint
    dimensions: int
    recipe: str


def publish_catalog(
    index_dir: Path,
    catalog: Catalog,
    made_with: MadeWith,
    on_passages: Callable[[int, int], None] = lambda done, total: None,
    *,
    anew: bool = False,
    upstream: Upstream | None = None,
) -> bool:
    """Write, verify and publish a generation from the catalog, which must have every vector. Call with the writer's lock.

    :param on_passages: called with (passages written, all).
    :param anew: also if nothing changed, and taking over nothing from the generation before.
    :param upstream: where it is published as well, first; call inside `upstream.leased`.
    :return: True if there is a new generation.
    :raises IndexCorrupt: if what was written does not verify. The published generation then stays.
    :raises UpstreamFailed: if it could not be published there. The old one then stays here, too.
    """
    prune(index_dir)
    current = current_manifest(index_dir)
    folder = folder_of(index_dir, current_name(index_dir) or "")
    whole = current is not None and not damage(folder, current)
    state = state_of(catalog)
    is_same = whole and current is not None and current.state == state and current.encoder == made_with.encoder
    if current and is_same and not anew and _is_where_it_belongs(folder, current, upstream):
        return False
    describe(catalog)
    manifest = _manifest(next_name(index_dir, numbers_of(upstream)), state, catalog, made_with)
    previous = (folder, current) if current and whole and not anew else None
    _write_and_publish(index_dir, catalog, manifest, previous, lambda done: on_passages(done, manifest.passages), upstream)
    if current and not whole:
        remove_unheld(index_dir, folder.name)  # no rollback takes what is damaged
    prune(index_dir)
    if upstream:
        upstream.prune()
    return True


def _is_where_it_belongs(folder: Path, manifest: Manifest, upstream: Upstream | None) -> bool:
    """Whether it is what replicas fetch, and its vectors are where they are now to be."""
    if upstream is None:
        return not vectors_of(folder)
    current = upstream.pointer().current
    return current is not None and current.is_that(manifest) and bool(vectors_of(folder)) == bool(upstream.server)


def _write_and_publish(
    index_dir: Path,
    catalog: Catalog,
    manifest: Manifest,
    previous: tuple[Path, Manifest] | None,
    on_passages: Callable[[int], None],
    upstream: Upstream | None,
) -> None:
    written = fresh_folder(index_dir, manifest.generation)
    place = upstream.new_place(manifest.generation) if upstream else ""
    put_vectors = _to_server(catalog, manifest, upstream, place, on_passages) if upstream and upstream.server else None
    try:
        with Verifier() as verify:
            for taken_over in (previous, None) if previous else (None,):
                if taken_over is not previous:
                    shutil.rmtree(written, ignore_errors=True)
                    written = fresh_folder(index_dir, manifest.generation)
                write_generation(written, catalog, manifest, taken_over, on_passages, put_vectors)
                try:
                    require_whole(written, verify)
                    break
                except IndexCorrupt:
                    if taken_over is None:
                        raise  # else what was taken over was worse than it looked: write all of it
        if upstream:
            upstream.publish(written, place)
        publish(index_dir, written, manifest.generation)
    except BaseException:
        if upstream:
            upstream.discard(place)
        raise
    finally:
        shutil.rmtree(written, ignore_errors=True)  # nothing is left of what failed: the disk may be full


def fresh_folder(index_dir: Path, generation: str) -> Path:
    """Where to write a generation: a name that none had before.

    The verification of a builder that was killed may still have its folder open, and Chroma, once it could not open a folder,
    never again opens one of that name in the same process.
    """
    return folder_of(index_dir, f"{generation}-{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")


def require_whole(folder: Path, verify: Callable[[Path], None]) -> None:
    """:raises IndexCorrupt: if a written generation is not whole.

    Where a server holds its vectors, this process may look itself: what it would answer from a cache is not here.
    """
    if not vectors_of(folder):
        verify(folder)
    elif faults := problems(folder):
        raise IndexCorrupt(f"The new index did not verify ({'; '.join(faults)}). The old one still serves; build again.")


def _to_server(
    catalog: Catalog, manifest: Manifest, upstream: Upstream, place: str, on_passages: Callable[[int], None]
) -> Callable[[Path], None]:
    from index.served import write_served

    server = upstream.server
    assert server is not None

    def known(passages: Sequence[tuple[str, str]]) -> np.ndarray:
        return catalog.vectors(manifest.encoder, [key for _, key in passages])

    def put(folder: Path) -> None:
        collection = server.collection_at(place)
        server.delete(collection)
        write_served(server, collection, folder, manifest, known, on_passages)

    return put


def state_of(catalog: Catalog) -> str:
    """A digest of everything a generation is written from: equal states give equal generations."""
    return hashlib.sha256(f"{catalog.state()} format:{FORMAT} copies:{VERSION}".encode()).hexdigest()


def _manifest(name: str, state: str, catalog: Catalog, made_with: MadeWith) -> Manifest:
    articles, passages = catalog.counts()
    oldest, newest = catalog.dates()
    return Manifest(
        generation=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        state=state,
        encoder=made_with.encoder,
        dimensions=made_with.dimensions,
        recipe=made_with.recipe,
        articles=articles,
        passages=passages,
        oldest=oldest,
        newest=newest,
    )
