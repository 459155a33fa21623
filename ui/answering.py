"""Answering one question of a conversation: the assistant's events become messages, and stop is stop."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.types import Answer, Event
from index.errors import CitewireIndexError
from ui.conversation import Conversation, Message
from ui.errors import BROKEN
from ui.turn import Turn

if TYPE_CHECKING:
    from assistant.assistant import Assistant

log = logging.getLogger(__name__)
POLL_S = 0.1  #: how soon the stop button is noticed


def answering(assistant: Assistant, conversation: Conversation, question: str) -> Iterator[list[Message]]:
    """Ask one question and answer it: yields all messages again each time the page should change."""
    conversation.begin(Turn(question))
    yield conversation.messages()
    yield from answer_next(assistant, conversation)


def answer_next(assistant: Assistant, conversation: Conversation) -> Iterator[list[Message]]:
    """Answer the question that waits, if one does: yields all messages each time the page should change.

    `conversation.stop()`, or closing this generator, closes the assistant's stream, which stops the model.
    """
    turn = conversation.waiting()
    if turn is None:
        return
    turn.state, turn.answer = "working", Answer(turn.question, "")
    history = conversation.history(turn.again or turn.id)
    yield conversation.messages()
    with contextlib.closing(_Pump(assistant, turn, history)) as pump:
        try:
            while turn.id not in conversation.stopping and (event := pump.next()) is not _END:
                if event is not None:
                    _take(turn, event)
                    if event.kind != "answer":
                        yield conversation.messages()
            turn.state = "done" if turn.state == "done" else "stopped"
        except (AssistantError, CitewireIndexError) as error:
            turn.state, turn.reason = "failed", str(error)
        except GeneratorExit:  # the page was closed: nobody is left to show anything to
            raise
        except Exception:
            log.exception("answering failed")
            turn.state, turn.reason = "failed", BROKEN
    yield conversation.messages()


def _take(turn: Turn, event: Event) -> None:
    """What has come of an answer so far."""
    so_far = turn.answer
    if event.kind == "evidence":
        turn.answer = replace(so_far, evidence=event.evidence, form=event.form)
    elif event.kind == "text" and event.sentence:
        turn.answer = replace(so_far, sentences=(*so_far.sentences, event.sentence))
    elif event.kind == "notice":
        turn.answer = replace(so_far, notices=(*so_far.notices, event.text))
    elif event.kind == "answer" and event.answer:
        turn.answer, turn.state = event.answer, "done"


_END: Any = object()
# A fixed set of threads, because the index keeps one database connection for each thread that ever asked. It is larger than
# what Gradio lets run at once: a stopped answer may need a moment until its model notices.
_WORKERS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="answer")


class _Pump:
    """Runs the assistant's stream in another thread, so that stopping need not wait for the next sentence."""

    def __init__(self, assistant: Assistant, turn: Turn, history: Sequence[Message]) -> None:
        self._closed, wanted = threading.Event(), turn.filters
        self._stream = assistant.stream(
            turn.question,
            history,
            wanted.since,
            wanted.until,
            wanted.sources or None,
            stopped=self._closed,
            understand=not turn.exact,
            articles=wanted.articles or None,
        )
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
