"""What may be asked over HTTP, checked before anything is searched."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ui.turn import MAX_QUESTION_CHARS

_MOST_TURNS = 40
Outlet = Annotated[str, Field(max_length=200)]
ArticleId = Annotated[str, Field(max_length=1000)]


class Turn(BaseModel):
    """One message of the conversation so far, oldest first."""

    model_config = ConfigDict(extra="forbid")
    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=20_000)]


class Narrowed(BaseModel):
    """Which articles may be used: days inclusive, outlets whatever their case, single articles."""

    model_config = ConfigDict(extra="forbid")
    since: date | None = Field(None, description="Only articles from this day on.", examples=["2025-11-01"])
    until: date | None = Field(None, description="Only articles up to and with this day.")
    sources: list[Outlet] = Field([], max_length=200, description="Only articles of these outlets.")
    articles: list[ArticleId] = Field(
        [], max_length=200, description="Only these articles, by id, as `/api/articles` lists them; unknown ids are ignored."
    )
    as_of: date | None = Field(None, description='What "last week" in a question counts from; by default today.')
    understand: bool = Field(True, description="Whether the question's own words about time and outlet narrow the search.")

    @model_validator(mode="after")
    def _has_days(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError(f"since {self.since} is after until {self.until}: no article can be of both")
        return self

    def filters(self) -> dict[str, Any]:
        """The arguments of `Assistant.search` and `stream`."""
        return {
            "since": self.since,
            "until": self.until,
            "sources": self.sources or None,
            "articles": self.articles or None,
            "as_of": self.as_of,
            "understand": self.understand,
        }


class Ask(Narrowed):
    """A question with its conversation and its filters."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION_CHARS, examples=["What did the Kremlin say about NATO?"])
    history: list[Turn] = Field([], max_length=_MOST_TURNS)

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if not self.question.strip():
            raise ValueError("question: it is empty")
        return self

    def arguments(self) -> dict[str, Any]:
        """The arguments of `Assistant.stream`."""
        history = [turn.model_dump() for turn in self.history]
        return {"question": self.question, "history": history, **self.filters()}


class Search(Ask):
    """A search: the same, and how many passages to return."""

    top_k: int = Field(10, ge=1, le=100, description="How many passages to return.")
