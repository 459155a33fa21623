"""A conversation belongs to who began it: Gradio itself gives a session to anybody who knows its name."""

from __future__ import annotations

import json
from collections import OrderedDict
from urllib.parse import parse_qs

from ui.asgi import GRADIO, App, Receive, Scope, Send, read_body, refuse_json, replaying, user_of
from ui.limits import MOST_BYTES

_MOST = 20_000


class Belonging:
    """Middleware: 403 for the session of another user."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(GRADIO):
            named = _sessions_of(scope)
            if scope["method"] == "POST":
                body = await read_body(receive, MOST_BYTES)
                if body is None:
                    await refuse_json(send, 413, "This is more than a question: ask something shorter.")
                    return
                receive, named = replaying(body, receive), named | _sessions_in(body)
            if not self._are_own(named, user_of(scope)):
                await refuse_json(send, 403, "This conversation is somebody else's. Reload the page to begin your own.")
                return
        await self.app(scope, receive, send)

    def _are_own(self, named: set[str], user: str) -> bool:
        """Whoever names two sessions may mean one that Gradio does not take: only one may be named, however often."""
        if len(named) > 1:
            return False
        return all(self._is_own(session, user) for session in named)

    def _is_own(self, session: str, user: str) -> bool:
        owner = self._owners.setdefault(session, user)
        self._owners.move_to_end(session)
        while len(self._owners) > _MOST:
            self._owners.popitem(last=False)
        return owner == user


def _sessions_of(scope: Scope) -> set[str]:
    """Every session in the path and the query."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return {*query.get("session_hash", ()), scope["path"].partition("/heartbeat/")[2]} - {""}


def _sessions_in(body: bytes) -> set[str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return set()
    found = said.get("session_hash") if isinstance(said, dict) else None
    return {found} - {""} if isinstance(found, str) else set()
