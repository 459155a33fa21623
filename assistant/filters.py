"""What a question says about when and where its articles were published, understood by rules and without a model.

When unsure it understands nothing: a filter that nobody asked for hides the answer, a missing one only ranks it lower.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from assistant.dates import MONTHS
from assistant.outlets import named
from assistant.timeframes import frames
from assistant.types import Filters

#: a longer text is pasted rather than asked, and its dates are its own
_LONGEST = 1000
#: outlets that a sentence names; one outlet can have several hosts
_NAMED_OUTLETS = 3


@dataclass(frozen=True, slots=True)
class Understood:
    """Days inclusive, None: open; `sources` empty: all. `said` are the phrases understood, `rest` the question without them.

    `speakers` are the outlets of which it is asked what they said: name -> its sources. Such can be the sides of a comparison.
    """

    since: date | None
    until: date | None
    sources: tuple[str, ...]
    said: tuple[str, ...]
    rest: str
    speakers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    times: tuple[str, ...] = ()  #: those of `said` that name a time; the others name an outlet


def understand(question: str, sources: Sequence[str], today: date) -> Understood:
    """:param sources: the outlets of the index, by name or host. :param today: what "last week" counts from."""
    if len(question) > _LONGEST:
        return Understood(None, None, (), (), question)
    outlets = named(question, sources)
    masked = _without(question, [(name.start, name.end) for name in outlets])  # "USA Today" is no day
    times = frames(masked, today, of_outlet=bool(outlets))
    since = max((t.since for t in times if t.since), default=None)
    until = min((t.until for t in times if t.until), default=None)
    if since and until and since > until:  # "since May … until March": whatever it means, no article is of both
        times, since, until = [], None, None
    if since and since > today:
        times, since, until = [t for t in times if not t.since], None, until
    phrases = [(t.start, t.end) for t in times]
    dropped = phrases + [(n.phrase_start, n.phrase_end) if n.drop_phrase else (n.start, n.end) for n in outlets]
    said = sorted(phrases + [(n.phrase_start, n.phrase_end) for n in outlets])
    found = dict.fromkeys(source for phrase in outlets for name in phrase.names for source in name.sources)
    speakers = {question[n.start : n.end]: n.sources for phrase in outlets if not phrase.drop_phrase for n in phrase.names}
    of_time = tuple(question[a:b] for a, b in phrases)
    phrases_said = tuple(question[a:b] for a, b in said)
    return Understood(since, until, tuple(found), phrases_said, _rest(question, dropped), speakers, of_time)


def in_words(filters: Filters) -> str:
    """`since 8 Nov 2025 by CNN in the 2 chosen articles`, to follow "no article"; "" without a filter."""
    return " ".join(filter(None, (_when_and_where(filters), f"in {_chosen(filters)}" if filters.articles else "")))


def articles_in_words(filters: Filters) -> str:
    """`articles since 8 Nov 2025 by CNN`, `the 2 chosen articles since 8 Nov 2025`."""
    return f"{_chosen(filters) if filters.articles else 'articles'} {_when_and_where(filters)}".strip()


def left_out_all(filters: Filters, articles: int) -> str:
    """Why nothing was found with these filters. :param articles: in the index."""
    number = f"{articles} article{'' if articles == 1 else 's'}"
    return f"The index has no article {in_words(filters)}: the filter left out all of its {number}."


def _chosen(filters: Filters) -> str:
    number = len(filters.articles)
    return "the chosen article" if number == 1 else f"the {number} chosen articles"


def _when_and_where(filters: Filters) -> str:
    since, until = filters.since, filters.until
    if since and since == until:
        when = f"of {_day(since)}"
    elif since and until:
        when = f"from {_day(since)} to {_day(until)}"
    else:
        when = f"since {_day(since)}" if since else f"until {_day(until)}" if until else ""
    names = list(filters.sources[:_NAMED_OUTLETS])
    more = len(filters.sources) - len(names)
    where = f"by {', '.join(names)}{f' and {more} more' if more else ''}" if names else ""
    return " ".join(filter(None, (when, where)))


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _without(question: str, spans: Sequence[tuple[int, int]]) -> str:
    """The same length, each span blank."""
    for start, end in spans:
        question = question[:start] + "\0" * (end - start) + question[end:]
    return question


def _rest(question: str, spans: Sequence[tuple[int, int]]) -> str:
    if not spans:
        return question
    left = re.sub(r"\0+", " ", _without(question, spans))
    left = re.sub(r"\s+(?=[?.!,;])", "", left)
    return " ".join(re.sub(r"^[\s,;]+|[,;]+(?=[?.!,;])|[,;\s]+$", "", left).split())
