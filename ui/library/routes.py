"""The addresses of the library: its page, the list as JSON, and, where changes are allowed, uploading, deleting, rebuilding."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import ClientDisconnect

from index.errors import CitewireIndexError
from index.listing import Listing, Page
from ui.asgi import user_of
from ui.errors import ChangesRefused
from ui.library.building import Job
from ui.library.changes import Changes, Deleted
from ui.library.health import health
from ui.library.page import View, library_page
from ui.library.query import PER_PAGE, query_of
from ui.library.uploads import Added, Uploads

HEADER = "X-Citewire"
_MOST_ROWS = 500


def library_routes(listing: Listing, index_dir: Path, title: str, changes: Changes | None) -> APIRouter:
    """The routes that everybody may use, and with `changes` those that change something."""
    router = APIRouter()

    @router.get("/library", include_in_schema=False)
    def page(
        request: Request,
        source: Annotated[list[str], Query()] = [],  # noqa: B006  FastAPI reads it, nobody writes to it
        q: str = "", since: str = "", until: str = "", sort: str = "date", way: str = "", copies: str = "", page: str = "1",
    ) -> HTMLResponse:  # fmt: skip
        query = query_of(q, source, since, until, sort, way, copies, int(page) if page.isdecimal() and len(page) < 9 else 1)
        try:
            rows = listing.page(query.wanted, (query.page - 1) * PER_PAGE, PER_PAGE)
            months, sources = listing.months(), listing.sources()
        except CitewireIndexError:  # said among the problems
            rows, months, sources = Page([], 0, ""), {}, {}
        view = View(
            title=title,
            query=query,
            page=rows,
            health=health(index_dir),
            months=months,
            sources=sources,
            can_delete=changes.can_delete if changes else lambda row: False,
            max_upload_mb=changes.uploads.max_bytes // 1_000_000 if changes else 0,
            user=user_of(request.scope),
        )
        return HTMLResponse(library_page(view), headers={"Cache-Control": "no-store"})

    @router.get("/api/articles", tags=["articles"])
    def articles(
        source: Annotated[list[str], Query(description="Outlets.")] = [],  # noqa: B006
        q: str = "", since: str = "", until: str = "", sort: str = "date", way: str = "",
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0, limit: Annotated[int, Query(ge=1, le=_MOST_ROWS)] = PER_PAGE,
    ) -> Page:  # fmt: skip
        """The articles without their texts: searched, sorted (`date`, `headline`, `source`), a page at a time."""
        return listing.page(query_of(q, source, since, until, sort, way).wanted, offset, limit)

    if changes:
        router.include_router(_change_routes(listing, changes))
    return router


def _is_own(request: Request, x_citewire: Annotated[str, Header()] = "") -> None:
    # A form of another page cannot send a header of its own; a script of another page would have to ask first, and is refused.
    if not x_citewire and request.method != "GET":
        raise ChangesRefused(f"Send the header {HEADER}: 1 with every change.", 403)


def _change_routes(listing: Listing, changes: Changes) -> APIRouter:
    router = APIRouter(prefix="/api/library", tags=["library"], dependencies=[Depends(_is_own)])

    @router.put("/files", response_model=Added, status_code=201)
    async def upload(request: Request, name: Annotated[str, Query(max_length=1000)]) -> Any:
        """Add a file, sent as the body. It is read as a build would, and kept if there is an article in it."""
        return await _received(request, name, changes.uploads)

    @router.delete("/articles")
    def delete(id: Annotated[str, Query(max_length=4000)], all_of_file: bool = False) -> Deleted:
        """Delete the uploaded file of an article; 428 if others are in it, unless `all_of_file`. Rebuild afterwards."""
        return changes.delete(listing, id, all_of_file)

    @router.post("/rebuild", status_code=202)
    def rebuild() -> Job:
        """Begin a rebuild, or one more after the present one."""
        return changes.rebuild()

    @router.get("/job")
    def job() -> Job:
        """Where the last rebuild is."""
        return changes.building.job

    return router


async def _received(request: Request, name: str, uploads: Uploads) -> JSONResponse:
    """Nothing of a file that is too large, or whose sender leaves, stays."""
    length = request.headers.get("content-length", "")
    await to_thread.run_sync(uploads.check_room, int(length) if length.isdecimal() else 0)
    with uploads.incoming() as arriving:
        try:
            async for chunk in request.stream():
                arriving.write(chunk)
        except ClientDisconnect:
            return JSONResponse({"error": "The upload was broken off."}, 400)
        added = await to_thread.run_sync(uploads.keep, arriving.path, name)
    return JSONResponse(asdict(added), 201)
