"""The data of the index: what is read, what is embedded, what is found.

Offsets are in characters of `Article.text`, half-open, and exact: `article.text[start:end] == text`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read. What the file does not say stays empty: nothing here is guessed from a file's own time."""

    id: str  #: the record's own id, or the file's path relative to its source, always with "/"
    text: str  #: the body; quotes are cut from it, so it is never normalised after reading
    title: str = ""  #: the headline
    published: date | None = None
    source: str = ""  #: the outlet, as the article names it
    url: str = ""
    author: str = ""
    origin: str = ""  #: the file it was read from, relative to its source


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article, short enough for the encoder to read to its end."""

    id: str  #: "<article id>#<start>-<end>", unique in an index
    article_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `rank` counts from 1; `score` falls with rank and compares only within one search."""

    article_id: str
    start: int
    end: int
    text: str
    score: float
    rank: int = 0
    passage_id: str = ""
    title: str = ""
    published: date | None = None
    source: str = ""
    url: str = ""
    dense_score: float | None = None  #: cosine of question and passage, -1..1; None where only BM25 found it
    lexical_score: float | None = None  #: BM25; None where only the vectors found it
    copies: tuple[str, ...] = ()  #: ids of the other articles with the same text, e.g. of one wire report


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or record that could not be read: which, why, and what to do, in one sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Articles that a build left as they were, although they were not read, since their file could not be read in full."""

    path: str  #: the file, or the folder, relative to its source
    reason: str  #: a clause: "one of its records cannot be read"
    articles: list[str]  #: sorted ids; what is gone from the file cannot be told from what is broken in it


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What one build did. The id lists are sorted."""

    generation: str  #: the generation now current
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    articles: int = 0
    passages: int = 0
    embedded: int = 0  #: passages embedded in this build; the rest came from the cache
    seconds: float = 0.0
    kept: list[Kept] = field(default_factory=list)  #: which of the unchanged were not read, and why they stay


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a build is. `total` is 0 while it is not known."""

    stage: Literal["reading", "embedding", "publishing", "fetching", "uploading"]
    done: int
    total: int
    articles: int = 0  #: read so far, also of the file that is being read
