"""The tools that an MCP client sees: ask, search, read, list_sources. Their docstrings are what its model reads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from anyio import to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from assistant.errors import AssistantError
from assistant.types import Answer, Citation, Filters, Headline
from index.errors import CitewireIndexError
from ui.turn import MAX_QUESTION_CHARS

if TYPE_CHECKING:
    from assistant.assistant import Assistant

INSTRUCTIONS = (
    "Citewire answers questions about a collection of news articles. Every sentence of an answer carries verbatim quotes; what "
    "the articles do not say, it does not say. Ask in whole sentences; quote its citations, not your memory."
)
_READ_CHARS = 20_000
_FILTERS = "What narrowed the search; `said` are the phrases of the question that were understood so."
Result = TypeVar("Result")
Question = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS, description="A question in whole sentences.")]
Since = Annotated[date | None, Field(description="Only articles published on this day or later (YYYY-MM-DD).")]
Until = Annotated[date | None, Field(description="Only articles published on this day or earlier (YYYY-MM-DD).")]
Outlets = Annotated[list[str] | None, Field(description="Only articles of these outlets, as list_sources names them.")]


Articles = Annotated[
    list[str] | None, Field(description="Only these articles, by `article_id`. One that is not in the index is left out.")
]


class Told(BaseModel):
    """An answer without its evidence. `text` has markers "[1]" that `citations` resolve."""

    text: str
    abstained: bool
    reason: str
    citations: list[Citation]
    nearest: list[Headline]
    notices: list[str]
    filters: Filters = Field(description=_FILTERS)
    newest_article: date | None
    model: str


class Found(BaseModel):
    """A passage: `text` is characters `start` to `end` of the article."""

    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    text: str
    start: int
    end: int
    score: float


class Passages(BaseModel):
    """What a search found, and how it was understood."""

    result: list[Found]
    filters: Filters = Field(description=_FILTERS)
    notices: list[str] = Field(description="What went otherwise, such as a filter of the question that was lifted.")


class Piece(BaseModel):
    """An article, or as much of it as fits; `next_start` is None where it ends here."""

    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    author: str
    text: str
    start: int
    chars: int
    next_start: int | None


class Library(BaseModel):
    """What there is to ask."""

    articles: int
    oldest: str
    newest: str
    sources: dict[str, int]


def mcp_server(assistant: Assistant) -> MCPServer:
    """A server over one assistant. It only reads."""
    server = MCPServer("citewire", instructions=INSTRUCTIONS, log_level="WARNING")
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @server.tool(annotations=reads)
    async def ask(
        question: Question, since: Since = None, until: Until = None, sources: Outlets = None, articles: Articles = None
    ) -> Told:
        """Answer from the articles: every sentence carries verbatim quotes. If the articles do not say, it abstains."""
        stopped = threading.Event()
        try:
            return _told(await _in_thread(partial(_answer, assistant, question, since, until, sources, articles, stopped)))
        finally:
            stopped.set()  # a client that gave up must not keep the model busy

    @server.tool(annotations=reads)
    async def search(
        query: Question,
        top_k: Annotated[int, Field(ge=1, le=50, description="How many passages.")] = 10,
        since: Since = None,
        until: Until = None,
        sources: Outlets = None,
        articles: Articles = None,
    ) -> Passages:
        """Find the passages that fit a question best, best first, with their articles."""
        found = await _in_thread(partial(assistant.find, query, (), top_k, since, until, sources, articles=articles))
        hits = [Found(**{name: getattr(hit, name) for name in Found.model_fields}) for hit in found.hits]
        return Passages(result=hits, filters=found.filters, notices=list(found.notices))

    @server.tool(annotations=reads)
    async def read(
        article_id: Annotated[str, Field(description="As a citation or a passage names it.")],
        start: Annotated[int, Field(ge=0, description="Character to begin at.")] = 0,
    ) -> Piece:
        """Read an article. A long one comes in pieces: go on at `next_start`."""
        article = await _in_thread(partial(assistant.article, article_id))
        end = min(len(article.text), start + _READ_CHARS)
        return Piece(
            **{name: getattr(article, name) for name in ("title", "source", "published", "url", "author")},
            article_id=article.id,
            text=article.text[start:end],
            start=start,
            chars=len(article.text),
            next_start=end if end < len(article.text) else None,
        )

    @server.tool(annotations=reads)
    async def list_sources() -> Library:
        """The outlets with the number of their articles, and the days of the oldest and the newest article."""
        info, sources = await _in_thread(lambda: (assistant.index_info(), assistant.sources()))
        return Library(articles=info["articles"], oldest=info["oldest"], newest=info["newest"], sources=sources)

    return server


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Run something that blocks; a failure meant for the user is told to the client's model as it is."""
    try:
        return await to_thread.run_sync(work, abandon_on_cancel=True)
    except (AssistantError, CitewireIndexError) as error:
        raise ToolError(str(error)) from error


def _answer(
    assistant: Assistant, question: str, since: Any, until: Any, sources: Any, articles: Any, stopped: threading.Event
) -> Answer:
    answer = None
    with closing(assistant.stream(question, (), since, until, sources, stopped=stopped, articles=articles)) as events:
        for event in events:
            answer = event.answer
    assert answer is not None, "a stream ends with its answer"
    return answer


def _told(answer: Answer) -> Told:
    return Told(
        text=answer.text,
        abstained=answer.abstained,
        reason=answer.reason,
        citations=list(answer.citations),
        nearest=list(answer.nearest),
        notices=list(answer.notices),
        filters=answer.filters,
        newest_article=answer.as_of.index_newest,
        model=answer.model,
    )
