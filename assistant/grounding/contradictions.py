"""Do two sentences say different things of one matter? A figure, a date, or yes against no; found by form alone.

Precision goes before recall: a contradiction that is none makes good articles look bad. So the words around the two figures
must be mostly the same, what is counted must be the same, and neither text may have the other's figure anywhere.
"""

from __future__ import annotations

from collections.abc import Collection

from assistant.grounding.apart import Apart as Apart
from assistant.grounding.apart import Statement as Statement
from assistant.grounding.figures_apart import ages_apart, dates_apart, numbers_apart, years_apart
from assistant.grounding.opposites import denied_apart, opposites_apart, winners_apart

_FINDERS = (numbers_apart, dates_apart, years_apart, ages_apart, denied_apart, opposites_apart, winners_apart)


def contradiction(first: Statement, second: Statement, asked: Collection[str]) -> Apart | None:
    """:param asked: keys of the words of the question; what differs must be told of one of them. :return: None if all agrees."""
    found = (pair for finder in _FINDERS for pair in finder(first, second))
    return next((apart for shared, apart in found if shared & set(asked)), None)
