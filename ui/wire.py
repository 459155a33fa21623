"""What the page's script asks for beside a typed question, as JSON: ask this, open this stored conversation, this was good.

It comes from a browser, so nothing of it is believed: it is read strictly, bounded, and rendered anew.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from threading import Lock
from typing import Any

from ui.conversation import Conversation
from ui.feedback import Feedback
from ui.limits import Buckets
from ui.turn import MAX_QUESTION_CHARS, MAX_WORD_CHARS, RecordRefused, Turn, conversation_id, filters_of, read_json, read_turns

OPINIONS_PER_HOUR = 120  #: of one user, or without a login of one address; a thumb and its word are two


class Wire:
    """:param feedback: where opinions are kept."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback
        self._opinions, self._lock = Buckets(OPINIONS_PER_HOUR, per_s=3600), Lock()

    def question(self, order: str) -> Turn | None:
        """`{"q": …, "since": …, "until": …, "sources": […], "articles": […], "exact": true, "again": turn id}` as a question.

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

    def rate(self, opinion: str, conversation: Conversation, user: str, address: str = "") -> None:
        """Keep `{"turn": id, "rating": "up" | "down" | "", "word": …}`, and show it once it is kept.

        :raises RecordRefused: if it is not kept; nothing is changed then
        """
        data = read_json(opinion)
        turn, rating, word = conversation.finished(_text(data, "turn")), data.get("rating"), _text(data, "word")
        if turn is None:
            return
        with self._lock:
            wait_s = self._opinions.take(user or address)
        if wait_s:
            raise RecordRefused(f"Your opinion was not kept: {OPINIONS_PER_HOUR} an hour are. Send it again in {ceil(wait_s)} s.")
        said = replace(turn, rating=rating if rating in ("up", "down") else "", word=word[:MAX_WORD_CHARS])
        self._feedback.keep(said, conversation.history(before=turn.again or turn.id), user)
        conversation.rate(turn.id, said.rating, said.word)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
