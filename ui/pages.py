"""The small routes beside the chat: an article to read, the status line, health, figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse

from ui.asgi import user_of
from ui.frontpage import status
from ui.metrics import CONTENT_TYPE, Metrics
from ui.reader import reading_json, reading_page

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_ICON = Path(__file__).parent / "static" / "icon.svg"


def page_routes(assistant: Assistant, metrics: Metrics) -> APIRouter:
    """An article id is a query parameter: it may hold "..", "//" and anything else."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        is_ready = status(assistant)["ok"]
        return JSONResponse({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)

    @router.get("/metrics")
    def figures() -> PlainTextResponse:
        return PlainTextResponse(metrics.text(), media_type=CONTENT_TYPE)

    @router.get("/api/status")
    def api_status(request: Request) -> dict[str, Any]:
        return {**status(assistant), "user": user_of(request.scope)}

    @router.get("/api/article")
    def api_article(id: str, start: int = 0, end: int = 0) -> dict[str, str]:
        return reading_json(assistant.article(id), start, end)

    @router.get("/read")
    def read(id: str, start: int = 0, end: int = 0) -> HTMLResponse:
        return HTMLResponse(reading_page(assistant.article(id), start, end))

    @router.get("/favicon.ico")
    def icon() -> FileResponse:
        return FileResponse(_ICON, media_type="image/svg+xml")

    return router
