"""One builder at a time for one upstream: a record that its holder renews, and that others take over once it is stale.

The lease is number n+1 of a row of records, and each number can be created only once. So of two who find a stale one, one gets
the next; and whoever was suspended in the meantime sees, before it moves the pointer, that there is a newer one. Another record
keeps the last number that was given back, so that none comes again.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import CitewireIndexError, IndexBusy

if TYPE_CHECKING:
    from index.pointer import Records

log = logging.getLogger(__name__)
#: seconds without a sign of life, after which a lease may be taken over; clocks of builders may differ by less than this
STALE_S = 90.0
_RENEW_S = 20.0
_PREFIX = "lease-"
_LAST = "last-lease.json"


class Lease:
    """Held inside a `with` block, and renewed by a thread for as long."""

    def __init__(self, records: Records, address: str) -> None:
        self._records, self._address = records, address
        self.token = uuid.uuid4().hex
        self._number = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Lease:
        """:raises IndexBusy: if another builder holds it."""
        numbers = _numbers(self._records)
        if numbers:
            self._refuse_if_held(numbers[-1])
        # listed before: one that ended since then has left its number by now
        self._number = max([*numbers, _last(self._records)]) + 1
        try:
            self._begin(numbers)
        except BaseException:
            self._give_back()
            raise
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()  # else it might write the record again
        self._give_back()

    @property
    def _key(self) -> str:
        return _key(self._number)

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

    def _begin(self, old: list[int]) -> None:
        is_ours = self._records.create(self._key, self._text())
        # of those who looked at once, also one that was as fast as to be done already
        if not is_ours or max([*_numbers(self._records), _last(self._records) + 1]) != self._number:
            raise IndexBusy(f"Another builder has just begun to build for {self._address}. Wait until it is done, or end it.")
        for number in old:
            self._records.delete(_key(number))

    def _give_back(self) -> None:
        try:
            if _read(self._records, self._key).get("token") != self.token:
                return  # another builder took over
            self._records.write(_LAST, json.dumps({"number": max(self._number, _last(self._records))}) + "\n")
            self._records.delete(self._key)
        except CitewireIndexError as error:
            log.warning("The lease of %s could not be given back, it ends by itself: %s", self._address, error)

    def _renew(self) -> None:
        while not self._ended.wait(_RENEW_S):
            try:
                if _read(self._records, self._key).get("token") == self.token:
                    self._records.write(self._key, self._text())
            except CitewireIndexError as error:  # `require` decides, when it matters
                log.warning("The lease of %s could not be renewed: %s", self._address, error)

    def _text(self) -> str:
        seen = datetime.now(UTC).isoformat(timespec="seconds")
        return json.dumps({"token": self.token, "pid": os.getpid(), "host": socket.gethostname(), "seen": seen} | _machine())


def _key(number: int) -> str:
    return f"{_PREFIX}{number:06d}.json"


def _numbers(records: Records) -> list[int]:
    found = [key.removeprefix(_PREFIX).removesuffix(".json") for key in records.names() if key.startswith(_PREFIX)]
    return sorted(int(number) for number in found if number.isdigit())


def _last(records: Records) -> int:
    """The highest number that was given back; 0 if none was."""
    try:
        return int(json.loads(records.read(_LAST) or "{}").get("number", 0))
    except (ValueError, TypeError, AttributeError):
        return 0


def _read(records: Records, key: str) -> dict[str, Any]:
    """Empty where there is none, or none that can be read."""
    try:
        who = json.loads(records.read(key) or "{}")
        return who if {"token", "pid", "host", "seen"} <= set(who) else {}
    except (ValueError, TypeError):
        return {}


def _machine() -> dict[str, str]:
    """What tells machines and containers of one host name apart, where the system says it: process ids are theirs."""
    found = {}
    with suppress(OSError):
        found["boot"] = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    with suppress(OSError):
        found["pids"] = os.readlink("/proc/self/ns/pid")
    return found


def _is_dead_here(who: dict[str, Any]) -> bool:
    """A builder of this machine that is gone need not be waited for."""
    if who["host"] != socket.gethostname() or who["pid"] == os.getpid():
        return False
    if any(who.get(name, value) != value for name, value in _machine().items()):
        return False
    try:
        os.kill(who["pid"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
