"""Turn a blocking producer into an iterator that keeps a deadline and can be closed at any moment."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from typing import TypeVar

Item = TypeVar("Item")
Emit = Callable[[Item], bool]  #: hands an item over; True means: nobody listens any more, stop

_POLL_S = 0.1  #: how soon a stop from outside is noticed


def pump(
    produce: Callable[[Emit[Item]], None], timeout_s: float, stopped: threading.Event | None = None
) -> Generator[Item, None, None]:
    """Run `produce` in a thread and yield what it emits. Closing the iterator makes the next emit return True.

    Closing does not wait for the producer: a model may be in the middle of a step.

    :param stopped: setting it ends the iterator too, from any thread, also while it waits for an item. It is the caller's and
        only read: an end that comes by itself must not look like a stop.
    :raises TimeoutError: the producer is not done after `timeout_s` seconds; it is told to stop as well.
    """
    items: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
    left = threading.Event()

    def is_over() -> bool:
        return left.is_set() or (stopped is not None and stopped.is_set())

    def emit(item: Item) -> bool:
        items.put(("item", item))
        return is_over()

    def run() -> None:
        try:
            produce(emit)
        except BaseException as error:  # it belongs to the consumer, in whose thread it is raised again
            items.put(("error", error))
        else:
            items.put(("end", None))

    deadline = time.monotonic() + timeout_s
    threading.Thread(target=run, name="citewire-model", daemon=True).start()
    try:
        while not is_over():
            try:
                kind, value = items.get(timeout=_POLL_S)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise TimeoutError from None
                continue
            if kind == "end":
                return
            if kind == "error":
                raise value  # type: ignore[misc]
            yield value  # type: ignore[misc]
            if time.monotonic() > deadline:
                raise TimeoutError
    finally:
        left.set()
