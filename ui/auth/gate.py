"""Nobody is let in without a login; what is open to all is listed here."""

from __future__ import annotations

import math
from collections.abc import Callable
from urllib.parse import quote

from anyio import to_thread

from ui.asgi import App, Receive, Scope, Send, address_of, header, refuse_json
from ui.auth.access import Access, TooManyAttempts

OPEN = frozenset({"/login", "/api/token", "/healthz", "/readyz"})
LOG_IN = "Log in first. If you were logged in, the session has ended: reload the page."


class Gate:
    """Middleware: names the user of a request in `scope["state"]["user"]`, or sends to the login page, or says 401."""

    def __init__(self, app: App, access: Access, on_refused: Callable[[str], None] = lambda why: None) -> None:
        self.app, self._access, self._on_refused = app, access, on_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        cookie, authorization = header(scope, b"cookie"), header(scope, b"authorization")
        try:
            user = await to_thread.run_sync(self._access.user_of, cookie, authorization, address_of(scope))
        except TooManyAttempts as error:
            self._on_refused("attempts")
            await refuse_json(send, 429, str(error), [(b"retry-after", str(math.ceil(error.wait_s)).encode())])
            return
        if user is not None:
            await self.app({**scope, "state": {**scope.get("state", {}), "user": user}}, receive, send)
        elif _is_page(scope):
            location = f"login?next={quote(_wanted(scope), safe='')}".encode()
            await send({"type": "http.response.start", "status": 303, "headers": [(b"location", location), *_NO_STORE]})
            await send({"type": "http.response.body", "body": b""})
        else:
            self._on_refused("login")
            # "Basic" here would have browsers ask in a window of their own, on top of the chat
            await refuse_json(send, 401, LOG_IN, [(b"www-authenticate", b'Bearer realm="citewire"'), *_NO_STORE])


_NO_STORE = ((b"cache-control", b"no-store"),)


def _is_page(scope: Scope) -> bool:
    """A page somebody wants to see, and no part or call of one: its path has one step, as relative addresses need it."""
    return scope["method"] == "GET" and scope["path"].count("/") == 1 and "text/html" in header(scope, b"accept")


def _wanted(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return scope["path"].removeprefix("/") + (f"?{query}" if query else "")
