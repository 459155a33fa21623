"""Follow-up + history -> what is searched for.

Rules, not a model: a search must not wait for two seconds of rewriting. What the conversation was about is added to a question
that leans on it ("Who was arrested?"), and left away where the question stands on its own feet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.terms import terms

Turn = Mapping[str, str]

_POINTERS = frozenset(
    "he she it they him her them his hers its their theirs this that these those there then one ones former latter same".split()
)
_WORD = re.compile(r"[\w'’-]+")
_OPENERS = ("and ", "but ", "so ", "what about", "how about", "why?", "when?", "where?", "who?", "how?")
#: markers and footnotes of an earlier answer are no part of what was said
_MARKER = re.compile(r"\s*\[\d+\]")
_CONTEXT_TURNS = 4
_MAX_CONTEXT_CHARS = 600


@dataclass(frozen=True, slots=True)
class Condensed:
    """`query` is what is searched for; `context` is what was taken from the history, empty if nothing was."""

    query: str
    context: str = ""


def condense(question: str, history: Sequence[Turn] = ()) -> Condensed:
    """:param history: earlier turns, oldest first: {"role": "user" | "assistant", "content": str}."""
    context = _context(history)
    if not context or not leans(question, context):
        return Condensed(question)
    return Condensed(f"{question} {context}", context)


def leans(question: str, context: str) -> bool:
    """True unless the question clearly changes the subject: several words of its own, none of the conversation's, no pointer."""
    words = {w.lower() for w in _WORD.findall(question)}
    if words & _POINTERS or question.lower().startswith(_OPENERS):
        return True
    own = set(terms(question))
    return bool(own & set(terms(context))) or len(own) <= 3 or not _names(question)


def _names(question: str) -> bool:
    """Capitalised words beyond the first: a question with names of its own says what it is about."""
    return any(word[0].isupper() for word in _WORD.findall(question)[1:])


def _context(history: Sequence[Turn]) -> str:
    said = [_MARKER.sub("", turn["content"]).strip() for turn in history[-_CONTEXT_TURNS:] if turn.get("content")]
    return " ".join(said)[-_MAX_CONTEXT_CHARS:]
