"""A conversation belongs to who began it: Gradio itself gives a session to anybody who knows its name."""

from __future__ import annotations

import json
from collections import OrderedDict
from urllib.parse import parse_qs

from ui.asgi import GRADIO, App, Receive, Scope, Send, read_body, refuse_json, replaying, user_of

_MOST = 20_000
_MOST_BYTES = 1_000_000  #: of a call: a question is at most a thousand characters, a kept conversation some hundred thousand


class Belonging:
    """Middleware: 403 for the session of another user."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(GRADIO):
            if scope["method"] == "POST":
                body = await read_body(receive, _MOST_BYTES)
                if body is None:
                    await refuse_json(send, 413, "This is more than a question: ask something shorter.")
                    return
                receive, session = replaying(body, receive), _session_in(body)
            else:
                session = _session_of(scope)
            if session and not self._is_own(session, user_of(scope)):
                await refuse_json(send, 403, "This conversation is somebody else's. Reload the page to begin your own.")
                return
        await self.app(scope, receive, send)

    def _is_own(self, session: str, user: str) -> bool:
        owner = self._owners.setdefault(session, user)
        self._owners.move_to_end(session)
        while len(self._owners) > _MOST:
            self._owners.popitem(last=False)
        return owner == user


def _session_of(scope: Scope) -> str:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return (query.get("session_hash") or [""])[0] or scope["path"].partition("/heartbeat/")[2]


def _session_in(body: bytes) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    found = said.get("session_hash") if isinstance(said, dict) else None
    return found if isinstance(found, str) else ""
