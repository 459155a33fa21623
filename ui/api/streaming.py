"""The events of one answer for a client that may leave at any moment, which stops the model."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from index.errors import CitewireIndexError
from ui.errors import BROKEN

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Event

log = logging.getLogger(__name__)
WORKERS, WAITING = 4, 32
_LOOK_S = 0.25  #: how soon a client that left is noticed
_ALIVE_S = 10.0  #: how often a stream without news says that it is alive, so that no proxy ends it


class Busy(Exception):
    """All workers answer, and as many questions wait as may."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"Citewire is busy: {waiting} questions wait already. Ask again in a minute.")


class Desk:
    """Answers questions in a few threads of its own: the index keeps a database connection for each thread that ever asked."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="api")
        self._waiting, self._lock = 0, threading.Lock()

    @property
    def waiting(self) -> int:
        """Questions that no worker has taken up yet."""
        return self._waiting

    @property
    def is_busy(self) -> bool:
        """Whether the next question would be refused."""
        return self._waiting >= WAITING

    async def events(self, ask: dict[str, Any], has_left: Callable[[], Awaitable[bool]]) -> AsyncGenerator[Event | None, None]:
        """The events of one answer; None every ten seconds without one. Ends early once the client has left.

        :param ask: the arguments of `Assistant.stream`.
        :raises Busy: before the first event. :raises AssistantError, CitewireIndexError: as `Assistant.stream`.
        """
        with self._lock:
            if self.is_busy:
                raise Busy(self._waiting)
            self._waiting += 1
        stopped, items, loop = threading.Event(), asyncio.Queue[Any](), asyncio.get_running_loop()
        self._workers.submit(self._answer, ask, stopped, lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
        silent_s = 0.0
        try:
            while not await has_left():
                try:
                    item = await asyncio.wait_for(items.get(), _LOOK_S)
                except TimeoutError:
                    silent_s += _LOOK_S
                    if silent_s >= _ALIVE_S:
                        silent_s = 0.0
                        yield None
                    continue
                if item is _END:
                    return
                if isinstance(item, Exception):
                    raise item
                silent_s = 0.0
                yield item
        finally:
            stopped.set()

    def close(self) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _answer(self, ask: dict[str, Any], stopped: threading.Event, emit: Callable[[Any], object]) -> None:
        with self._lock:
            self._waiting -= 1
        try:
            if stopped.is_set():
                return
            with closing(self._assistant.stream(**ask, stopped=stopped)) as events:
                for event in events:
                    if stopped.is_set():
                        return
                    emit(event)
            emit(_END)
        except RuntimeError as error:  # the loop is closed: the server has ended meanwhile
            log.debug("nobody waits for an answer any more: %s", error)
        except Exception as error:
            emit(error)


_END: Any = object()


def said_of(error: Exception) -> tuple[str, int]:
    """An error as a sentence for the client and as an HTTP status."""
    if isinstance(error, Busy):
        return str(error), 503
    if isinstance(error, AssistantError | CitewireIndexError):
        return str(error), 503
    log.error("answering failed", exc_info=error)
    return BROKEN, 500
