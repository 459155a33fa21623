"""How many questions a user, or without a login an address, may ask in a minute."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from ui.asgi import GRADIO, App, Receive, Scope, Send, address_of, refuse_json, user_of

PER_MINUTE = 120
#: what starts a search or a model
QUESTIONS = frozenset({f"{GRADIO}/queue/join", "/api/answer", "/api/answer/stream", "/api/search"})
_MOST = 10_000


class Buckets:
    """A bucket for each key that refills evenly: a minute's worth may come at once, more has to wait."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = per_minute, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  #: key -> (left, at which time)

    def take(self, key: str) -> float:
        """Take one. :return: 0, or the seconds until there is one again."""
        now = self._clock()
        left, at = self._left.get(key, (float(self._most), now))
        left = min(self._most, left + (now - at) * self._most / 60)
        wait = 0.0 if left >= 1 else (1 - left) * 60 / self._most
        self._left[key] = (left if wait else left - 1, now)
        self._left.move_to_end(key)
        while len(self._left) > _MOST:
            self._left.popitem(last=False)
        return wait


class Limits:
    """Middleware: 429 with the seconds to wait for those who ask too fast."""

    def __init__(self, app: App, per_minute: int, on_refused: Callable[[str], None] = lambda why: None) -> None:
        self.app, self._per_minute, self._on_refused = app, per_minute, on_refused
        self._buckets = Buckets(per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] in QUESTIONS and scope["method"] in ("GET", "POST"):
            wait = math.ceil(self._buckets.take(user_of(scope) or address_of(scope)))
            if wait:
                self._on_refused("rate")
                text = f"More than {self._per_minute} questions in a minute: wait {wait} s, then ask again."
                await refuse_json(send, 429, text, [(b"retry-after", str(wait).encode())])
                return
        await self.app(scope, receive, send)
