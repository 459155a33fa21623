"""A replica: an index folder that is only a cache of what is published upstream, brought up to date in the background.

Questions never wait for the network. While the upstream cannot be reached, the generation that is here goes on answering.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from index.catalog import Catalog
from index.errors import CitewireIndexError, IndexBusy, IndexMismatch, IndexMissing
from index.generations import Manifest, current_name, folder_of, names, point_to, prune, publish, read_manifest
from index.integrity import current_manifest, damage
from index.pointer import Pointer, Published
from index.upstream import Upstream
from index.writer import storage_errors, writer

log = logging.getLogger(__name__)
#: the longest pause after failures; each doubles the one before
_LONGEST_PAUSE_S = 60.0
#: a first start waits so long for another process that is fetching into the same folder
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """How it stands between a replica and its upstream."""

    address: str
    contact: str = ""  #: UTC, ISO 8601: when it last was up to date; empty if never since the start
    problem: str = ""  #: what is wrong, and what to do; empty while all is well

    @property
    def behind_s(self) -> float:
        """Seconds since the last contact; 0 if there was none yet."""
        return (datetime.now(UTC) - datetime.fromisoformat(self.contact)).total_seconds() if self.contact else 0.0


class Replica:
    """Keeps the folder of an open index at what is current upstream."""

    def __init__(self, index_dir: Path, upstream: Upstream, every_s: float) -> None:
        self._dir, self._upstream, self._every_s = index_dir, upstream, every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replica", daemon=True)
        self.state = UpstreamState(upstream.address)

    def start(self) -> None:
        """Bring the folder up to date, then go on doing so in the background.

        :raises CitewireIndexError: if that fails and there is nothing here that could answer instead.
        """
        deadline = time.monotonic() + _PATIENCE_S
        failed = self._look(thorough=True)
        while failed and current_name(self._dir) is None:
            if not isinstance(failed, IndexBusy) or time.monotonic() > deadline:
                raise failed
            time.sleep(0.2)  # another process fetches it into this folder
            failed = self._look()
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        pause = self._every_s
        while not self._ended.wait(pause):
            failed = self._look()
            fine = failed is None or isinstance(failed, IndexBusy)
            pause = self._every_s if fine else max(self._every_s, min(2 * pause, _LONGEST_PAUSE_S))

    def _look(self, thorough: bool = False) -> Exception | None:
        """:return: what went wrong; it is then in the state, and said once in the log."""
        try:
            bring(self._dir, self._upstream, thorough=thorough)
        except IndexBusy as error:  # somebody else is writing here: the next look will see what
            return error
        except Exception as error:  # whatever it is: a replica that no longer looks would stay behind for good
            if not self.state.problem:
                log.warning("The index cannot be brought up to date, and answers as it is: %s", error)
            self.state = replace(self.state, problem=str(error))
            return error
        if self.state.problem:
            log.warning("The index is up to date with %s again.", self._upstream.address)
        self.state = UpstreamState(self._upstream.address, datetime.now(UTC).isoformat(timespec="seconds"))
        return None


def bring(index_dir: Path, upstream: Upstream, *, thorough: bool = False) -> bool:
    """Make what is current upstream current here, fetching it if need be.

    :param thorough: also fetch again what is here and damaged.
    :return: whether that changed anything.
    :raises IndexMissing: if nothing is published. :raises IndexBusy: if another process writes here.
    :raises IndexMismatch: if the folder holds an index of its own that is not published there.
    """
    one = _current(upstream, upstream.pointer())
    here = current_manifest(index_dir)
    if here and _is_current(index_dir, one, here) and not (thorough and damage(folder_of(index_dir, here.generation), here)):
        return False
    with storage_errors(index_dir), writer(index_dir):
        pointer = upstream.pointer()  # again: a builder may have published from this folder before the lock was free
        one = _current(upstream, pointer)
        _require_copy(index_dir, upstream, pointer)
        if _is_whole(index_dir, one):
            point_to(index_dir, one.name)
        else:
            fetch_into(index_dir, upstream, one)
        prune(index_dir)
    return True


def fetch_into(index_dir: Path, upstream: Upstream, one: Published) -> None:
    """Fetch a generation and make it current, in place of a damaged one. Call with the writer's lock."""
    written = folder_of(index_dir, f"{one.name}-{os.getpid()}.tmp")
    shutil.rmtree(written, ignore_errors=True)
    try:
        upstream.fetch(one, written)
        if one.name in names(index_dir):
            os.rename(folder_of(index_dir, one.name), folder_of(index_dir, f"{one.name}-damaged.tmp"))
        publish(index_dir, written, one.name)
    finally:
        shutil.rmtree(written, ignore_errors=True)


def _current(upstream: Upstream, pointer: Pointer) -> Published:
    if pointer.current is None:
        raise IndexMissing(
            f"Nothing is published at {upstream.address} yet. Run `citewire build PATH` or `citewire index push` where the "
            "articles are, with the same settings."
        )
    return pointer.current


def _is_current(index_dir: Path, one: Published, here: Manifest) -> bool:
    """Whether it is the same generation, also if it was pulled into a folder where it had to take another number.

    Only a folder that was pulled into has a catalog. Elsewhere a name is not to be overlooked: two generations of one second and
    one state may have their vectors in two places.
    """
    was_pulled = (index_dir / "catalog.sqlite").is_file()
    return one.is_that(replace(here, generation=one.name) if was_pulled else here)


def _is_known(pointer: Pointer, here: Manifest) -> bool:
    return any(one.is_that(here) for one in (*pointer.earlier, pointer.current) if one)


def _require_copy(index_dir: Path, upstream: Upstream, pointer: Pointer) -> None:
    """:raises IndexMismatch: if what is here was built here and is not published, so that following would lose it."""
    path, there, here = index_dir / "catalog.sqlite", names(index_dir), current_manifest(index_dir)
    if not there or not path.is_file() or (here and _is_known(pointer, here)):
        return
    with closing(Catalog(path, read_only=True)) as catalog:
        if not catalog.counts()[0]:
            return
    raise IndexMismatch(
        f"{index_dir} holds another generation {current_name(index_dir) or there[-1]} than {upstream.address}: an index of its "
        "own, which is not overwritten. Run `citewire index push` to publish it, `citewire index pull` to put what is published "
        "in its place, or name another folder with --index."
    )


def _is_whole(index_dir: Path, one: Published) -> bool:
    """Whether it lies here undamaged. :raises IndexMismatch: if another generation has its name."""
    if one.name not in names(index_dir):
        return False
    folder = folder_of(index_dir, one.name)
    try:
        manifest = read_manifest(folder)
    except CitewireIndexError:
        return False
    if not one.is_that(manifest):
        raise IndexMismatch(
            f"{index_dir} holds another generation {one.name} than {one.place}, so it is no copy of what is published. Name "
            "an empty folder with --index."
        )
    return not damage(folder, manifest)
