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
_ENDS = re.compile(r"[.!?]\s+")
#: what asks for something that the question does not name itself; "Did it close when the storm hit?" and "A or B?" do
_OPEN = re.compile(r"(?:(?:at|by|for|from|in|of|on|to|with)\s+)?(?:who(?:m|se)?|what|which|when|where|why|how)\b", re.IGNORECASE)
_CHOICE = re.compile(r"\bor\b", re.IGNORECASE)
_FEWEST_WORDS = 3
_UNSPACED_FROM = "\u2e80"  #: scripts from here on write no spaces between words


def says_nothing(question: str, sentence: str) -> bool:
    """True if the sentence is only a scrap ("Sunday"), or if it only repeats a question that asks for something."""
    scrap = len(sentence.split()) < _FEWEST_WORDS and max(sentence, default="") < _UNSPACED_FROM
    asks = _ENDS.split(question.strip())[-1]
    is_open = _OPEN.match(asks) and not _CHOICE.search(asks)
    return scrap or (bool(is_open) and set(terms(sentence)) <= set(terms(question)))


def has_expected(question: str, sentence: str) -> bool:
    """True if the question asks for a name, a number or a time, and the sentence has one that the question has not."""
    said = question.casefold()
    wanted = [found for asks, found in _ASKS if asks.search(question)]
    return any(match.group().casefold() not in said for found in wanted for match in found.finditer(sentence))
