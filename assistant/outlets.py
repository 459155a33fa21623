"""Which outlets of the index a question asks for: "according to USA Today", "what did CNN report"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WORDS = 5  #: of the longest outlet name that is looked for
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[\w&.’'-]*\w")
_SECOND_LEVEL = frozenset("ac co com edu gov net org".split())
_PUBLISHING = r"(?:report|say|write|publish|claim|print|reveal)"
_NEWS = "(?:articles?|stories|story|reports?|coverage|reporting|news|headlines?|editorials?|interviews?)"
#: what stands before an outlet that is asked for as one; "at CNN" or "of CNN" asks about the company
_ACCORDING = re.compile(r"\baccording\s+to\s+$", re.IGNORECASE)
_BEFORE = re.compile(
    rf"\b(?:according\s+to|(?:reported|published|written|printed|covered)\s+(?:by|in|on)|in|{_NEWS}\s+(?:from|by|in|on|of))\s+$",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(?:did|does|has|had)\s+$", re.IGNORECASE)
_DOES = re.compile(rf"\s+{_PUBLISHING}(?:ed|d)?\b", re.IGNORECASE)
_AFTER = re.compile(rf"\s+(?:reports?|reported|says?|said|writes|wrote)\b|(?:['’]s)?\s+{_NEWS}\b", re.IGNORECASE)
#: "According to USA Today Sports": a longer name than the one that was found
_GOES_ON = re.compile(r"['’]s\b|-\w|\s+[A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Named:
    """An outlet's name in a question: offsets of the name, of the phrase around it, and what the index calls the outlet."""

    start: int
    end: int
    phrase_start: int
    phrase_end: int
    sources: tuple[str, ...]
    drop_phrase: bool  #: True where the question reads on without the phrase; else only without the name


def named(question: str, sources: Sequence[str]) -> list[Named]:
    """:param sources: the outlets of the index, as its articles name them, by name or by host."""
    known = _aliases(tuple(sources))
    found: list[Named] = []
    for start, end in _windows(question):
        if found and start < found[-1].end:
            continue
        outlets = known.get(_squashed(question[start:end]))
        if outlets and (name := _asked_for(question, start, end, outlets)):
            found.append(name)
    return found


def _asked_for(question: str, start: int, end: int, outlets: tuple[str, ...]) -> Named | None:
    head = question[max(0, start - 60) : start]
    offset = start - len(head)
    according = _ACCORDING.search(head)
    if not _is_capitalised(question[start:end]) and not (according and question[1:].islower()):
        return None
    asked, does = _ASKED.search(head), _DOES.match(question, end)
    if asked and does:
        return Named(start, end, offset + asked.start(), does.end(), outlets, False)
    if after := _AFTER.match(question, end):
        return Named(start, end, start, after.end(), outlets, False)
    before = _BEFORE.search(head)
    if before and not _GOES_ON.match(question, end):
        return Named(start, end, offset + before.start(), end, outlets, before.group().lower().split()[0] in ("according", "in"))
    return None


def _windows(question: str) -> Iterator[tuple[int, int]]:
    """Runs of up to `_WORDS` words, from left to right, the longest first."""
    words = [match.span() for match in _WORD.finditer(question)]
    for i, (start, _) in enumerate(words):
        for j in range(min(i + _WORDS, len(words)) - 1, i - 1, -1):
            end = words[j][1]
            if question[start:end].lower().endswith(("'s", "’s")):
                yield start, end - 2
            yield start, end


def _is_capitalised(name: str) -> bool:
    """As a name is written; a host is written small."""
    words = [word for word in name.split() if word.lower() != "the"]
    return _HOST.fullmatch(name) is not None or all(word[0].isupper() or word[0].isdigit() for word in words)


def _squashed(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


@lru_cache(maxsize=8)
def _aliases(sources: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What an outlet may be called, squashed -> the sources of that name; "USA Today" and www.usatoday.com are one."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for alias in {_squashed(alias) for alias in _names(source)} - {""}:
            found.setdefault(alias, []).append(source)
    return {alias: tuple(names) for alias, names in found.items()}


def _names(source: str) -> Iterator[str]:
    yield source
    yield re.sub(r"^the\s+", "", source, flags=re.IGNORECASE)
    if _HOST.fullmatch(source):
        labels = source.split(".")
        tail = labels[:-1]
        if len(tail) > 1 and tail[-1] in _SECOND_LEVEL:
            tail = tail[:-1]
        yield tail[-1]
        yield ".".join(labels[len(tail) - 1 :])
