"""Answering in the chat: each event changes the page, stop is stop, and what breaks is said. The stream is scripted here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date

import pytest

from assistant.errors import LLMFailed
from assistant.types import Answer, AsOf, Citation, Event, Evidence, Filters, Sentence
from ui.answering import _WORKERS, answer_next, answering
from ui.conversation import Conversation
from ui.errors import BROKEN
from ui.turn import Turn

QUOTE = Citation(1, "a.txt", "Ferry crews end strike", "Harbour Courier", date(2025, 10, 3), "", "The strike is over.", 0, 19)
FOUND = Evidence(1, "a.txt", 0, 19, "The strike is over.", 0.9, "Ferry crews end strike", date(2025, 10, 3), "Harbour Courier")
SENTENCE = Sentence("The strike has ended.", (QUOTE,))
ANSWER = Answer(
    "q", "The strike has ended. [1]", (SENTENCE,), (QUOTE,), (FOUND,), as_of=AsOf(1, QUOTE.published, QUOTE.published)
)
SCRIPT = (Event("evidence", evidence=(FOUND,)), Event("text", sentence=SENTENCE), Event("answer", answer=ANSWER))


class ScriptedAssistant:
    """Plays one list of steps for each question; a step is an event, or a function to call. Remembers what happened."""

    def __init__(self, *steps: Event | Callable[[], object]) -> None:
        self.steps, self.asked, self.closed = steps, [], threading.Event()

    def stream(
        self,
        question: str,
        history: Sequence[dict[str, str]] = (),
        since: date | None = None,
        until: date | None = None,
        sources: Sequence[str] | None = None,
        stopped: threading.Event | None = None,
        understand: bool = True,
        articles: Sequence[str] | None = None,
    ) -> Iterator[Event]:
        self.stopped, self.narrowed = stopped, (since, until, sources, understand, articles)
        self.asked.append((question, list(history)))
        try:
            for step in self.steps:
                if isinstance(step, Event):
                    yield step
                else:
                    step()
        finally:
            self.closed.set()


def last(messages: list[dict[str, str]]) -> str:
    return messages[-1]["content"]


def test_evidence_comes_first_then_sentences_then_the_answer() -> None:
    shown = [last(messages) for messages in answering(ScriptedAssistant(*SCRIPT), Conversation(), "Is the strike over?")]
    assert "Waiting for a free place" in shown[0]
    assert "Searching the articles" in shown[1]
    assert "Found 1 passage in 1 article" in shown[2] and "The strike has ended." not in shown[2]
    assert "1 passage found" in shown[2] and "Writing; each sentence is checked" in shown[2]
    assert "The strike has ended." in shown[3] and "cw-live" in shown[3] and "1 sentence checked" in shown[3]
    assert "1 of 1 sentence quoted" in shown[4] and "cw-live" not in shown[4]
    assert len(shown) == 5


def test_a_follow_up_is_asked_with_the_conversation_as_plain_text() -> None:
    conversation, assistant = Conversation(), ScriptedAssistant(*SCRIPT)
    for question in ("Is the <b>strike</b> over?", "Since when?"):
        list(answering(assistant, conversation, question))
    assert assistant.asked == [
        ("Is the <b>strike</b> over?", []),
        ("Since when?", [{"role": "user", "content": "Is the <b>strike</b> over?"},
                         {"role": "assistant", "content": "The strike has ended."}]),
    ]  # fmt: skip
    assert [message["role"] for message in conversation.messages()] == ["user", "assistant"] * 2


def test_stop_ends_at_once_and_closes_the_stream() -> None:
    gate, conversation = threading.Event(), Conversation()
    assistant = ScriptedAssistant(*SCRIPT[:2], gate.wait, SCRIPT[2])
    pages = answering(assistant, conversation, "q")
    while "The strike has ended." not in last(next(pages)):
        pass
    conversation.stop()
    began = time.monotonic()
    shown = [last(messages) for messages in pages]
    assert time.monotonic() - began < 1
    assert assistant.stopped is not None and assistant.stopped.is_set()  # the model is told while its stream still waits
    assert "Stopped by you" in shown[-1] and "The strike has ended." in shown[-1]
    assert conversation.history()[-1]["content"] == "The strike has ended."
    gate.set()
    assert assistant.closed.wait(2)


def test_closing_the_page_closes_the_stream() -> None:
    gate = threading.Event()
    assistant = ScriptedAssistant(SCRIPT[0], gate.wait, *SCRIPT[1:])
    pages = answering(assistant, Conversation(), "q")
    next(pages), next(pages), next(pages)
    pages.close()
    gate.set()
    assert assistant.closed.wait(2)


def test_a_question_left_while_it_waits_is_never_asked() -> None:
    gate, assistant = threading.Event(), ScriptedAssistant(*SCRIPT)
    busy = [_WORKERS.submit(gate.wait) for _ in range(_WORKERS._max_workers)]
    conversation = Conversation()
    pages = answering(assistant, conversation, "q")
    next(pages), next(pages)
    threading.Timer(0.3, conversation.stop).start()
    assert "Stopped by you" in last(list(pages)[-1])
    gate.set()
    assert all(future.result(5) for future in busy)
    _WORKERS.submit(int).result(5)
    assert assistant.asked == []


@pytest.mark.parametrize(
    ("error", "said"), [(LLMFailed("The model is gone. Ask again."), "The model is gone."), (KeyError("x"), BROKEN)]
)
def test_a_failure_is_said_and_the_next_question_works(error: Exception, said: str) -> None:
    def fail() -> None:
        raise error

    conversation = Conversation()
    assert said in last(list(answering(ScriptedAssistant(SCRIPT[0], fail), conversation, "q"))[-1])
    assert "1 of 1 sentence" in last(list(answering(ScriptedAssistant(*SCRIPT), conversation, "q"))[-1])
    assert len(conversation.history()) == 2, "a failed question is not part of the history"


def test_a_notice_is_shown_while_the_answer_is_written() -> None:
    notice = Event("notice", text="The answer model failed; quotes are used instead.")
    shown = [last(m) for m in answering(ScriptedAssistant(SCRIPT[0], notice, *SCRIPT[1:]), Conversation(), "q")]
    assert "quotes are used instead" in shown[3]


def test_an_answer_under_way_does_not_return_after_starting_over() -> None:
    conversation = Conversation([Turn("old", state="done", answer=ANSWER)])
    pages = answering(ScriptedAssistant(*SCRIPT), conversation, "q")
    next(pages), next(pages)
    conversation.replace([])
    assert list(pages)[-1] == []
    assert not conversation.turns and not conversation.busy


def test_a_question_stopped_in_the_queue_ends_there_and_the_next_one_is_asked() -> None:
    conversation, assistant = Conversation(), ScriptedAssistant(*SCRIPT)
    conversation.begin(Turn("first"))
    conversation.stop()
    assert "Stopped by you" in last(conversation.messages()) and not conversation.busy
    conversation.begin(Turn("second"))
    list(answer_next(assistant, conversation))  # the place of the first one in the queue
    assert list(answer_next(assistant, conversation)) == []
    assert [question for question, _ in assistant.asked] == ["second"]


def test_a_question_is_asked_again_without_a_filter_as_it_was_asked_then() -> None:
    conversation, assistant = Conversation(), ScriptedAssistant(*SCRIPT)
    for question in ("first", "second since May", "third"):
        list(answering(assistant, conversation, question))
    narrowed = Filters(sources=("CNN",), articles=("a.txt",))
    conversation.begin(Turn("second since May", filters=narrowed, exact=True, again=conversation.turns[1].id))
    list(answer_next(assistant, conversation))
    assert assistant.asked[-1] == ("second since May", assistant.asked[1][1])
    assert assistant.narrowed == (None, None, ("CNN",), False, ("a.txt",))


def test_an_opinion_is_of_a_finished_answer_of_this_conversation() -> None:
    conversation = Conversation()
    list(answering(ScriptedAssistant(*SCRIPT), conversation, "q"))
    turn = conversation.turns[0]
    assert conversation.rate(turn.id, "up", "x" * 9999) is turn and (turn.rating, len(turn.word)) == ("up", 500)
    assert "cw-up cw-pressed" in last(conversation.messages())
    assert conversation.rate("0" * 32, "up", "") is None
    conversation.begin(Turn("next"))
    assert conversation.rate(conversation.turns[1].id, "up", "") is None
