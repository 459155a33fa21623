"""Where articles differ on what is asked: found among the sentences that answer, before an answer is written from them.

Nobody is declared right, but for two cases: an outlet that corrects itself later, and a count that a story went on from. Then the
newer sentence takes the place of the older, and the answer names both. Copies are one article here as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

from assistant.answers import Citer
from assistant.dates import MONTHS
from assistant.grounding.contradictions import Apart, Statement, contradiction
from assistant.grounding.corrections import corrects, is_correction
from assistant.grounding.vocabulary import WEEKDAYS, key_of
from assistant.grounding.words import words_of
from assistant.selection import Candidate
from assistant.types import Claim, Disagreement

#: sentences compared with each other, and the share of the best one's score that they must have: those that answer, too
_COMPARED, _KEEP = 12, 0.6
#: the story of two articles further apart is another one
_SAME_STORY_DAYS = 45
#: a count further apart than this is of another event, unless the newer article says that it changed
_SAME_COUNT_DAYS = 10
#: "on Monday" of articles further apart may be two Mondays
_SAME_WEEK_DAYS = 3
#: names that two articles must share where one of them has no date
_UNDATED_NAMES = 2
#: disagreements told of one answer
_TOLD = 3
_UPDATES = re.compile(
    r"\b(?:rose|risen|climbed|increased|grew|grown|fell|dropped|now|so far|latest|update[ds]?|new toll)\b", re.IGNORECASE
)
#: what is counted anew while a story goes on
_GROWING = frozenset(
    key_of(word)
    for word in """dead deaths killed people victims bodies casualties fatalities injured wounded missing hospitalized arrests
    arrested detained evacuated displaced homes houses cases infections patients survivors rescued votes seats""".split()
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sentences that differ, the older first."""

    kind: Literal["conflict", "correction", "update"]
    apart: Apart  #: `first` is of `older`
    older: Candidate
    newer: Candidate


def conflicts(question: str, ranked: Sequence[Candidate]) -> list[Conflict]:
    """:param question: with the conversation that it leans on. :param ranked: sentences, best first. :return: best first."""
    asked = _asked(question)
    close = [c for c in ranked[:_COMPARED] if c.score >= _KEEP * ranked[0].score]
    found = []
    for a, b in combinations(close, 2):
        if a.evidence.article_id != b.evidence.article_id and _one_story(a, b):
            older, newer = sorted((a, b), key=_age)
            apart = contradiction(_statement(older), _statement(newer), asked)
            if apart and not _is_another_event(apart, older, newer):
                found.append(Conflict(_kind(apart, older, newer), apart, older, newer))
    return found


def _age(candidate: Candidate) -> tuple[date, bool]:
    """The order that two articles came in; of the same day a correction is the later."""
    item = candidate.evidence
    return item.published or date.min, is_correction(item.title, item.text)


def preferred(ranked: Sequence[Candidate], found: Sequence[Conflict]) -> list[Candidate]:
    """The sentences with those that were corrected left out, and a newer count before the older."""
    order = list(ranked)
    for conflict in found:
        if conflict.kind == "conflict" or conflict.older not in order or conflict.newer not in order:
            continue
        at = min(order.index(conflict.older), order.index(conflict.newer))
        order.remove(conflict.newer)
        order.insert(at, conflict.newer)
        if conflict.kind == "correction":
            order.remove(conflict.older)
    return order


def told(found: Sequence[Conflict], citer: Citer) -> Iterator[Disagreement]:
    """Those that the answer's own quotes are part of, each with its quotes numbered by `citer`."""
    said: set[tuple[str, str]] = set()
    for conflict in found:
        sides = (conflict.older, conflict.newer)
        values = (conflict.apart.first, conflict.apart.second)
        if len(said) == _TOLD or values in said or not any(_is_cited(side, citer) for side in sides):
            continue
        said.add(values)
        claims = tuple(
            Claim(value, citer.quote(side.evidence, side.start, side.end)) for value, side in zip(values, sides, strict=True)
        )
        yield Disagreement(conflict.kind, conflict.apart.about, claims, _sentence(conflict, claims))


def _asked(question: str) -> set[str]:
    """Keys of what is asked of the things named: of "When will the Silver Bridge open?" only "open"; of names alone, these."""
    words = words_of(question)
    content = [i for i in range(len(words)) if words.content[i]]
    return {words.keys[i] for i in content if words.raw(i).islower()} or {words.keys[i] for i in content}


def _one_story(a: Candidate, b: Candidate) -> bool:
    """True if the two are not far apart in time and name something in common, by capitalised words."""
    first, second = a.evidence.published, b.evidence.published
    if first and second and abs((second - first).days) > _SAME_STORY_DAYS:
        return False
    return len(_names(a) & _names(b)) >= (1 if first and second else _UNDATED_NAMES)


def _names(candidate: Candidate) -> set[str]:
    words = words_of(f"{candidate.evidence.title}\n{candidate.text}")
    return {key for i, key in enumerate(words.keys) if i and words.content[i] and words.raw(i)[0].isupper()}


def _statement(candidate: Candidate) -> Statement:
    return Statement.of(candidate.text, candidate.evidence.text)


def _kind(apart: Apart, older: Candidate, newer: Candidate) -> Literal["conflict", "correction", "update"]:
    before, after = older.evidence, newer.evidence
    if not (before.published and after.published):
        return "conflict"
    # Only an outlet's own: whoever else calls his article a correction may be wrong, or want to mislead.
    own = bool(after.source) and after.source.casefold() == before.source.casefold()
    if own and before.published <= after.published and corrects(apart, after.title, after.text):
        return "correction"
    grows = apart.counted in _GROWING or (apart.kind == "number" and _is_update(newer))
    return "update" if before.published < after.published and grows else "conflict"


def _is_another_event(apart: Apart, older: Candidate, newer: Candidate) -> bool:
    before, after = older.evidence.published, newer.evidence.published
    days = (after - before).days if before and after else None
    if apart.first.lower() in WEEKDAYS:  # of which week?
        return days is None or days > _SAME_WEEK_DAYS
    return days is not None and days > _SAME_COUNT_DAYS and apart.counted in _GROWING and not _is_update(newer)


def _is_update(newer: Candidate) -> bool:
    return _UPDATES.search(f"{newer.evidence.title} {newer.text}") is not None


def _is_cited(candidate: Candidate, citer: Citer) -> bool:
    return any(
        c.article_id == candidate.evidence.article_id and c.start < candidate.end and candidate.start < c.end
        for c in citer.citations
    )


def _sentence(conflict: Conflict, claims: tuple[Claim, ...]) -> str:
    (older, newer), about = (_told_claim(claim) for claim in claims), conflict.apart.about
    match conflict.kind:
        case "correction":
            return f"{claims[1].citation.source} corrected itself on {about!r}: {newer} holds, not {older}."
        case "update":
            return f"The figure changed as the story went on ({about}): first {older}, then {newer}."
    return f"The articles differ on {about!r}: {older}, but {newer}."


def _told_claim(claim: Claim) -> str:
    """`“$84 million” (The Mallory Courier, 2 April 2025) [1]`"""
    citation = claim.citation
    when = citation.published
    day = f"{when.day} {MONTHS[when.month - 1]} {when.year}" if when else ""
    origin = ", ".join(filter(None, (citation.source or citation.title or citation.article_id, day)))
    return f"“{claim.value}” ({origin}) [{citation.number}]"
