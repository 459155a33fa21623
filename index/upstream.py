"""Upstream: where one builder publishes generations, and from where replicas fetch them.

    current.json       the pointer: which generation is current, and which were before, until when
    lease-000007.json  who builds now (see `index.lease`)
    <place>            one for each generation, e.g. a folder of files, written before the pointer names it

The pointer is one small record and moves last: a replica finds the old generation or the new one, whole. One that is no longer
current stays for a while, since replicas still answer from it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.errors import CitewireIndexError, IndexBusy, IndexCorrupt, IndexMissing, UpstreamFailed
from index.generations import KEEP, Manifest, read_manifest, vectors_of
from index.lease import Lease
from index.pointer import Pointer, Published, Records, read_pointer, write_pointer

if TYPE_CHECKING:
    from index.chroma_server import ChromaServer

__all__ = ["OnDone", "Pointer", "Published", "Records", "Store", "Upstream", "leased", "numbers_of"]

log = logging.getLogger(__name__)
OnDone = Callable[[int, int], None]  #: (done, all)


class Store(Protocol):
    """What holds the content of generations. Every failure is an `UpstreamFailed` with its cause."""

    address: str  #: for messages
    records: Records

    def upload(self, folder: Path, manifest: Manifest, place: str, on_done: OnDone) -> None:
        """Put a generation there, all of it, and check that it arrived."""
        ...

    def download(self, one: Published, into: Path, on_done: OnDone) -> None:
        """Write a generation into a folder that does not exist yet. :raises IndexCorrupt: if it is not what was published."""
        ...

    def places(self) -> list[str]:
        """Every place that is there, also of an upload that was killed."""
        ...

    def delete(self, place: str) -> None:
        """Take it away. One that is not there is no error."""
        ...


class Upstream:
    """A store and its pointer. Safe to use from threads."""

    def __init__(self, store: Store, grace_s: float, server: ChromaServer | None = None) -> None:
        """:param grace_s: how long a generation stays after it stopped being current.
        :param server: where vectors lie, if not with the rest."""
        self._store, self._grace_s, self.server = store, grace_s, server
        self._lease: Lease | None = None

    @property
    def address(self) -> str:
        """For messages."""
        return self._store.address

    def current(self) -> str | None:
        """The name of the current generation; None where nothing was published yet."""
        current = self.pointer().current
        return current.name if current else None

    def pointer(self) -> Pointer:
        """:raises UpstreamFailed: if it cannot be read."""
        return read_pointer(self._store.records, self.address)

    def numbers(self) -> list[int]:
        """The numbers of all generations that are there or are known."""
        pointer = self.pointer()
        known = [one.name for one in (*pointer.earlier, pointer.current) if one]
        return [int(number) for text in [*known, *self._store.places()] if (number := text.partition("-")[0]).isdigit()]

    @contextmanager
    def leased(self) -> Iterator[None]:
        """Be the only builder. :raises IndexBusy: if another one is."""
        try:
            with Lease(self._store.records, self.address) as self._lease:
                try:
                    yield
                finally:
                    self._lease = None
        finally:
            if self.server:  # one that builds again and again has another upstream each time
                self.server.close()

    def new_place(self, name: str) -> str:
        """A place for a generation of this name that nothing else will ever have. Call inside `leased`."""
        return f"{name}-{self._require_lease().token[:8]}-{uuid.uuid4().hex[:6]}"

    def publish(self, folder: Path, place: str, on_done: OnDone = lambda done, total: None) -> None:
        """Upload a verified generation, check it, then move the pointer to it. Call inside `leased`.

        :raises UpstreamFailed: if that is not possible; :raises IndexBusy: if another builder took over. The old one then stays,
        and what was uploaded is to be discarded.
        """
        manifest = read_manifest(folder)
        self._store.upload(folder, manifest, place, on_done)
        self._move(Published(manifest.generation, manifest.state, manifest.created, place, vectors_of(folder)))

    def discard(self, place: str) -> None:
        """Take away what came to be at a place in vain. What cannot be taken away now is, by a later `prune`."""
        try:
            current = self.pointer().current
            if current and current.place == place:  # the answer was lost, after the pointer had moved
                return
            self._store.delete(place)
            if self.server:
                self.server.delete(self.server.collection_at(place))
        except CitewireIndexError as error:
            log.warning("What was uploaded in vain to %s stays until the next build: %s", place, error)

    def point_to(self, manifest: Manifest) -> None:
        """Make an earlier generation current again. Call inside `leased`. :raises IndexMissing: if it is not there."""
        name = manifest.generation
        one = self.pointer().named(name)
        if one is None or not one.is_that(manifest) or one.place not in self._store.places():
            raise IndexMissing(f"{self.address} holds no such generation {name} any more, so its replicas cannot go back to it.")
        self._move(replace(one, until=""))

    def fetch(self, one: Published, folder: Path, on_done: OnDone = lambda done, total: None) -> None:
        """Write a published generation into a folder, checked. :raises IndexCorrupt: if it is not what was published."""
        self._store.download(one, folder, on_done)
        if not one.is_that(read_manifest(folder)):
            raise IndexCorrupt(
                f"{one.place} at {self.address} is not generation {one.name}. Publish again with `citewire build`."
            )

    def prune(self, keep: int = KEEP) -> None:
        """Delete what nobody can be in any more: beyond the last `keep`, and not current for longer than the grace time.

        And what killed uploads left. Call inside `leased`. What cannot be deleted now is left to the next build.
        """
        try:
            self._prune(keep)
        except IndexBusy:  # what this one published is published; what is old is now the other's to judge
            log.warning("Another builder took over %s, and deletes old generations itself.", self.address)
        except UpstreamFailed as error:
            log.warning("Old generations stay where they are published, until the next build: %s", error)

    def _prune(self, keep: int) -> None:
        pointer, now, lease = self.pointer(), datetime.now(UTC), self._require_lease()
        old = pointer.earlier[: max(0, len(pointer.earlier) - (keep - 1))]
        gone = {one.place for one in old if (now - datetime.fromisoformat(one.until)).total_seconds() > self._grace_s}
        known = {one.place for one in (*pointer.earlier, pointer.current) if one}
        for place in self._store.places():
            if place in gone or place not in known:
                lease.require()  # after the listing: what another builder has published since is not in it
                self._store.delete(place)
        if self.server:
            kept = (one for one in (*pointer.earlier, pointer.current) if one and one.place not in gone)
            self.server.prune({one.vectors for one in kept}, lease.require)
        self._change(lambda now: replace(now, earlier=tuple(one for one in now.earlier if one.place not in gone)))

    def _move(self, new: Published) -> None:
        self._require_lease().require()
        until = datetime.now(UTC).isoformat(timespec="seconds")

        def moved(pointer: Pointer) -> Pointer:
            before = [replace(pointer.current, until=until)] if pointer.current else []
            return Pointer(new, tuple(one for one in (*pointer.earlier, *before) if one.name != new.name))

        self._change(moved)

    def _change(self, to: Callable[[Pointer], Pointer]) -> None:
        """Write the pointer that `to` makes of the one that is there, if it differs. :raises IndexBusy: if it may not."""
        pointer = self.pointer()
        changed = to(pointer)
        if changed != pointer:
            self._require_lease().require()  # after the reading: whoever was suspended since then is told here
            write_pointer(self._store.records, changed)

    def _require_lease(self) -> Lease:
        assert self._lease is not None, "only the one builder publishes"
        return self._lease


@contextmanager
def leased(upstream: Upstream | None) -> Iterator[None]:
    """`Upstream.leased`, where there is one."""
    if upstream is None:
        yield
        return
    with upstream.leased():
        yield


def numbers_of(upstream: Upstream | None) -> Sequence[int]:
    """`Upstream.numbers`, where there is one."""
    return upstream.numbers() if upstream else ()
