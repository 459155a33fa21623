"""Which outlets of the index a question asks for: "according to USA Today", "what did CNN report"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_WORDS = 5  #: of the longest outlet name that is looked for
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[\w&.’'-]*\w")
_SECOND_LEVEL = frozenset("ac co com edu gov net org".split())
_PUBLISHING = r"(?:report|say|write|publish|claim|print|reveal)"
_NEWS = "(?:articles?|stories|story|reports?|coverage|reporting|news|headlines?|editorials?|interviews?)"
#: what stands before an outlet that is asked for as one; "at CNN" or "of CNN" asks about the company
_ACCORDING = re.compile(r"\baccording\s+to\s+(?:both\s+)?$", re.IGNORECASE)
_BEFORE = re.compile(
    rf"\b(?:according\s+to|(?:reported|published|written|printed|covered)\s+(?:by|in|on)|in|{_NEWS}\s+(?:from|by|in|on|of))\s+(?:both\s+)?$",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(?:do|did|does|has|have|had)\s+(?:both\s+)?$", re.IGNORECASE)
_DOES = re.compile(rf"\s+{_PUBLISHING}(?:ed|d)?\b", re.IGNORECASE)
_AFTER = re.compile(rf"\s+(?:reports?|reported|says?|said|writes|wrote)\b|(?:['’]s)?\s+{_NEWS}\b", re.IGNORECASE)
#: "According to USA Today Sports": a longer name than the one that was found
_GOES_ON = re.compile(r"['’]s\b|-\w|\s+[A-Z0-9]")
#: between the names of a list, and before its last name; without an "and" a comma ends the phrase
_COMMA, _AND = re.compile(r",\s+(?:the\s+)?", re.IGNORECASE), re.compile(r",?\s+(?:and|or|&)\s+(?:the\s+)?", re.IGNORECASE)
#: what an outlet is named together with is no outlet that is known: half of "CNN and the mayor" would be a wrong filter
_TOGETHER_AFTER = re.compile(r",?\s+(?:and|or)\s+(?:the\s+)?[A-Z]")
_TOGETHER_BEFORE = re.compile(r"\w\s+(?:and|or)\s+(?:the\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """One outlet in a question: the offsets of its name, and what the index calls it."""

    start: int
    end: int
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """One or several outlets that a question asks for ("CNN and USA Today"), and the offsets of the phrase around them."""

    names: tuple[Name, ...]
    phrase_start: int
    phrase_end: int
    drop_phrase: bool  #: True where the question reads on without the phrase; else only without the names

    @property
    def start(self) -> int:
        return self.names[0].start

    @property
    def end(self) -> int:
        return self.names[-1].end


def named(question: str, sources: Sequence[str]) -> list[Named]:
    """:param sources: the outlets of the index, as its articles name them, by name or by host."""
    found: list[Named] = []
    for names in _lists(question, _mentioned(question, sources)):
        if one := _asked_for(question, names):
            found.append(one)
        elif len(names) > 1:
            found += filter(None, (_asked_for(question, (name,)) for name in names))
    return found


def _mentioned(question: str, sources: Sequence[str]) -> Iterator[Name]:
    known, after = _aliases(tuple(sources)), 0
    for start, end in _windows(question):
        if start >= after and (outlets := known.get(_squashed(question[start:end]))):
            after = end
            yield Name(start, end, outlets)


def _lists(question: str, names: Iterable[Name]) -> Iterator[tuple[Name, ...]]:
    """Names that stand together, "A, B and C", each list as one; a comma alone joins nothing."""
    run: list[Name] = []
    for name in names:
        gap = question[run[-1].end : name.start] if run else ""
        if run and not (_AND.fullmatch(gap) or _COMMA.fullmatch(gap)):
            yield from _joined(question, run)
            run = []
        run.append(name)
    yield from _joined(question, run)


def _joined(question: str, run: Sequence[Name]) -> Iterator[tuple[Name, ...]]:
    if len(run) > 1 and _AND.fullmatch(question[run[-2].end : run[-1].start]):
        yield tuple(run)
    else:
        yield from ((name,) for name in run)


def _asked_for(question: str, names: tuple[Name, ...]) -> Named | None:
    start, end = names[0].start, names[-1].end
    head = question[max(0, start - 60) : start]
    offset = start - len(head)
    according = _ACCORDING.search(head)
    capitalised = all(_is_capitalised(question[name.start : name.end]) for name in names)
    if not capitalised and not (according and question[1:].islower()):
        return None
    if _TOGETHER_AFTER.match(question, end) or _TOGETHER_BEFORE.search(head):
        return None
    asked, does = _ASKED.search(head), _DOES.match(question, end)
    if asked and does:
        return Named(names, offset + asked.start(), does.end(), False)
    if after := _AFTER.match(question, end):
        return Named(names, start, after.end(), False)
    before = _BEFORE.search(head)
    if before and not _GOES_ON.match(question, end):
        return Named(names, offset + before.start(), end, before.group().lower().split()[0] in ("according", "in"))
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
