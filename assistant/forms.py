"""Quotes laid out in the form that a question asks for: a summary, a list, a timeline, a comparison. Each item is a quote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from assistant.drafting import Supported, quoted
from assistant.occasions import Occasion, occasion_of, says_its_day
from assistant.selection import Candidate
from assistant.tasks import Task
from assistant.types import Evidence
from index.terms import terms

#: of an answer to one question
MAX_QUOTED_CHARS = 560
#: of a timeline, list or summary
_MAX_ITEMS, _MAX_CHARS = 8, 1600
#: share of the best sentence's score that each item must have
_TIMELINE_KEEP, _LIST_KEEP, _SUMMARY_KEEP = 0.55, 0.55, 0.5
_LIST_ITEMS = 6
_SUMMARY_SENTENCES, _SUMMARY_ARTICLES = 4, 2
#: share of the topic's words that an article of a timeline must have, beside the article that has most
_ON_TOPIC = 0.75
#: of one article in a timeline
_PER_ARTICLE = 3
#: a sentence that shares more of its words with one before it says the same
_SAME = 0.7


def laid_out(task: Task, ranked: Sequence[Candidate]) -> list[Candidate]:
    """:param ranked: sentences, best first. :return: those that the form is made of, in the order they are told in."""
    match task.form:
        case "timeline":
            return sorted(_timeline(ranked, task.topic), key=lambda c: _place(occasion_of(c.text, c.evidence.published)))
        case "list":
            return [c for c in _distinct(ranked) if c.score >= _LIST_KEEP * ranked[0].score][:_LIST_ITEMS]
        case "summary":
            return _summary(ranked, task.newest_first)
    return list(ranked)


def composed(task: Task, ranked: Sequence[Candidate]) -> Iterator[Supported]:
    """The same as quotes."""
    if task.form in ("answer", "comparison"):
        yield from quoted(ranked, max_sentences=3, max_chars=MAX_QUOTED_CHARS, keep=0.6)
        return
    items = quoted(laid_out(task, ranked), max_sentences=_MAX_ITEMS, max_chars=_MAX_CHARS, keep=0.0)
    yield from in_order(list(items)) if task.form == "timeline" else items


def in_order(items: Sequence[Supported]) -> list[Supported]:
    """Items of a timeline by the day, month or year they tell of, which is their heading; those without one last."""
    occasions = [_occasion(item) for item in items]
    ordered = sorted(zip(items, occasions, strict=True), key=lambda pair: _place(pair[1]))
    return [replace(item, heading=occasion.words) if occasion else item for item, occasion in ordered]


def with_side(supported: Supported, task: Task, before: str) -> Supported:
    """Headed by the side of a comparison that the sentence, or else its article, is about. :param before: the last heading."""
    item, start, end = supported.spans[0]
    sides = [name for name, _ in task.sides]
    if task.outlets:
        return replace(supported, heading=next((name for name in sides if _is_by(item, task.outlets[name])), before))
    for text in (supported.text, item.title, item.source, item.text):
        words = set(terms(text))
        shares = [len(words & set(terms(side))) / max(1, len(set(terms(side)))) for side in sides]
        if max(shares) > 0 and shares.count(max(shares)) == 1:
            return replace(supported, heading=sides[shares.index(max(shares))])
    return replace(supported, heading=before)


def _timeline(ranked: Sequence[Candidate], topic: str) -> list[Candidate]:
    """The best sentences of the articles that are about the topic as much as the best one is, or nearly.

    A sentence there that names the topic and its own day is part of the story, however little else it shares with the question.
    """
    words = set(terms(topic))
    shares = {c.evidence.number: len(words & set(terms(f"{c.evidence.title} {c.evidence.text}"))) for c in ranked}
    told = [c for c in ranked if shares[c.evidence.number] >= _ON_TOPIC * max(shares.values())]
    taken: dict[str, int] = {}
    chosen: list[Candidate] = []
    least = _TIMELINE_KEEP * ranked[0].score
    good = [c for c in told if c.score >= least or (says_its_day(c.text) and words & set(terms(c.text)))]
    for candidate in _distinct(good):
        article = candidate.evidence.article_id
        if len(chosen) < _MAX_ITEMS and taken.get(article, 0) < _PER_ARTICLE:
            taken[article] = taken.get(article, 0) + 1
            chosen.append(candidate)
    return chosen


def about_side(side: str, ranked: Sequence[Candidate], task: Task) -> list[Candidate]:
    """Sentences that name a side of a comparison, or stand in an article whose headline does; all if none do.

    Of an outlet only its own sentences on the topic: what another says of it is no side of it.
    """
    words = set(terms(task.topic if task.outlets else side))
    told = [c for c in ranked if words & set(terms(f"{c.evidence.title} {c.text}"))]
    if task.outlets:
        return [c for c in told if _is_by(c.evidence, task.outlets[side])]
    return told or list(ranked)


def _is_by(item: Evidence, sources: Iterable[str]) -> bool:
    return not {item.source, *item.also}.isdisjoint(sources)


def _summary(ranked: Sequence[Candidate], newest_first: bool) -> list[Candidate]:
    """The best sentences of the best articles, each article in its own order, so that it reads on."""
    good = [c for c in ranked if c.score >= _SUMMARY_KEEP * ranked[0].score]
    if newest_first:
        good.sort(key=lambda c: c.evidence.published or date.min, reverse=True)
    articles = list(dict.fromkeys(c.evidence.article_id for c in good))[:_SUMMARY_ARTICLES]
    chosen = [c for c in _distinct(good) if c.evidence.article_id in articles][:_SUMMARY_SENTENCES]
    return sorted(chosen, key=lambda c: (articles.index(c.evidence.article_id), c.start))


def repeats(text: str, other: str) -> bool:
    """True if one of two texts has next to no words that the other has not, and the first no figure."""
    words, others = set(terms(text)), set(terms(other))
    return _alike(words, others) and not any(word[0].isdigit() for word in words - others)


def _alike(words: set[str], others: set[str]) -> bool:
    return len(words & others) > _SAME * min(len(words), len(others))


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Without those that say again what a better one says."""
    kept: list[tuple[Candidate, set[str]]] = []
    for candidate in candidates:
        words = set(terms(candidate.text))
        if words and not any(_alike(words, other) for _, other in kept):
            kept.append((candidate, words))
    return [candidate for candidate, _ in kept]


def _occasion(supported: Supported) -> Occasion | None:
    evidence, start, end = supported.spans[0]
    return occasion_of(evidence.text[start - evidence.start : end - evidence.start], evidence.published)


def _place(occasion: Occasion | None) -> date:
    return occasion.day if occasion else date.max
