"""One builder at a time for one upstream: a record that its holder renews, and that others take over once it is stale.

The lease is number n+1 of a row of records, and each number can be created only once. So of two who find a stale one, one gets
the next; and whoever was suspended in the meantime sees, before it moves the pointer, that there is a newer one.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from index.errors import IndexBusy, UpstreamFailed

if TYPE_CHECKING:
    from index.upstream import Records

log = logging.getLogger(__name__)
#: seconds without a sign of life, after which a lease may be taken over; clocks of builders may differ by less than this
STALE_S = 90.0
_RENEW_S = 20.0
_PREFIX = "lease-"


class Lease:
    """Held inside a `with` block, and renewed by a thread for as long."""

    def __init__(self, records: Records, address: str) -> None:
        self._records, self._address = records, address
        self.token = uuid.uuid4().hex
        self._key = ""
        self._ended = threading.Event()

    def __enter__(self) -> Lease:
        """:raises IndexBusy: if another builder holds it."""
        numbers = _numbers(self._records)
        if numbers:
            self._refuse_if_held(numbers[-1])
        self._key = _key(numbers[-1] + 1 if numbers else 1)
        if not self._records.create(self._key, self._text()):
            raise IndexBusy(f"Another builder has just begun to build for {self._address}. Wait until it is done, or end it.")
        for number in numbers:
            self._records.delete(_key(number))
        threading.Thread(target=self._renew, name="lease", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        try:
            self._records.delete(self._key)
        except UpstreamFailed as error:
            log.warning("The lease of %s could not be given back, it ends by itself: %s", self._address, error)

    def require(self) -> None:
        """:raises IndexBusy: if another builder took over."""
        numbers = _numbers(self._records)
        if not numbers or _key(numbers[-1]) != self._key or _read(self._records, self._key).get("token") != self.token:
            raise IndexBusy(
                f"Another builder took over {self._address} while this one was not heard of for {STALE_S:.0f} seconds. Nothing "
                "was published; build again if this is the one that should."
            )

    def _refuse_if_held(self, number: int) -> None:
        who = _read(self._records, _key(number))
        if not who or _is_dead_here(who):
            return
        age_s = (datetime.now(UTC) - datetime.fromisoformat(who["seen"])).total_seconds()
        if age_s < STALE_S:
            raise IndexBusy(
                f"Process {who['pid']} on {who['host']} is building for {self._address}, seen {max(0, age_s):.0f} seconds ago. "
                f"Wait until it is done; if it was killed, build again after {STALE_S:.0f} seconds."
            )

    def _renew(self) -> None:
        while not self._ended.wait(_RENEW_S):
            try:
                if _read(self._records, self._key).get("token") == self.token:
                    self._records.write(self._key, self._text())
            except UpstreamFailed as error:  # `require` decides, when it matters
                log.warning("The lease of %s could not be renewed: %s", self._address, error)

    def _text(self) -> str:
        seen = datetime.now(UTC).isoformat(timespec="seconds")
        return json.dumps({"token": self.token, "pid": os.getpid(), "host": socket.gethostname(), "seen": seen})


def _key(number: int) -> str:
    return f"{_PREFIX}{number:06d}.json"


def _numbers(records: Records) -> list[int]:
    found = [key.removeprefix(_PREFIX).removesuffix(".json") for key in records.names() if key.startswith(_PREFIX)]
    return sorted(int(number) for number in found if number.isdigit())


def _read(records: Records, key: str) -> dict[str, Any]:
    """Empty where there is none, or none that can be read."""
    try:
        who = json.loads(records.read(key) or "{}")
        return who if {"token", "pid", "host", "seen"} <= set(who) else {}
    except (ValueError, TypeError):
        return {}


def _is_dead_here(who: dict[str, Any]) -> bool:
    """A builder of this machine that is gone need not be waited for."""
    if who["host"] != socket.gethostname() or who["pid"] == os.getpid():
        return False
    try:
        os.kill(who["pid"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
