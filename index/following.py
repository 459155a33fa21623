"""`Index`: follows the current generation without a restart, and lets nobody see half of one and half of another."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from os import PathLike
from pathlib import Path

from index.encoder import Encoder, default_encoder
from index.errors import CitewireIndexError
from index.generations import current_name
from index.replica import Replica, UpstreamState
from index.search import Generation
from index.types import Article, Hit

log = logging.getLogger(__name__)
#: a generation that could not be opened is tried again after so long: what failed may pass (no file handle was left)
RETRY_S = 10.0


class Index:
    """An index that follows its current generation. Safe to use from threads.

    Ask it through `pinned()` where several questions must see one state; each other call sees the newest.
    """

    def __init__(self, index_dir: Path, encoder: Encoder) -> None:
        """Open it. Where the environment names an upstream, the folder follows what is published there.

        :raises UpstreamFailed: if that cannot be reached, and the folder is empty.
        """
        self._dir, self._encoder = index_dir, encoder
        self._replica = _replica(index_dir)
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._unreadable, self._try_again = "", 0.0
        self._users: dict[Generation, int] = {}
        try:
            self._current = Generation(index_dir, encoder)
        except BaseException:
            if self._replica:
                self._replica.close()
            raise
        self._users[self._current] = 0

    @contextmanager
    def pinned(self) -> Iterator[Generation]:
        """The generation that is current now, for as long as the block lasts, whatever is published meanwhile."""
        generation = self._enter()
        try:
            yield generation
        finally:
            self._leave(generation)

    def search(
        self,
        query: str,
        top_k: int = 10,
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        articles: Sequence[str] | None = None,
    ) -> list[Hit]:
        """See `Generation.search`."""
        with self.pinned() as generation:
            return generation.search(query, top_k, since, until, sources, articles)

    def article(self, article_id: str) -> Article:
        """:raises ArticleNotFound: if the current generation has no such article."""
        with self.pinned() as generation:
            return generation.article(article_id)

    @property
    def generation(self) -> str:
        """Name of the generation that the next question will be answered from."""
        with self.pinned() as generation:
            return generation.name

    @property
    def upstream(self) -> UpstreamState | None:
        """How it stands with the place that this index is fetched from; None where there is none."""
        return self._replica.state if self._replica else None

    def close(self) -> None:
        if self._replica:
            self._replica.close()
        with self._lock:
            for generation in self._users:
                generation.close()
            self._users.clear()

    def _enter(self) -> Generation:
        self._follow()
        with self._lock:
            self._users[self._current] += 1
            return self._current

    def _follow(self) -> None:
        """Open a new generation, if there is one, beside the old one, which answers everybody else meanwhile."""
        name = current_name(self._dir)
        if name in (None, self._current.name) or (name == self._unreadable and time.monotonic() < self._try_again):
            return
        if not self._opening.acquire(blocking=False):
            return
        try:
            opened = Generation(self._dir, self._encoder)
        except (CitewireIndexError, OSError, sqlite3.Error) as error:  # it must not end the service of the old one
            self._unreadable, self._try_again = name or "", time.monotonic() + RETRY_S
            log.warning("Generation %s cannot be opened, %s still answers: %s", name, self._current.name, error)
        else:
            with self._lock:
                self._current = opened
                self._users.setdefault(opened, 0)
                self._close_unused()
        finally:
            self._opening.release()

    def _leave(self, generation: Generation) -> None:
        with self._lock:
            if generation in self._users:
                self._users[generation] -= 1
                self._close_unused()

    def _close_unused(self) -> None:
        for generation in [g for g, users in self._users.items() if not users and g is not self._current]:
            del self._users[generation]
            generation.close()


def _replica(index_dir: Path) -> Replica | None:
    """Started, so that there is a generation in the folder."""
    from index.configured import configured_upstream, upstream_settings

    settings = upstream_settings()
    upstream = configured_upstream(settings)
    if upstream is None:
        return None
    replica = Replica(index_dir, upstream, settings.follow_s)
    replica.start()
    return replica


def open_index(index_dir: str | PathLike[str] = "data", encoder: Encoder | None = None) -> Index:
    """Open an index for reading. :raises IndexMissing, IndexCorrupt, IndexMismatch, EncoderMissing: see `index.errors`."""
    return Index(Path(index_dir), encoder or default_encoder())
