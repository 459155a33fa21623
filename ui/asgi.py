"""What our middleware shares: the types of ASGI, headers of a request, and short refusals.

Plain ASGI everywhere, because Starlette's `BaseHTTPMiddleware` would hold back the event stream of an answer.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]

GRADIO = "/gradio_api"


def header(scope: Scope, wanted: bytes) -> str:
    """The first header of this lower-case name; "" if there is none."""
    return next((value for name, value in scope["headers"] if name == wanted), b"").decode("latin-1")


def address_of(scope: Scope) -> str:
    """The address that asks; "" where there is none, as on a Unix socket."""
    return (scope.get("client") or ("",))[0]


def user_of(scope: Scope) -> str:
    """Who is logged in; "" without `--auth`."""
    return scope.get("state", {}).get("user", "")


async def refuse(send: Send, status: int, text: str, headers: Headers = ()) -> None:
    """Answer with one sentence as plain text."""
    await _send(send, status, text.encode("utf-8"), b"text/plain; charset=utf-8", headers)


async def refuse_json(send: Send, status: int, text: str, headers: Headers = ()) -> None:
    """The same as JSON: `error` for our API, `detail` for Gradio's page, which shows it."""
    body = json.dumps({"error": text, "detail": text}).encode("utf-8")
    await _send(send, status, body, b"application/json", headers)


async def _send(send: Send, status: int, body: bytes, kind: bytes, headers: Headers) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def read_body(receive: Receive, most: int) -> bytes | None:
    """The whole body; None if it has more than `most` bytes, or the client has left."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body"):
            return body


def replaying(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body again which has been read, and then what the client does next."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
