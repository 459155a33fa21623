"""People who ask through the proxy without a pause, each with a cookie of its own; every answer is kept and looked at later."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from tests.replicas.fleet import until
from tests.replicas.towns import TOWNS, question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came back. `answer`: the JSON; `status` 0 where the connection ended without an answer."""

    person: int
    town: str
    status: int
    answer: dict[str, Any]


class Crowd:
    """Asks from entering to leaving the block."""

    def __init__(self, address: str, people: int) -> None:
        self._address, self.asked = address, list[Asked]()
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(people)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, enough: Callable[[list[Asked]], bool], what: str) -> list[Asked]:
        """Until the answers from now on are `enough`. :return: them."""
        before = len(self.asked)
        until(lambda: enough(self.asked[before:]), f"{what}; {[(a.status, a.answer.get('notices')) for a in self.asked[-4:]]}")
        return self.asked[before:]

    def _ask(self, person: int) -> None:
        with httpx.Client(base_url=self._address, timeout=120) as client:
            for town in itertools.cycle(TOWNS[person:] + TOWNS[:person]):
                if self._stop.is_set():
                    return
                asked = _asked(client, person, town)
                with self._lock:
                    self.asked.append(asked)


def _asked(client: httpx.Client, person: int, town: str) -> Asked:
    try:
        response = client.post("/api/answer", json={"question": question(town)})
    except httpx.HTTPError as error:
        return Asked(person, town, 0, {"error": repr(error)})
    return Asked(person, town, response.status_code, response.json())
