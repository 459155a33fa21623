"""One person's conversation, and the answering of one question in it: the assistant's events become messages."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.types import Answer, Event, Evidence, Sentence
from index.errors import CitewireIndexError
from ui.render import answer_html, failure_html, question_html, spoken, stopped_html, working_html

if TYPE_CHECKING:
    from assistant.assistant import Assistant

log = logging.getLogger(__name__)
POLL_S = 0.1  #: how soon the stop button is noticed
BROKEN = "Something failed inside Citewire, and its log says what. Other questions may well work."
Message = dict[str, str]


@dataclass(slots=True)
class Turn:
    """One question with its answer as shown (`shown`, HTML) and as the next question sees it (`said`, plain text)."""

    question: str
    shown: str = ""
    said: str = ""


@dataclass(slots=True)
class Conversation:
    """What one browser tab has asked. Lives in a `gr.State`, so two windows never see each other's."""

    turns: list[Turn] = field(default_factory=list)
    stopped: bool = False  #: set by the stop button, noticed by the answer under way

    def history(self) -> list[Message]:
        """The finished turns as the assistant wants them: plain text, oldest first."""
        said: list[Message] = []
        for turn in self.turns:
            if turn.said:
                said.append({"role": "user", "content": turn.question})
                said.append({"role": "assistant", "content": turn.said})
        return said

    def messages(self) -> list[Message]:
        """Everything asked and answered as messages of a `gr.Chatbot`."""
        shown: list[Message] = []
        for turn in self.turns:
            shown.append({"role": "user", "content": question_html(turn.question)})
            shown.append({"role": "assistant", "content": turn.shown})
        return shown


@dataclass(slots=True)
class _Progress:
    """What has come of an answer so far."""

    evidence: tuple[Evidence, ...] = ()
    sentences: list[Sentence] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    answer: Answer | None = None

    def take(self, event: Event) -> None:
        if event.kind == "evidence":
            self.evidence = event.evidence
        elif event.kind == "text" and event.sentence:
            self.sentences.append(event.sentence)
        elif event.kind == "notice":
            self.notices.append(event.text)
        elif event.kind == "answer":
            self.answer = event.answer

    def shown(self) -> str:
        if self.answer:
            return answer_html(self.answer)
        step = "Writing, and checking each sentence against the articles" if self.evidence else "Searching the articles"
        return working_html(self.notices[-1] if self.notices else step, self.evidence, self.sentences)


def answering(assistant: Assistant, conversation: Conversation, question: str) -> Iterator[list[Message]]:
    """Answer one question: yields all messages again each time the page should change.

    Setting `conversation.stopped`, or closing this generator, closes the assistant's stream, which stops the model.
    """
    history, turn, progress = conversation.history(), Turn(question), _Progress()
    conversation.stopped = False
    conversation.turns.append(turn)
    turn.shown = progress.shown()
    yield conversation.messages()
    with contextlib.closing(_Pump(assistant, question, history)) as pump:
        try:
            while not conversation.stopped and (event := pump.next()) is not _END:
                if event is None:
                    continue
                progress.take(event)
                turn.shown = progress.shown()
                yield conversation.messages()
            _finish(turn, progress)
        except (AssistantError, CitewireIndexError) as error:
            turn.shown = failure_html(str(error), progress.evidence)
        except GeneratorExit:  # the page was closed: nobody is left to show anything to
            raise
        except Exception:
            log.exception("answering failed")
            turn.shown = failure_html(BROKEN, progress.evidence)
    yield conversation.messages()


def _finish(turn: Turn, progress: _Progress) -> None:
    if progress.answer:
        turn.said = spoken(progress.answer)
    else:
        turn.shown = stopped_html(progress.evidence, progress.sentences)
        turn.said = " ".join(sentence.text for sentence in progress.sentences)


_END: Any = object()
# A fixed set of threads, because the index keeps one database connection for each thread that ever asked. It is larger than
# what Gradio lets run at once: a stopped answer may need a moment until its model notices.
_WORKERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="answer")


class _Pump:
    """Runs the assistant's stream in another thread, so that stopping need not wait for the next sentence."""

    def __init__(self, assistant: Assistant, question: str, history: list[dict[str, str]]) -> None:
        self._closed = threading.Event()
        self._stream = assistant.stream(question, history, stopped=self._closed)
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        _WORKERS.submit(self._run)

    def next(self) -> Event | None:
        """The next event, None if there was none for `POLL_S`, `_END` after the last; raises what the stream raised."""
        try:
            event = self._events.get(timeout=POLL_S)
        except queue.Empty:
            return None
        if isinstance(event, Exception):
            raise event
        return event

    def close(self) -> None:
        """Stop the model at once, and have the thread close the stream."""
        self._closed.set()

    def _run(self) -> None:
        try:
            if self._closed.is_set():  # stopped while all threads were busy: not even searched for
                return
            for event in self._stream:
                if self._closed.is_set():
                    break
                self._events.put(event)
            self._events.put(_END)
        except Exception as error:
            self._events.put(error)
        finally:
            self._stream.close()
