"""Follow-up + history -> what is searched for.

Rules, not a model: a search must not wait for two seconds of rewriting. What the conversation was about is added to a question
that leans on it ("Who was arrested?"), and left away where the question stands on its own feet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.prompts import ABSTENTION
from index.sentences import sentence_spans
from index.terms import terms

Turn = Mapping[str, str]

_POINTERS = frozenset(
    "he she it they him her them his hers its their theirs this that these those there then one ones former latter same".split()
)
_WORD = re.compile(r"[\w'’-]+")
_OPENERS = ("and ", "but ", "so ", "what about", "how about", "why?", "when?", "where?", "who?", "how?")
_DAY = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
)
#: a name may begin with one
_ARTICLES = ("The", "A", "An", "I")
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
    context = _context(_of_this_subject(history))
    if not context or not leans(question, context):
        return Condensed(question)
    return Condensed(f"{question} {context}", context)


def leans(question: str, context: str) -> bool:
    """True unless the question clearly changes the subject: it names something of its own and points at nothing said before."""
    words = {w.lower() for w in _WORD.findall(question)}
    if words & _POINTERS or question.lower().startswith(_OPENERS):
        return True
    named, told = names(question), set(terms(context))
    if not named:
        return True
    plain = set(terms(question)) - named
    return bool(named & told) and (len(plain) < 2 or bool(plain & told))


def names(text: str) -> set[str]:
    """The terms that a text writes like names, the first word of each sentence, days and months aside; none where All Words Are
    Written So."""
    found = [word for start, end in sentence_spans(text) for word in _WORD.findall(text[start:end])[1:]]
    found = [word for word in found if word[0].isupper() and not _DAY.fullmatch(word)]
    if any(not terms(word) and word not in _ARTICLES for word in found):
        return set()
    return {term for word in found for term in terms(word)}


def _of_this_subject(history: Sequence[Turn]) -> list[Turn]:
    """The turns since the last question that changed the subject."""
    kept: list[Turn] = []
    for turn in history:
        if turn.get("role") == "user" and kept and not leans(turn.get("content", ""), _context(kept)):
            kept = []
        kept.append(turn)
    return kept


def _context(history: Sequence[Turn]) -> str:
    """What was asked and answered. That the articles do not say something tells nothing of a story."""
    contents = [turn["content"] for turn in history[-_CONTEXT_TURNS:] if turn.get("content")]
    said = [_MARKER.sub("", content).strip() for content in contents if not content.startswith(ABSTENTION)]
    return " ".join(said)[-_MAX_CONTEXT_CHARS:]
