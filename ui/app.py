"""The web application: the chat mounted in FastAPI, with the library, the REST interface, a login and health beside it."""

from __future__ import annotations

import ui.offline  # noqa: F401  isort: skip  before gradio, which reads its settings when it is imported

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from index.errors import ArticleNotFound, CitewireIndexError
from ui.asgi import user_of
from ui.errors import ChangesRefused
from ui.limits import PER_MINUTE, Limits
from ui.serving import address, listen, require_login, run
from ui.shield import Shield

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

    from assistant.assistant import Assistant
    from index.listing import Listing
    from ui.api.streaming import Desk
    from ui.auth.access import Access
    from ui.auth.users import Users
    from ui.library.changes import Changes
    from ui.metrics import Metrics

STATIC = Path(__file__).parent / "static"
LIBRARY_STATIC = Path(__file__).parent / "library" / "static"


@dataclass(frozen=True, slots=True)
class Options:
    """What is served, and to whom."""

    users: Users | None = None  #: who may log in; None: everybody who reaches this machine
    changes: Changes | None = None  #: uploading, deleting, rebuilding; None: not allowed
    questions_per_minute: int = PER_MINUTE  #: of one user, or without a login of one address; 0: as many as they like
    proxy: str = ""  #: the address of the proxy in front, the only one believed about where a request came from


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the routes and the guards of one application share."""

    assistant: Assistant
    metrics: Metrics
    listing: Listing
    desk: Desk
    access: Access | None


def create_app(
    assistant: Assistant, *, title: str = "Citewire", suggestions: Sequence[str] = (), options: Options = Options()
) -> FastAPI:
    """The chat over one assistant. :param suggestions: questions of the first screen, else made from the newest headlines."""
    import gradio as gr
    from fastapi import FastAPI

    from index.listing import Listing
    from ui.api.streaming import Desk
    from ui.auth.access import Access
    from ui.chat import BEGINNING, build_chat
    from ui.metrics import Measured, Metrics
    from ui.theme import head, theme

    metrics = Metrics(assistant)
    measured = cast("Assistant", Measured(assistant, metrics))
    access = Access(options.users) if options.users else None
    parts = _Parts(measured, metrics, Listing(assistant.index_dir), Desk(measured), access)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.desk.close()
        parts.listing.close()
        if options.changes:
            options.changes.close()

    app = FastAPI(title=title, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    _add_routes(app, title, parts, options.changes)
    _add_errors(app)
    chat = build_chat(measured, title, suggestions)
    _add_guards(app, parts, options, [number for number, each in chat.fns.items() if each.name in BEGINNING])
    metrics.watch_queue("chat", lambda: len(chat._queue))
    metrics.watch_queue("api", lambda: parts.desk.waiting)
    return gr.mount_gradio_app(
        app,
        chat,
        path="/",
        theme=theme(),
        head=head(),
        auth_dependency=(lambda request: user_of(request.scope) or None) if options.users else None,
        allowed_paths=[],
        max_file_size="1kb",  # the upload route is closed; this is the second lock
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
    )


def _add_guards(app: FastAPI, parts: _Parts, options: Options, asking: Sequence[int]) -> None:
    """What a request passes, the last one added first: the shield, the login, whose conversation it is, how fast it asks.

    :param asking: the chat's functions that begin a question
    """

    def refused(reason: str) -> None:
        parts.metrics.refused.labels(reason).inc()

    app.add_middleware(Limits, per_minute=options.questions_per_minute, asking=asking, on_refused=refused)
    if parts.access:
        from ui.auth.belonging import Belonging
        from ui.auth.gate import Gate

        app.add_middleware(Belonging)
        app.add_middleware(Gate, access=parts.access, on_refused=refused)
    app.add_middleware(Shield, has_login=parts.access is not None, on_refused=refused)


def _add_routes(app: FastAPI, title: str, parts: _Parts, changes: Changes | None) -> None:
    from fastapi.staticfiles import StaticFiles

    from ui.api.described import described_routes
    from ui.api.routes import api_routes, unknown_routes
    from ui.export import export_routes
    from ui.library.routes import library_routes
    from ui.pages import page_routes

    app.mount("/ui", StaticFiles(directory=STATIC))
    app.mount("/library/static", StaticFiles(directory=LIBRARY_STATIC))
    app.include_router(page_routes(parts.assistant, parts.metrics))
    app.include_router(api_routes(parts.assistant, parts.desk))
    app.include_router(library_routes(parts.listing, parts.assistant.index_dir, title, changes))
    app.include_router(described_routes(app, title, parts.access is not None))
    if parts.access:
        from ui.auth.login import login_routes

        app.include_router(login_routes(parts.access, title))
    app.include_router(export_routes())
    app.include_router(unknown_routes())


def _add_errors(app: FastAPI) -> None:
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from starlette.exceptions import HTTPException

    from ui.api.routes import bad_request, http_problem

    @app.exception_handler(CitewireIndexError)
    def failed(_request: Request, error: CitewireIndexError) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 404 if isinstance(error, ArticleNotFound) else 503)

    @app.exception_handler(ChangesRefused)
    def refused(_request: Request, error: ChangesRefused) -> JSONResponse:
        return JSONResponse({"error": str(error)}, error.status)

    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(HTTPException, http_problem)


def serve(
    assistant: Assistant,
    host: str = "127.0.0.1",
    port: int = 7860,
    on_ready: Callable[[str], None] | None = None,
    options: Options = Options(),
) -> None:
    """Serve the chat until interrupted. :param port: 0 takes a free one. :param on_ready: called with the address.

    :raises HostRefused: others could reach `host`, and there is no login
    :raises PortInUse: another program has the port
    """
    require_login(host, options.users is not None)
    listener = listen(host, port)
    run(create_app(assistant, options=options), listener, on_ready, options.proxy)


__all__ = ["Options", "address", "create_app", "listen", "require_login", "serve"]
