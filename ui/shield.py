"""What stands before every request: who may be addressed, which of Gradio's endpoints exist, which headers leave.

Plain ASGI, because Starlette's `BaseHTTPMiddleware` would hold back the event stream of an answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
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
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
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
    """Middleware: 421 for a foreign host name, 403 for the pages of others, 404 for what is not public; headers on all."""

    def __init__(self, app: App) -> None:
        self.app = app

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
        host = _header(scope, b"host")
        if not is_loopback(_name(host)):
            await _refuse(send_with_headers, 421, b"This address serves the machine it runs on only.")
        elif not _is_own(_header(scope, b"origin"), host):
            await _refuse(send_with_headers, 403, b"Only the chat's own page may ask this.")
        elif not is_public(scope["path"]):
            await _refuse(send_with_headers, 404, b"Not found")
        else:
            await self.app(scope, receive, send_with_headers)


def is_loopback(name: str) -> bool:
    """Whether a host name or address means this machine and can be reached from no other."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value for name, value in scope["headers"] if name == wanted), b"").decode("latin-1").lower()


def _name(host: str) -> str:
    """`[::1]:7860` -> `::1`, `localhost:7860` -> `localhost`."""
    return host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]


def _is_own(origin: str, host: str) -> bool:
    """A browser says which page asks, unless it is ours and only reads. Gradio would answer any page of this machine."""
    return not origin or origin.partition("://")[2] == host


async def _refuse(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
