"""What `citewire doctor --fix` does: it cures what the doctor found, and leaves everything else as it is."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from index.catalog import Catalog
from index.configured import configured_upstream
from index.contents import damaged_articles, faults_of
from index.doctor import is_index, of_current
from index.errors import CitewireIndexError, IndexCorrupt, IndexMissing
from index.generations import current_name, folder_of, names, point_to, read_manifest, remove_leftovers, remove_unheld
from index.history import generations, last_good
from index.missing import no_index
from index.publication import MadeWith, publish_catalog
from index.upstream import Upstream, leased
from index.writer import writer

_SOURCES = "Run `citewire build PATH` with all your sources"


def fix(index_dir: Path) -> list[str]:
    """Remove what killed builds left; where the current generation is broken, write it again from the catalog.

    :return: what was done, one sentence each.
    :raises IndexMissing: if the folder holds no index; nothing is then written into it.
    :raises IndexCorrupt: if a generation must be written and the catalog does not hold what it takes.
    :raises IndexBusy: while another process builds.
    """
    if not is_index(index_dir):
        raise no_index(index_dir)
    upstream = configured_upstream()
    with writer(index_dir), leased(upstream):
        left = remove_leftovers(index_dir)
        done = [f"Removed what killed builds left: {', '.join(left)}."] if left else []
        path = index_dir / "catalog.sqlite"
        if path.is_file() and faults_of(path):
            for file in index_dir.glob("catalog.sqlite*"):
                os.replace(file, file.with_name(file.name.replace("catalog", "catalog-broken", 1)))
            done.append("Set the broken catalog aside as catalog-broken.sqlite. The next build reads and embeds everything.")
        if not path.is_file():
            return done + _fix_pointer(index_dir) + _without_damaged(index_dir)
        with closing(Catalog(path)) as catalog:
            return done + _from_catalog(index_dir, catalog, upstream) + _without_damaged(index_dir)


def _from_catalog(index_dir: Path, catalog: Catalog, upstream: Upstream | None) -> list[str]:
    done = []
    if forgotten := catalog.drop_damaged_vectors():
        done.append(f"Forgot {forgotten} damaged vectors of the catalog; the next build embeds their passages anew.")
        catalog.commit()
    if not _is_broken(index_dir):
        return done
    if damaged := damaged_articles(catalog):
        raise IndexCorrupt(f"{len(damaged)} articles of the catalog in {index_dir} are damaged. {_SOURCES}: they are read anew.")
    made_with = _made_with(index_dir, catalog)
    if made_with is None:
        raise IndexCorrupt(f"The catalog in {index_dir} lacks articles or vectors. {_SOURCES}.")
    publish_catalog(index_dir, catalog, made_with, anew=True, upstream=upstream)
    return [*done, f"Wrote generation {current_name(index_dir)} from the catalog, without embedding."]


def _without_damaged(index_dir: Path) -> list[str]:
    """Remove the generations that no rollback would take, if the current one is good."""
    if not names(index_dir) or _is_broken(index_dir):
        return []
    damaged = [info.name for info in generations(index_dir) if info.fault and not info.current]
    return [f"Removed generation {name}, which could not be used." for name in damaged if remove_unheld(index_dir, name)]


def _fix_pointer(index_dir: Path) -> list[str]:
    """Without a catalog there may still be a good generation to point to."""
    if not _is_broken(index_dir):
        return []
    try:
        name = last_good(index_dir)
    except IndexMissing:
        return [f"There is no catalog, and no good generation to go back to. {_SOURCES}."]
    point_to(index_dir, name)
    return [f"Made generation {name} current."]


def _is_broken(index_dir: Path) -> bool:
    """Whether the current generation has a fault that writing it again would cure."""
    return any(finding.severity == "error" and finding.fixable for finding in of_current(index_dir, ""))


def _made_with(index_dir: Path, catalog: Catalog) -> MadeWith | None:
    """What the catalog's vectors were made with: the current generation's model if they cover it, else the last used."""
    covering = dict(catalog.encoders())
    if not catalog.counts()[0] or not covering:
        return None
    try:
        before = read_manifest(folder_of(index_dir, current_name(index_dir) or "")).encoder
    except CitewireIndexError:
        before = ""
    encoder = before if before in covering else next(iter(covering))
    return MadeWith(encoder, covering[encoder], catalog.recipes()[0])
