"""What stands before every request: who may be addressed, which endpoints exist, which headers leave."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from ui.asgi import GRADIO, App, Message, Receive, Scope, Send, header, refuse

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; object-src 'none'; base-uri 'self'; form-action 'self'"
)
HEADERS = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # with no-referrer browsers say "Origin: null" of our own forms
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
# Gradio opens some forty routes, among them uploads, file access, a proxy and monitoring. These are what the chat needs.
PAGES = frozenset(
    {"/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/healthz", "/readyz", "/metrics"} | {"/read", "/library"}
)
LOGIN_PAGES = frozenset({"/login", "/logout"})  # Gradio has its own where there is no login of ours
FOLDERS = ("/assets/", "/static/", "/ui/", "/library/static/", "/api/")
GRADIO_CALLS = frozenset({"/queue/join", "/queue/data", "/run/predict", "/cancel", "/reset", "/startup-events", "/theme.css"})
CALLS = ("/api/", GRADIO)  #: what starts a search or a model, or holds a connection, even for who only reads
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_FOREIGN = ("cross-site", "same-site")  #: a page of another port of this machine is "same-site"


def is_public(path: str, has_login: bool = False) -> bool:
    """Whether a path is one of Citewire's own; everything else is answered as if it did not exist."""
    if path.startswith(GRADIO):
        call = path.removeprefix(GRADIO)
        return call in GRADIO_CALLS or call.startswith("/heartbeat/")
    return path in PAGES or path.startswith(FOLDERS) or (has_login and path in LOGIN_PAGES)


class Shield:
    """Middleware: 421 for a foreign host name, 403 for the pages of others, 404 for what is not public; headers on all."""

    def __init__(self, app: App, has_login: bool = False, on_refused: Callable[[str], None] = lambda why: None) -> None:
        """:param has_login: every host name is answered: a session counts for the name it was begun under, and no other."""
        self.app, self._has_login, self._on_refused = app, has_login, on_refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # the chat needs none
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in HEADERS}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in ours]
                message = {**message, "headers": [*kept, *HEADERS]}
            await send(message)

        status, why, text = self._objection(scope)
        if status:
            self._on_refused(why)
            await refuse(send_with_headers, status, text)
        else:
            await self.app(scope, receive, send_with_headers)

    def _objection(self, scope: Scope) -> tuple[int, str, str]:
        # A page elsewhere can point its own name at 127.0.0.1 (DNS rebinding): it still sends that name.
        host = header(scope, b"host").lower()
        if not self._has_login and not is_loopback(_name(host)):
            return 421, "host", "This address serves the machine it runs on only."
        if not _is_own(scope, host):
            return 403, "origin", "Only the chat's own page may ask this."
        if not is_public(scope["path"], self._has_login):
            return 404, "path", "Not found"
        return 0, "", ""


def is_loopback(name: str) -> bool:
    """Whether a host name or address means this machine and can be reached from no other."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    """`[::1]:7860` -> `::1`, `localhost:7860` -> `localhost`."""
    return host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]


def _is_own(scope: Scope, host: str) -> bool:
    """A browser says which page asks, unless it is ours and only reads. Gradio would answer any page of this machine."""
    origin, site = header(scope, b"origin").lower(), header(scope, b"sec-fetch-site").lower()
    if site in _FOREIGN and (scope["method"] not in _READS or (scope["path"].startswith(CALLS) and not _is_visit(scope))):
        return False
    return not origin or origin.partition("://")[2] == host


def _is_visit(scope: Scope) -> bool:
    """Whether somebody goes to this address and sees it: a picture or a frame of another page would ask unseen."""
    return header(scope, b"sec-fetch-mode").lower() == "navigate" and header(scope, b"sec-fetch-dest").lower() == "document"
