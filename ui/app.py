"""The web application: the chat mounted in FastAPI, articles to read, health; and serving it on this machine."""

from __future__ import annotations

import ui.offline  # noqa: F401  isort: skip  before gradio, which reads its settings when it is imported

import contextlib
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ArticleNotFound, CitewireIndexError
from ui.errors import HostRefused, PortInUse
from ui.frontpage import status
from ui.reader import reading_json, reading_page
from ui.shield import Shield, is_loopback

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.assistant import Assistant

STATIC = Path(__file__).parent / "static"
_WAITING_CONNECTIONS = 128
_LEAVE_S = 5  #: seconds that requests under way may still take when the chat ends


def create_app(assistant: Assistant, *, title: str = "Citewire", suggestions: Sequence[str] = ()) -> FastAPI:
    """The chat over one assistant. :param suggestions: questions of the first screen, else made from the newest headlines."""
    import gradio as gr
    from fastapi import FastAPI

    from ui.chat import build_chat
    from ui.theme import head, theme

    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Shield)
    _add_routes(app, assistant)
    return gr.mount_gradio_app(
        app,
        build_chat(assistant, title, suggestions),
        path="/",
        theme=theme(),
        head=head(),
        allowed_paths=[],
        max_file_size="1kb",  # the upload route is closed; this is the second lock
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
    )


def _add_routes(app: FastAPI, assistant: Assistant) -> None:
    """Routes beside the chat. An article id is a query parameter: it may hold "..", "//" and anything else."""
    from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
    from fastapi.staticfiles import StaticFiles

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/api/status")
    def api_status() -> dict[str, Any]:
        return status(assistant)

    @app.get("/api/article")
    def api_article(id: str, start: int = 0, end: int = 0) -> dict[str, str]:
        return reading_json(assistant.article(id), start, end)

    @app.get("/read", response_class=HTMLResponse)
    def read(id: str, start: int = 0, end: int = 0) -> str:
        return reading_page(assistant.article(id), start, end)

    @app.get("/favicon.ico")
    def icon() -> FileResponse:
        return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")

    @app.exception_handler(CitewireIndexError)
    def failed(_request: Any, error: CitewireIndexError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 404 if isinstance(error, ArticleNotFound) else 503)

    app.mount("/ui", StaticFiles(directory=STATIC))


def serve(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve the chat until interrupted. :param port: 0 takes a free one. :param on_ready: called with the address.

    :raises HostRefused: `host` could be reached from other machines
    :raises PortInUse: another program has the port
    """
    require_loopback(host)
    listener = listen(host, port)
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started and on_ready:
                on_ready(address(listener))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Every open page holds a stream that never ends: Ctrl-C would wait until the last tab is closed.
            for connection in list(self.server_state.connections):
                if transport := getattr(connection, "transport", None):
                    transport.close()
            await super().shutdown(sockets=sockets)

    with contextlib.closing(listener):
        app = create_app(assistant)
        config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=_LEAVE_S)
        Server(config).run(sockets=[listener])


def require_loopback(host: str) -> None:
    """:raises HostRefused: unless only this machine can reach `host`."""
    if is_loopback(host):
        return
    raise HostRefused(
        f"{host} can be reached from other machines, and the chat has no login yet: anybody could read the articles. "
        "Use --host 127.0.0.1, and a tunnel (ssh -L) to reach it from elsewhere."
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that nobody can take the port between the check and the start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_WAITING_CONNECTIONS)  # only bound, another that reuses addresses could be bound beside it
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"Port {port} on {host} cannot be had ({error.strerror}). Choose another with --port, or end what uses it."
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
