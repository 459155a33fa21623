"""The address of a library page and what it means: words, outlets, days, order, page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from index.listing import SortKey, Wanted

PER_PAGE = 50
_LONGEST = 200
_MOST_SOURCES = 50
SORTS: tuple[SortKey, ...] = ("date", "headline", "source")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked at. `page` counts from 1."""

    wanted: Wanted = Wanted()
    page: int = 1

    def href(self, **changes: Any) -> str:
        """The address with some fields of `wanted` changed, on its first page; `page=` chooses another."""
        page = changes.pop("page", 1)
        wanted = replace(self.wanted, **changes)
        parts = [*_filters(wanted)]
        if (wanted.sort, wanted.descending) != ("date", True):
            parts += [("sort", wanted.sort), ("way", "desc" if wanted.descending else "asc")]
        if wanted.only_copies:
            parts.append(("copies", "1"))
        if wanted.words.strip():
            parts.insert(0, ("q", wanted.words.strip()))
        if page > 1:
            parts.append(("page", str(page)))
        return f"library?{urlencode(parts)}" if parts else "library"

    def ask_href(self) -> str:
        """The chat, searching only what dates and outlets leave; words narrow this page alone."""
        parts = _filters(self.wanted)
        return f"./?{urlencode(parts)}" if parts else "./"


def query_of(
    q: str = "", source: Sequence[str] = (), since: str = "", until: str = "", sort: str = "date", way: str = "",
    copies: str = "", page: int = 1,
) -> Query:  # fmt: skip
    """What an address says. What is no date or no order is left out, as a mistyped word finds nothing: a page must open."""
    order = cast(SortKey, sort if sort in SORTS else "date")
    wanted = Wanted(
        words=q[:_LONGEST],
        sources=tuple(dict.fromkeys(s.strip()[:_LONGEST] for s in source if s.strip()))[:_MOST_SOURCES],
        since=_day(since),
        until=_day(until),
        only_copies=bool(copies),
        sort=order,
        descending=way == "desc" if way in ("asc", "desc") else order == "date",
    )
    return Query(wanted, max(1, page))


def _filters(wanted: Wanted) -> list[tuple[str, str]]:
    days = [(name, day.isoformat()) for name, day in (("since", wanted.since), ("until", wanted.until)) if day]
    return [*days, *(("source", source) for source in wanted.sources)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
