"""Guessing is slow: after some failed logins of one name or from one address, everybody there waits."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

WINDOW_S = 15 * 60
PER_PAIR = 5  #: failures of one name from one address
PER_ADDRESS = 20  #: failures from one address, whatever the names
PER_NAME = 100  #: failures of one name from everywhere: high, since anybody could lock somebody else out with it
_MOST = 20_000


class Attempts:
    """Failed logins of the last quarter of an hour. Safe to use from threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._failures: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()

    def begin(self, name: str, address: str) -> float:
        """Count a try before its password is looked at: many at once must not slip through together.

        :return: seconds until this name may be tried from this address again; 0 if it may now, and only then is it counted.
        """
        now = self._clock()
        with self._lock:
            if wait := max(self._wait(key, most, now) for key, most in _counted(name, address)):
                return wait
            for key, _ in _counted(name, address):
                self._failures[key] = [*self._recent(key, now), now]
                self._failures.move_to_end(key)
            while len(self._failures) > _MOST:
                self._failures.popitem(last=False)
            return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """Take the try back, and forget the failures of this name from this address.

        Those of the address stay, or one known password would reset the guessing of others.
        """
        with self._lock:
            for key, _ in _counted(name, address):
                if key[0] == "pair":
                    self._failures.pop(key, None)
                elif tries := self._failures.get(key):
                    tries.pop()

    def _wait(self, key: tuple[str, ...], most: int, now: float) -> float:
        recent = self._recent(key, now)
        return max(0.0, recent[-most] + WINDOW_S - now) if len(recent) >= most else 0.0

    def _recent(self, key: tuple[str, ...], now: float) -> list[float]:
        return [at for at in self._failures.get(key, ()) if at > now - WINDOW_S]


def _counted(name: str, address: str) -> tuple[tuple[tuple[str, ...], int], ...]:
    return (("pair", name, address), PER_PAIR), (("address", address), PER_ADDRESS), (("name", name), PER_NAME)
