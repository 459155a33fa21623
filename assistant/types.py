"""The data of an answer, from the evidence to the citation. JSON output uses these field names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

EventKind = Literal["evidence", "text", "notice", "answer"]
#: what a question asks for, and so how its answer is laid out; see `assistant.tasks`
Form = Literal["answer", "summary", "timeline", "list", "comparison"]


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
    #: of an item of a timeline, its day, month or year ("15 Dec 2025", "Dec 2025"); of a comparison, its side; else empty
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one article says where another says something else. `citation` is among `Answer.citations`, with its number."""

    value: str  #: the figure, date or words that differ, as that article has them: "$84 million"
    citation: Citation


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two or more articles that differ on one thing; found by rules among the sentences that answer the question.

    conflict    neither is known to be right
    correction  a later article corrects an earlier one: the last of `claims` is what holds
    update      the figure of a story that went on: the last of `claims` is the newest
    """

    kind: Literal["conflict", "correction", "update"]
    about: str  #: the words that the sentences share, in the order of the first: "Silver Bridge cost"
    claims: tuple[Claim, ...]  #: oldest first, each of another article; undated ones first
    sentence: str  #: the same for the user, with the markers of the claims: "The articles differ: … [1] … [2]."


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
    """Which articles were searched: days inclusive, None: open; no sources: all outlets; no articles: all of them."""

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  #: the phrases of the question that were understood so; empty for what the caller asked for
    articles: tuple[str, ...] = ()  #: ids, chosen one by one

    def __bool__(self) -> bool:
        return bool(self.since or self.until or self.sources or self.articles)


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asked for beside the question: with it and the same index the answer comes again (`replaying`)."""

    history: tuple[tuple[str, str], ...] = ()  #: (role, content), oldest first
    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    today: date | None = None  #: the day that "last week" was counted from
    understand: bool = True  #: whether the question's own words about time and outlet narrowed the search
    articles: tuple[str, ...] = ()


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
    standalone: str = ""  #: the question as searched, where its history or its spelling changed it
    model: str = "none"  #: name of the model that wrote the draft, or found no answer; "none" when composed of quotes
    generation: str = ""
    as_of: AsOf = field(default_factory=AsOf)
    filters: Filters = field(default_factory=Filters)  #: what the search was narrowed to
    timings: dict[str, float] = field(default_factory=dict)  #: seconds: evidence_s, first_token_s, total_s
    form: Form = "answer"  #: a timeline, list or comparison is shown item by item, each sentence one item
    disagreements: tuple[Disagreement, ...] = ()  #: each is also among the notices
    request: Request = field(default_factory=Request)
    passages: tuple[str, ...] = ()  #: ids of the passages found, best first
    digests: dict[str, str] = field(default_factory=dict)  #: article id -> SHA-256 of its text, of each article quoted


@dataclass(frozen=True, slots=True)
class Event:
    """One step of `Assistant.stream`.

    evidence  `evidence` and `form` are set, first, once, `evidence` perhaps empty
    text      `sentence` is set: one more sentence that has passed the check
    notice    `text` is a sentence for the user, e.g. that the model failed and quotes are used instead
    answer    `answer` is set, last, once
    """

    kind: EventKind
    evidence: tuple[Evidence, ...] = ()
    sentence: Sentence | None = None
    text: str = ""
    answer: Answer | None = None
    form: Form = "answer"


@dataclass(frozen=True, slots=True)
class Support:
    """Whether a text supports a sentence. `score` in 0..1; `spans` are (start, end) in the text, best first."""

    score: float
    supported: bool
    spans: tuple[tuple[int, int], ...] = ()
