"""One person's conversation: questions with their answers, as messages of the chat and as history of the next question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ui.render import question_html, spoken, turn_html
from ui.turn import MAX_WORD_CHARS, Rating, Turn, new_id

Message = dict[str, str]


@dataclass(slots=True)
class Conversation:
    """What one browser tab has asked. Lives in a `gr.State`, so two windows never see each other's."""

    turns: list[Turn] = field(default_factory=list)
    id: str = ""  #: given with the first question, since Gradio copies one empty conversation for every tab
    stopping: set[str] = field(default_factory=set)  #: ids of turns to be ended, noticed by the answers under way
    _shown: dict[str, str] = field(default_factory=dict)  #: HTML of finished turns

    def begin(self, turn: Turn) -> None:
        """Add a question that waits for its answer."""
        self.id = self.id or new_id()
        self.turns.append(turn)

    def replace(self, turns: Sequence[Turn], conversation_id: str = "") -> None:
        """Go on with another conversation, or with a new one. An answer under way ends."""
        self.stop()
        self.turns, self.id = list(turns), conversation_id
        self._shown.clear()

    def stop(self) -> None:
        """End the answer under way; one that still waits for its turn ends here."""
        for turn in self.turns:
            if turn.state == "waiting":
                turn.state = "stopped"
            elif not turn.finished:
                self.stopping.add(turn.id)

    def fail(self, reason: str) -> None:
        """End the question that waits: there is no place for it. :param reason: a sentence for the user."""
        for turn in self.turns:
            if not turn.finished:
                turn.state, turn.reason = "failed", reason

    def rate(self, turn_id: str, rating: Rating, word: str) -> Turn | None:
        """What the user thinks of one answer. :return: the turn; None if it is not of this conversation, or goes on."""
        if turn := self.finished(turn_id):
            turn.rating, turn.word = rating, word[:MAX_WORD_CHARS]
            self._shown.pop(turn_id, None)
        return turn

    def finished(self, turn_id: str) -> Turn | None:
        """The turn with this id; None if it is not of this conversation, or goes on."""
        return next((turn for turn in self.turns if turn.id == turn_id and turn.finished), None)

    @property
    def busy(self) -> bool:
        """Whether an answer is under way, or a question waits for one."""
        return any(not turn.finished for turn in self.turns)

    def waiting(self) -> Turn | None:
        """The question whose answer comes next."""
        return next((turn for turn in self.turns if turn.state == "waiting"), None)

    def history(self, before: str = "") -> list[Message]:
        """The finished turns as the assistant wants them: plain text, oldest first. :param before: only up to this turn."""
        said: list[Message] = []
        for turn in self.turns:
            if turn.id == before:
                break
            if text := _said(turn):
                said.append({"role": "user", "content": turn.question})
                said.append({"role": "assistant", "content": text})
        return said

    def messages(self) -> list[Message]:
        """Everything asked and answered as messages of a `gr.Chatbot`."""
        shown: list[Message] = []
        for turn in self.turns:
            shown.append({"role": "user", "content": question_html(turn.question)})
            shown.append({"role": "assistant", "content": self._html(turn)})
        return shown

    def _html(self, turn: Turn) -> str:
        if not turn.finished:
            return turn_html(turn, self.id)
        if turn.id not in self._shown:
            self._shown[turn.id] = turn_html(turn, self.id)
        return self._shown[turn.id]


def _said(turn: Turn) -> str:
    """An answer as the next question sees it; "" for one that never came."""
    if turn.state == "done":
        return spoken(turn.answer)
    return " ".join(sentence.text for sentence in turn.answer.sentences) if turn.state != "failed" else ""
