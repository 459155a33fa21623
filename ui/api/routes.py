"""`/api/answer`, `/api/answer/stream`, `/api/search`, `/api/find`, `/api/articles/{id}`: JSON named as the Python types are."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from assistant.types import Answer, Event, Filters
from index.types import Article, Hit
from ui.api.requests import Ask, Search
from ui.api.streaming import Busy, Desk, said_of
from ui.output import found_content, to_json
from ui.turn import MAX_QUESTION_CHARS

if TYPE_CHECKING:
    from assistant.assistant import Assistant


class Problem(BaseModel):
    """What every failure looks like: a sentence that says what happened and what to do."""

    error: str


class Found(BaseModel):
    """What a search found, and how it was understood."""

    hits: list[Hit] = Field(description="The passages that fit best, best first.")
    searched: str = Field(description="What was searched: the question and what it leans on, without the phrases of `filters`.")
    filters: Filters = Field(description="What narrowed the search; `said` are the phrases of the question understood so.")
    notices: list[str] = Field(description="What went otherwise, such as a filter of the question that was lifted.")


_FAILS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Not logged in."},
    422: {"model": Problem, "description": "The request is not as described."},
    429: {"model": Problem, "description": "Too many questions."},
    503: {"model": Problem, "description": "Busy, or no index."},
}
_EVENTS = {"content": {"text/event-stream": {}}, "description": "Events: evidence, text, notice, answer; or error."}
_STREAMED: dict[int | str, dict[str, Any]] = {**_FAILS, 200: _EVENTS}


def api_routes(assistant: Assistant, desk: Desk) -> APIRouter:
    """The routes of the REST interface."""
    router = APIRouter(prefix="/api")

    @router.post("/answer", tags=["answers"], response_model=Answer, responses=_FAILS)
    async def answer(ask: Ask, request: Request) -> Any:
        """Answer from the articles: every sentence with verbatim quotes, or `abstained` with the reason."""
        last = None
        try:
            async with aclosing(desk.events(ask.arguments(), request.is_disconnected)) as events:
                async for event in events:
                    last = event.answer if event else last
        except Exception as error:
            return _failed(error)
        return _json(last) if last else Response(status_code=499)  # nobody is left to read it

    @router.post("/answer/stream", tags=["answers"], responses=_STREAMED, response_class=StreamingResponse)
    async def stream(ask: Ask, request: Request) -> Response:
        """The same as server-sent events while it comes. Closing the connection stops the model.

        `evidence` comes once, first; `text` for each sentence that passed the check; `notice` where something went otherwise;
        `answer` last, with everything. Or `error`, last, with a sentence.
        """
        if desk.is_busy:
            return _failed(Busy(desk.waiting))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(desk, ask, request), media_type="text/event-stream", headers=headers)

    @router.post("/search", tags=["search"], response_model=list[Hit], responses=_FAILS)
    def search(wanted: Search) -> Any:
        """The passages that fit best, best first. `/api/find` also tells how the question was understood."""
        return _hits(wanted)

    @router.get("/search", tags=["search"], response_model=list[Hit], responses=_FAILS)
    def search_by_address(
        q: Annotated[str, Query(min_length=1, max_length=MAX_QUESTION_CHARS)],
        top_k: Annotated[int, Query(ge=1, le=100)] = 10,
        since: date | None = None,
        until: date | None = None,
        source: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006  FastAPI reads it, nobody writes to it
        article: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    ) -> Any:
        """The same, with everything in the address."""
        try:
            said = {"question": q, "top_k": top_k, "since": since, "until": until, "sources": source, "articles": article}
            return _hits(Search.model_validate(said))
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from error

    @router.post("/find", tags=["search"], response_model=Found, responses=_FAILS)
    def find(wanted: Search) -> Any:
        """The same passages with the filters that were searched with, also those that the question itself named."""
        return _json(found_content(assistant.find(**wanted.arguments(), top_k=wanted.top_k)))

    def _hits(wanted: Search) -> Response:
        return _json(assistant.search(**wanted.arguments(), top_k=wanted.top_k))

    @router.get("/articles/{id:path}", tags=["articles"], response_model=Article, responses={404: {"model": Problem}, **_FAILS})
    def article(id: str) -> Any:
        """One article as indexed. `start` and `end` of a quote count the characters of its `text`."""
        return _json(assistant.article(id))

    return router


def unknown_routes() -> APIRouter:
    """What is below /api and nothing else answers. To be added last."""
    router = APIRouter()

    @router.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def unknown(rest: str) -> None:
        raise HTTPException(404, "There is nothing at this address: see /api/docs.")

    return router


def bad_request(_request: Request, error: Exception) -> JSONResponse:
    """A request that is not as described, as one sentence: where, and what is wrong."""
    assert isinstance(error, RequestValidationError)
    said = []
    for problem in error.errors()[:3]:
        parts = () if problem["type"] == "json_invalid" else problem["loc"][1:]  # the first says body, query or path
        where = ".".join(map(str, parts))
        said.append(": ".join(filter(None, (where, problem["msg"].removeprefix("Value error, ")))))
    return JSONResponse({"error": "; ".join(said)}, 422)


def http_problem(_request: Request, error: Exception) -> JSONResponse:
    """Starlette's own refusals (404, 405) in our form."""
    assert hasattr(error, "status_code") and hasattr(error, "detail")
    return JSONResponse({"error": str(error.detail)}, error.status_code, getattr(error, "headers", None))


async def _events(desk: Desk, ask: Ask, request: Request) -> AsyncIterator[str]:
    try:
        async with aclosing(desk.events(ask.arguments(), request.is_disconnected)) as events:
            async for event in events:
                yield _event(event.kind, _content(event)) if event else ": working\n\n"
    except Exception as error:
        yield _event("error", {"error": said_of(error)[0]})


_FIELDS = {"evidence": ("evidence", "form"), "text": ("sentence",), "notice": ("text",), "answer": ("answer",)}


def _content(event: Event) -> dict[str, Any]:
    return {field: getattr(event, field) for field in _FIELDS[event.kind]}


def _event(kind: str, content: Any) -> str:
    line = json.dumps(json.loads(to_json(content)), ensure_ascii=False)  # on one line: a line feed would end the event
    return f"event: {kind}\ndata: {line}\n\n"


def _json(value: Any) -> Response:
    return Response(to_json(value), media_type="application/json")


def _failed(error: Exception) -> JSONResponse:
    said, status = said_of(error)
    return JSONResponse({"error": said}, status, {"Retry-After": "60"} if status == 503 else None)
