"""The data of an answer, from the evidence to the citation. JSON output uses these field names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

EventKind = Literal["evidence", "text", "notice", "answer"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch of one article that the answer may quote: neighbouring passages merged. `number` counts from 1."""

    number: int
    article_id: str
    start: int
    end: int
    text: str
    score: float
    title: str = ""
    published: date | None = None
    source: str = ""
    url: str = ""
    also: tuple[str, ...] = ()  #: other outlets that carry the same article; they are not evidence of their own


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote: `article.text[start:end] == quote`. `number` counts from 1 in order of appearance."""

    number: int
    article_id: str
    title: str
    source: str
    published: date | None
    url: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer (no markers in it) with the quotes that carry it; never without one."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """An article near a question that the articles do not answer."""

    article_id: str
    title: str
    source: str
    published: date | None


@dataclass(frozen=True, slots=True)
class AsOf:
    """What an answer rests on: how many articles, from when to when, and the newest date in the whole index."""

    articles: int = 0
    oldest: date | None = None
    newest: date | None = None
    index_newest: date | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles were searched: days inclusive, None: open; no sources: all outlets."""

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  #: the phrases of the question that were understood so; empty for what the caller asked for

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an abstention with its reason. `text` is the sentences with their markers "[1]"."""

    question: str
    text: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    abstained: bool = False
    reason: str = ""  #: why it abstained, for the user; empty otherwise
    nearest: tuple[Headline, ...] = ()  #: only when it abstained
    notices: tuple[str, ...] = ()  #: e.g. "the answer model failed; composed of quotes"
    standalone: str = ""  #: the question as searched, when history changed it
    model: str = "none"  #: name of the model that wrote the draft; "none" when composed of quotes
    generation: str = ""
    as_of: AsOf = field(default_factory=AsOf)
    filters: Filters = field(default_factory=Filters)  #: what the search was narrowed to
    timings: dict[str, float] = field(default_factory=dict)  #: seconds: evidence_s, first_token_s, total_s


@dataclass(frozen=True, slots=True)
class Event:
    """One step of `Assistant.stream`.

    evidence  `evidence` is set, first, once, perhaps empty
    text      `sentence` is set: one more sentence that has passed the check
    notice    `text` is a sentence for the user, e.g. that the model failed and quotes are used instead
    answer    `answer` is set, last, once
    """

    kind: EventKind
    evidence: tuple[Evidence, ...] = ()
    sentence: Sentence | None = None
    text: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a text supports a sentence. `score` in 0..1; `spans` are (start, end) in the text, best first."""

    score: float
    supported: bool
    spans: tuple[tuple[int, int], ...] = ()
