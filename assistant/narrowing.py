"""The search of one question: narrowed to what it says about time and outlet, and widened again where that leaves nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.condense import Condensed, Turn, condense
from assistant.filters import articles_in_words, in_words, understand
from assistant.languages import language_of
from assistant.parts import interleaved, parts_of
from assistant.reranking import RERANKED, Rerank, as_ranked
from assistant.types import Filters
from index.search import Generation
from index.spelling import respelled
from index.terms import terms
from index.types import Hit

#: scores (of the best, about 1) that differ by less are equal: their third decimal is what is shown
EQUAL = 0.0005
#: hits that are asked whether they fit the question
_LOOKED_AT = 12
#: share of the question's words, by rarity, that one of them must have; see `confidence.Thresholds`
_FITS = 0.60

_WORDS_ONLY = (
    "The server that finds passages by their meaning does not answer. Only words were searched: articles that say it in others "
    "may be missing."
)


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, with the filters they were searched with and the question without the phrases those came from."""

    hits: list[Hit]
    condensed: Condensed
    searched: str
    filters: Filters
    notice: str = ""  #: that a filter which the question asked for was lifted
    slips: Mapping[str, str] = field(default_factory=dict)  #: see `Wanted`
    not_reranked: str = ""  #: why the order is not that of the server which ranks
    words_only: bool = False  #: that the server of the vectors did not answer, so that only words were searched

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of this search before its hits, a sentence each."""
        searched = [(slip, meant) for slip, meant in self.slips.items() if meant in self.searched]  # not what became a filter
        spelled = [f"No article has “{slip}”: “{meant}” was searched for." for slip, meant in searched]
        return (*filter(None, (_WORDS_ONLY if self.words_only else "", self.notice, self.not_reranked)), *spelled)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one question asks for: `rest` is the question without the phrases that `filters` were understood from."""

    question: str  #: spelled as the articles spell it
    rest: str
    filters: Filters
    asked_for: Filters  #: by the caller: what is left where the question's own filters leave nothing
    speakers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: see `Understood`
    slips: Mapping[str, str] = field(default_factory=dict)  #: word as it was typed -> word as the articles spell it


def wanted(question: str, generation: Generation, asked_for: Filters, today: date, narrows: bool = True) -> Wanted:
    """
    :param asked_for: the caller's filters; dates or outlets named there win over those that the question names.
    :param narrows: whether the question's own words narrow the search.
    """
    slips = generation.slips(question) if language_of(question) == "English" else {}
    question = respelled(question, slips)
    as_it_is = Wanted(question, question, asked_for, asked_for, slips=slips)
    if not narrows:
        return as_it_is
    understood = understand(question, tuple(generation.sources()), today)
    since, until = asked_for.since, asked_for.until
    said = [phrase for phrase in understood.said if phrase in understood.times or not asked_for.sources]
    if since or until:
        said = [phrase for phrase in said if phrase not in understood.times]
    else:
        since, until = understood.since, understood.until
    filters = Filters(since, until, asked_for.sources or understood.sources, tuple(said), asked_for.articles)
    if (filters.since, filters.until, filters.sources) == (asked_for.since, asked_for.until, asked_for.sources):
        return replace(as_it_is, rest=understood.rest)  # nothing was understood, or all overruled
    return Wanted(question, understood.rest, filters, asked_for, {} if asked_for.sources else understood.speakers, slips)


def find(
    want: Wanted, history: Sequence[Turn], generation: Generation, top_k: int, rerank: Rerank = as_ranked, topic: str = ""
) -> Found:
    """
    :param topic: what is searched for instead of the question, e.g. what a timeline is about.
    :param rerank: puts what is found in a better order.
    """
    return replace(_found(want, history, generation, top_k, rerank, topic), slips=want.slips)


def _found(want: Wanted, history: Sequence[Turn], generation: Generation, top_k: int, rerank: Rerank, topic: str) -> Found:
    query = topic or want.rest
    narrow = searched(query, history, generation, top_k, want.filters, rerank)
    if want.filters == want.asked_for:
        return narrow
    fit = _fit(query, narrow.hits, generation.idf)
    if narrow.hits and fit >= _FITS:
        return narrow
    wide = searched(topic or want.question, history, generation, top_k, want.asked_for, rerank)
    if narrow.hits and _fit(query, wide.hits, generation.idf) <= fit:
        return narrow
    rest = articles_in_words(want.asked_for) if want.asked_for else "all"
    return replace(wide, searched=query, notice=f"No article {in_words(want.filters)} matches; searched {rest}.")


def newest_first(hits: Sequence[Hit]) -> list[Hit]:
    """Hits whose scores are equal (see `EQUAL`) in the order of their dates, undated ones last; ranks count anew."""
    ordered = [hit for equal in _equals(hits) for hit in sorted(equal, key=_age)]
    return [replace(hit, rank=rank) for rank, hit in enumerate(ordered, start=1)]


def searched(
    question: str, history: Sequence[Turn], generation: Generation, top_k: int, filters: Filters, rerank: Rerank
) -> Found:
    """What these filters leave for a question, whatever it says itself."""
    condensed, failures = condense(question, history), dict[str, None]()
    by_words = threading.Event()
    own, english = rerank is as_ranked, language_of(question) == "English"

    def search(query: str) -> list[Hit]:
        depth = top_k if own else max(top_k, RERANKED)
        found = generation.search(
            query, depth, filters.since, filters.until, filters.sources, filters.articles, by_words.set, own and english
        )
        hits, failure = rerank(query, newest_first(found))
        failures[failure] = None
        return hits[:top_k]

    hits, parts = search(condensed.query), parts_of(question)
    if parts:
        hits = interleaved(hits, [search(part) for part in parts], top_k)
    not_reranked = " ".join(filter(None, failures))
    return Found(hits, condensed, question, filters, not_reranked=not_reranked, words_only=by_words.is_set())


def _fit(question: str, hits: Sequence[Hit], idf: Callable[[str], float]) -> float:
    """The share of the question's words, by rarity, that the hit with most of them has, 0..1."""
    wanted = {term: idf(term) for term in terms(question)}
    total = sum(wanted.values())
    if not total:
        return 0.0
    found = ({*terms(f"{hit.title} {hit.text}")} & wanted.keys() for hit in hits[:_LOOKED_AT])
    return max((sum(wanted[term] for term in has) / total for has in found), default=0.0)


def _equals(hits: Sequence[Hit]) -> Iterator[list[Hit]]:
    """Runs of hits within `EQUAL` of the first of the run."""
    run: list[Hit] = []
    for hit in hits:
        if run and run[0].score - hit.score >= EQUAL:
            yield run
            run = []
        run.append(hit)
    if run:
        yield run


def _age(hit: Hit) -> int:
    return -hit.published.toordinal() if hit.published else 0
