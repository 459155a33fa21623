"""What stands before every request: who may be addressed, which of Gradio's endpoints exist, which headers leave.

Plain ASGI, because Starlette's `BaseHTTPMiddleware` would hold back the event stream of an answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'"
)
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

# Gradio opens some forty routes, among them uploads, file access, a proxy and monitoring. These are what the chat needs.
PAGES = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/healthz", "/read"})
FOLDERS = ("/assets/", "/static/", "/ui/", "/api/")
GRADIO = "/gradio_api"
GRADIO_CALLS = frozenset({"/queue/join", "/queue/data", "/run/predict", "/cancel", "/reset", "/startup-events", "/theme.css"})


def is_public(path: str) -> bool:
    """Whether a path is one of the chat's own; everything else is answered as if it did not exist."""
    if path.startswith(GRADIO):
        call = path.removeprefix(GRADIO)
        return call in GRADIO_CALLS or call.startswith("/heartbeat/")
    return path in PAGES or path.startswith(FOLDERS)


class Shield:
    """Middleware: 421 for a foreign host name, 404 for what is not public, security headers on everything."""

    def __init__(self, app: App, hosts: frozenset[str] = LOCAL_NAMES) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # a websocket is never opened: the chat needs none

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in HEADERS}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        # A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding): it still sends that name.
        if _host(scope) not in self.hosts:
            await _refuse(send_with_headers, 421, b"This address serves the machine it runs on only.")
        elif not is_public(scope["path"]):
            await _refuse(send_with_headers, 404, b"Not found")
        else:
            await self.app(scope, receive, send_with_headers)


def _host(scope: Scope) -> str:
    value = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
    return value[: value.find("]") + 1] if value.startswith("[") else value.partition(":")[0]


async def _refuse(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
