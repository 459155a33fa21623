"""What the page's script asks for beside a typed question, as JSON: ask this, open this stored conversation, this was good.

It comes from a browser, so nothing of it is believed: it is read strictly, bounded, and rendered anew.
"""

from __future__ import annotations

from typing import Any

from ui.conversation import Conversation
from ui.feedback import Feedback
from ui.turn import MAX_QUESTION_CHARS, Turn, conversation_id, filters_of, read_json, read_turns


class Wire:
    """:param feedback: where opinions are kept."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def question(self, order: str) -> Turn | None:
        """`{"q": …, "since": …, "until": …, "sources": […], "exact": true, "again": turn id}` as a question.

        :raises RecordRefused: if it is no such object
        """
        data = read_json(order)
        text = _text(data, "q").strip()[:MAX_QUESTION_CHARS]
        turn = Turn(text, filters=filters_of(data), exact=data.get("exact") is True, again=_text(data, "again")[:32])
        return turn if text else None

    def scoped(self, turn: Turn, scope: str) -> Turn:
        """The question, narrowed to what the page shows above its box: the same object without the question."""
        if scope:
            data = read_json(scope)
            turn.filters, turn.exact = filters_of(data), data.get("exact") is True
        return turn

    def restore(self, stored: str, conversation: Conversation) -> None:
        """Go on with `{"id": …, "turns": […], "into": …}`; into "empty": only if nothing has been asked meanwhile.

        :raises RecordRefused: if it cannot be read; nothing is changed then
        """
        data = read_json(stored)
        turns = read_turns(data.get("turns"))
        if not (conversation.turns and data.get("into") == "empty"):
            conversation.replace(turns, conversation_id(data))

    def rate(self, opinion: str, conversation: Conversation, user: str) -> None:
        """Keep `{"turn": id, "rating": "up" | "down" | "", "word": …}`. :raises RecordRefused: if it cannot be kept."""
        data = read_json(opinion)
        rating = data.get("rating")
        turn = conversation.rate(_text(data, "turn"), rating if rating in ("up", "down") else "", _text(data, "word"))
        if turn:
            self._feedback.keep(turn, conversation.history(before=turn.again or turn.id), user)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
