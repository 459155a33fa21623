"""Questions about now, asked of a collection that ends some day: the answer says which."""

from __future__ import annotations

import re
from datetime import date

from assistant.occasions import in_short

_NOW = re.compile(
    r"\b(?:latest|today|tonight|yesterday|now|currently|nowadays|recently|as of (?:today|now)|at (?:the moment|present)|"
    r"these days|so far|this (?:week|month|year)|(?:breaking|today[’']s) news)\b"
)
#: outlets and titles have such words in capitals: "USA Today", "Apocalypse Now"
_NAME = re.compile(r"(?<=[A-Za-z] )(?:Today|Now)\b")


def beyond(question: str, today: date, newest: date | None) -> str:
    """:return: a sentence for the user if the question is about a time after the newest article; else ""."""
    asks = _NOW.search(_NAME.sub("", question).lower())
    if not asks or newest is None or newest >= today:
        return ""
    return f"The newest article in the index is of {in_short(newest)}; what happened after that day is not in it."
