"""How many questions a user, or without a login an address, may ask in a minute, and what else the chat may be told."""

from __future__ import annotations

import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection

from ui.asgi import GRADIO, App, Receive, Scope, Send, address_of, read_body, refuse_json, replaying, user_of

PER_MINUTE = 120
#: what starts a search or a model
QUESTIONS = frozenset({"/api/answer", "/api/answer/stream", "/api/search", "/api/find"})
#: one route each for every function of the chat; which one is in the body
CHAT_CALLS = frozenset({f"{GRADIO}/queue/join", f"{GRADIO}/run/predict"})
CALLS_PER_QUESTION, FEWEST_CALLS = 5, 60  #: a question takes two or three calls; opening a page, stopping, rating one each
MOST_BYTES = 1_000_000  #: of a call: the page gives back at most 300,000 characters of a kept conversation
_MOST = 10_000


class Buckets:
    """A bucket for each key that refills evenly: a minute's worth may come at once, more has to wait. Not for threads."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic, per_s: float = 60) -> None:
        """:param most: how many in `per_s` seconds."""
        self._most, self._clock, self._per_s = most, clock, per_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  #: key -> (left, at which time)

    def take(self, key: str) -> float:
        """Take one. :return: 0, or the seconds until there is one again."""
        now = self._clock()
        left, at = self._left.get(key, (float(self._most), now))
        left = min(self._most, left + (now - at) * self._most / self._per_s)
        wait = 0.0 if left >= 1 else (1 - left) * self._per_s / self._most
        self._left[key] = (left if wait else left - 1, now)
        self._left.move_to_end(key)
        while len(self._left) > _MOST:
            self._left.popitem(last=False)
        return wait


class Limits:
    """Middleware: 429 with the seconds to wait for those who ask too fast, 413 for what no page of ours sends."""

    def __init__(
        self,
        app: App,
        per_minute: int,
        asking: Collection[int] = (),
        on_refused: Callable[[str], None] = lambda why: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """:param per_minute: questions; 0: as many as they like. :param asking: the chat's functions that begin a question."""
        self.app, self._per_minute, self._asking, self._on_refused = app, per_minute, frozenset(asking), on_refused
        self._questions = Buckets(per_minute, clock)
        self._calls = Buckets(max(FEWEST_CALLS, CALLS_PER_QUESTION * per_minute), clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "POST"):
            await self.app(scope, receive, send)
            return
        asks = scope["path"] in QUESTIONS
        if is_call := scope["path"] in CHAT_CALLS:
            body = await read_body(receive, MOST_BYTES)
            if body is None:
                await refuse_json(send, 413, "This is more than a question: ask something shorter.")
                return
            receive, asks = replaying(body, receive), self._begins(body)
        if self._per_minute and (asks or is_call):
            who = user_of(scope) or address_of(scope)
            wait = math.ceil(max(self._questions.take(who) if asks else 0.0, self._calls.take(who) if is_call else 0.0))
            if wait:
                self._on_refused("rate")
                what = f"{self._per_minute} questions" if asks else "the chat's page needs"
                text = f"More than {what} in a minute: wait {wait} s, then ask again."
                await refuse_json(send, 429, text, [(b"retry-after", str(wait).encode())])
                return
        await self.app(scope, receive, send)

    def _begins(self, body: bytes) -> bool:
        """Whether a call begins a question. One that does not plainly say what it calls is counted as if it did."""
        try:
            call = json.loads(body)
        except (ValueError, RecursionError):
            return True
        called = call.get("fn_index") if isinstance(call, dict) else None
        return type(called) is not int or called in self._asking
