"""What kind of thing a question asks for, and whether a sentence has one: a name, a number, a time.

Li & Roth, Learning Question Classifiers, COLING 2002, has the taxonomy; three coarse classes are what a surface can show.
"""

from __future__ import annotations

import re

from index.terms import terms

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|million|"
    r"billion|dozen|half|twice|double)s?\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|"
    r"\b(?:1[89]|20)\d\d\b|\b(?:today|yesterday|tomorrow|tonight|weeks?|months?|years?|days?|hours?|morning|evening|night)\b"
)
_NAME = re.compile(r"(?<![.!?\"“] )(?<!^)\b[A-Z][\w'’-]+")
_ASKS = (
    (
        re.compile(r"\bhow (?:many|much|long|old|far|big|large|tall|high|often)\b|\bwhat (?:percent|share|number|age)", re.I),
        _NUMBER,
    ),
    (re.compile(r"\bwhen\b|\bwhat (?:year|date|day|time|month)\b|\bhow long ago\b", re.I), _TIME),
    (re.compile(r"\bwho(?:m|se)?\b|\bwhere\b|\b(?:what|which) (?:city|country|company|team|state|person)\b", re.I), _NAME),
)
#: with fewer terms it is no claim: its words stand in an article whatever is asked
_FEWEST_TERMS = 3
_OPEN = re.compile(r"\b(?:who(?:m|se)?|what|which|when|where|why|how)\b", re.IGNORECASE)


def says_nothing(question: str, sentence: str) -> bool:
    """True if the sentence is only a scrap ("Sunday"), or if it only repeats a question that asks for something."""
    told = terms(sentence)
    return len(told) < _FEWEST_TERMS or (bool(_OPEN.search(question)) and set(told) <= set(terms(question)))


def has_expected(question: str, sentence: str) -> bool:
    """True if the question asks for a name, a number or a time, and the sentence has one that the question has not."""
    said = question.casefold()
    wanted = [found for asks, found in _ASKS if asks.search(question)]
    return any(match.group().casefold() not in said for found in wanted for match in found.finditer(sentence))
