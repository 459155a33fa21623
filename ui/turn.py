"""One question of a conversation with what became of it, and the same as data: what the browser keeps and gives back.

The browser keeps data, never HTML. What comes back is read as strictly as anything from outside, and rendered anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from assistant.types import Answer, Filters
from ui.errors import CitewireUIError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

State = Literal["waiting", "working", "done", "stopped", "left", "failed"]
Rating = Literal["", "up", "down"]
MAX_TURNS = 200
MAX_RECORD_CHARS = 4_000_000  #: of a whole conversation as JSON; a browser keeps about 5 million for a site
MAX_WORD_CHARS = 500
MAX_QUESTION_CHARS = 1000
MAX_NAMED = 50  #: outlets, and articles, that one question is narrowed to
MAX_ID_CHARS = 1000  #: of an article
_ID = re.compile(r"[0-9a-f]{32}")


class RecordRefused(CitewireUIError):
    """A stored conversation that cannot be read."""


def new_id() -> str:
    """An id that nobody can guess."""
    return uuid4().hex


@dataclass(slots=True)
class Turn:
    """One question. `answer` holds what has come so far while `state` is working, and what had come when it was stopped."""

    question: str
    id: str = field(default_factory=new_id)
    state: State = "waiting"
    answer: Answer = field(default_factory=lambda: Answer("", ""))
    filters: Filters = field(default_factory=Filters)  #: what the user narrowed the search to
    exact: bool = False  #: only those filters, whatever the question says about time and outlet
    again: str = ""  #: id of the turn whose question this asks again: its history is that turn's
    reason: str = ""  #: why it failed, for the user
    rating: Rating = ""
    word: str = ""  #: what the user said about the answer

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in ("waiting", "working")


def record(turn: Turn, conversation_id: str) -> str:
    """One turn as one line of JSON. The texts of the evidence stay away: only their headlines are shown again."""
    evidence = tuple(replace(piece, text="") for piece in turn.answer.evidence)
    kept = replace(turn, answer=replace(turn.answer, evidence=evidence, request=type(turn.answer.request)()))
    data = _adapter().dump_python(kept, mode="json", exclude_defaults=True)
    return json.dumps({"conversation": conversation_id, "turn": data}, ensure_ascii=False, separators=(",", ":"))


def read_turns(rows: Any) -> list[Turn]:
    """Turns from what a browser kept. One that was under way then has been left.

    :raises RecordRefused: unless every row is a turn
    """
    if not isinstance(rows, list) or len(rows) > MAX_TURNS:
        raise RecordRefused(f"A conversation is a list of at most {MAX_TURNS} questions. Begin a new one.")
    return [_turn(row) for row in rows]


def _turn(row: Any) -> Turn:
    from pydantic import ValidationError

    try:
        turn = _adapter().validate_python(row)
    except (ValidationError, RecursionError, OverflowError) as error:
        raise RecordRefused("This conversation was not kept as Citewire keeps one, and cannot be shown.") from error
    turn.id = turn.id if _ID.fullmatch(turn.id) else new_id()
    turn.question, turn.word = turn.question[:MAX_QUESTION_CHARS], turn.word[:MAX_WORD_CHARS]
    if not turn.finished:
        turn.state = "left"
    return turn


def read_json(text: str) -> dict[str, Any]:
    """An object that the page sent. :raises RecordRefused: if it is none, or too long."""
    if len(text) > MAX_RECORD_CHARS:
        raise RecordRefused("This conversation is too long to be sent. Begin a new one.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordRefused("The page sent something that is no JSON. Load it again.") from error
    if not isinstance(data, dict):
        raise RecordRefused("The page sent something that is no JSON object. Load it again.")
    return data


def conversation_id(data: Mapping[str, Any]) -> str:
    """The id of a stored conversation; a new one if it has none."""
    given = data.get("id")
    return given if isinstance(given, str) and _ID.fullmatch(given) else new_id()


def filters_of(data: Mapping[str, Any]) -> Filters:
    """`{"since": "2025-11-08", "until": …, "sources": […], "articles": [ids]}` as filters; what is no date is no filter."""
    sources = tuple(name[:200] for name in _texts(data.get("sources")))
    # a longer id is clipped and so finds nothing: to leave it out could leave no filter
    articles = tuple(dict.fromkeys(name[:MAX_ID_CHARS] for name in _texts(data.get("articles"))))
    return Filters(_day(data.get("since")), _day(data.get("until")), sources, articles=articles)


def _texts(given: Any) -> list[str]:
    named = given if isinstance(given, Sequence) and not isinstance(given, str) else ()
    return [str(name) for name in named[:MAX_NAMED]]


def _day(text: Any) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


@cache
def _adapter() -> TypeAdapter[Turn]:
    from pydantic import TypeAdapter

    return TypeAdapter(Turn)
