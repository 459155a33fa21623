"""A question that needs two articles -> its parts, each searched for: "Did the dam fail before the election was called?"

Rules, and English ones. A part that leaves its subject out ("… and why did it close?") gets that of the part before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.terms import terms
from index.types import Hit

_ASKS = "who|whom|whose|what|which|when|where|why|how|did|does|do|was|were|is|are|has|have|had"
_ORDER = re.compile(
    r"^\W*(?:did|was|were|had|has|have|is|are|will|does|do) (?P<a>.+?),? (?:happen |take place |come |occur )?"
    r"(?:before|after|earlier than|later than|at the same time as|during) (?P<b>.+)$",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"^\W*(?:which|what|who)(?: of (?:the|these) two)? (?:came|happened|was|started|began|died|won|ended|took place) "
    r"(?:first|earlier|later|last)\W+(?P<a>.+?),? or (?P<b>.+)$",
    re.IGNORECASE,
)
_AND = re.compile(
    rf"(?:\?|,|;)?\s+and(?: also| then)?,? (?=(?:(?:at|in|on|by|for|from|to|with|of) )?(?:{_ASKS})\b)|\?\s+(?=\w)", re.IGNORECASE
)
_POINTER = re.compile(r"\b(?:it|he|she|they|him|her|them|its|his|their|that|this)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\W*(?:\d[\w:.]*|the|of|end|start|beginning|next|last|this|week|month|year|noon|midnight|a\.?m\.?|p\.?m\.?|(?:mon|tues|wednes|"
    r"thurs|fri|satur|sun)day|jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\W*",
    re.IGNORECASE,
)
_LONGEST = 300  #: characters; a longer text is pasted rather than asked
_MOST = 3


def parts_of(question: str) -> tuple[str, ...]:
    """:return: two or three questions to search for beside the whole one; empty for a question that is one."""
    asked = question.strip().rstrip("?!. ")
    if len(asked) > _LONGEST:
        return ()
    match = _ORDER.search(asked) or _FIRST.search(asked)
    found = [match["a"], match["b"]] if match else [part.strip() for part in _AND.split(asked) if part and part.strip()]
    if not 1 < len(found) <= _MOST or any(_own(part) < (2 if match else 1) for part in found):
        return ()
    if match and any(map(_is_time, found)):
        return ()
    return tuple(part if i == 0 or not _leans(part) else f"{part} {found[0]}" for i, part in enumerate(found))


def interleaved(whole: Sequence[Hit], of_parts: Sequence[Sequence[Hit]], top_k: int) -> list[Hit]:
    """The best hit of each part in turn, between them those of the whole question; each passage once, ranks count anew."""
    queues = [list(hits) for hits in (*of_parts, whole)]
    merged: dict[str, Hit] = {}
    for depth in range(max(map(len, queues), default=0)):
        for hits in queues:
            if depth < len(hits):
                merged.setdefault(hits[depth].passage_id, hits[depth])
    return [replace(hit, rank=rank) for rank, hit in enumerate(list(merged.values())[:top_k], start=1)]


def _own(part: str) -> int:
    return len(set(terms(part)))


def _leans(part: str) -> bool:
    """Too short to be searched for alone, or about what the part before named."""
    return _own(part) < 2 or bool(_POINTER.search(part))


def _is_time(part: str) -> bool:
    """'before 5 November 2024' names a day, not an event that an article tells of."""
    return all(_TIME.fullmatch(word) for word in part.split())
