"""What every reader yields: an article with the place it came from, or a failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.types import Article, Failure


@dataclass(frozen=True, slots=True)
class Placed:
    """An article and where it stands, so that a second one with its id can be told from it.

    A place is the path relative to the source, through zips ("old.zip/2024/a.txt"); a record's has ":<number>" added.
    """

    article: Article
    place: str


class Repeated(Failure):
    """An article that was read, under an id that another one has: nothing that is indexed was lost with it."""


#: Of one kind in one file; the rest are counted.
MAX_FAILURES_LISTED = 100

Outcome = Placed | Failure
#: A record with its number, counted from 1, or what is wrong with it.
Numbered = tuple[int, Any]


def megabytes(count: int) -> str:
    """A number of bytes as people say it: "50 MB"."""
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{count:,} bytes"
