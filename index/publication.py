"""The catalog's state made the current generation: only if it differs from what is published, or that is damaged."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index.catalog import Catalog
from index.copies import VERSION
from index.errors import IndexCorrupt
from index.generations import FORMAT, Manifest, current_name, folder_of, next_name, prune, publish
from index.integrity import current_manifest, damage
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
) -> bool:
    """Write, verify and publish a generation from the catalog, which must have every vector. Call with the writer's lock.

    :param on_passages: called with (passages written, all).
    :param anew: also if nothing changed, and taking over nothing from the generation before.
    :return: True if there is a new generation.
    :raises IndexCorrupt: if what was written does not verify. The published generation then stays.
    """
    prune(index_dir)
    current = current_manifest(index_dir)
    folder = folder_of(index_dir, current_name(index_dir) or "")
    whole = current is not None and not damage(folder, current)
    state = state_of(catalog)
    if current and whole and current.state == state and current.encoder == made_with.encoder and not anew:
        return False
    describe(catalog)
    manifest = _manifest(next_name(index_dir), state, catalog, made_with)
    previous = (folder, current) if current and whole and not anew else None
    _write_and_publish(index_dir, catalog, manifest, previous, lambda done: on_passages(done, manifest.passages))
    prune(index_dir)
    return True


def _write_and_publish(
    index_dir: Path,
    catalog: Catalog,
    manifest: Manifest,
    previous: tuple[Path, Manifest] | None,
    on_passages: Callable[[int], None],
) -> None:
    # a name of this process: the verification of a builder that was killed may still have its folder open
    written = folder_of(index_dir, f"{manifest.generation}-{os.getpid()}.tmp")
    try:
        with Verifier() as verify:
            write_generation(written, catalog, manifest, previous, on_passages)
            try:
                verify(written)
            except IndexCorrupt:
                if previous is None:
                    raise
                shutil.rmtree(written)  # what was taken over was worse than it looked: write all of it
                write_generation(written, catalog, manifest, None, on_passages)
                verify(written)
        publish(index_dir, written, manifest.generation)
    finally:
        shutil.rmtree(written, ignore_errors=True)  # nothing is left of what failed: the disk may be full


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
