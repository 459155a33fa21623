"""An answer that a model writes: what passes the check, how it ends, stops and fails. The model's words are scripted here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, CompletionResponse, LLMMetadata
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.llms.custom import CustomLLM

from assistant import Assistant
from assistant.errors import LLMFailed
from ui.answering import answering
from ui.conversation import Conversation

QUESTION = "What did the Kremlin say about NATO?"
TRUE = "The Kremlin said barring Ukraine from joining NATO was a cornerstone in talks."
FALSE = "The Kremlin spokesman praised seventeen airlines in Lisbon."


class Scripted(CustomLLM):
    """Says its pieces; an exception among them is raised, an event is waited for."""

    _pieces: Sequence[str | Exception | threading.Event] = PrivateAttr()

    def __init__(self, *pieces: str | Exception | threading.Event) -> None:
        super().__init__()
        self._pieces = pieces

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", is_chat_model=True)

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        said = ""
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, threading.Event):
                piece.wait(20)
                continue
            said += piece
            yield ChatResponse(message=ChatMessage(role="assistant", content=said), delta=piece)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        raise AssertionError("a conversation is asked, no bare prompt")

    stream_complete = complete  # type: ignore[assignment]


@pytest.fixture
def assistant(seeds_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(seeds_index, "none")) as assistant:
        yield assistant


def test_only_what_is_supported_is_said(assistant: Assistant) -> None:
    assistant.use_llm(Scripted(f"{TRUE} ", FALSE))
    answer = assistant.answer(QUESTION)
    assert [s.text for s in answer.sentences] == [TRUE] and answer.model == "scripted"
    assert answer.text == f"{TRUE} " + "".join(f"[{c.number}]" for c in answer.citations) and answer.citations


def test_where_nothing_is_supported_the_answer_is_quotes(assistant: Assistant) -> None:
    assistant.use_llm(Scripted(FALSE))
    answer = assistant.answer(QUESTION)
    assert answer.sentences and answer.model == "none" and "Lisbon" not in answer.text


def test_what_the_model_had_in_mind_is_quoted_first(assistant: Assistant) -> None:
    question, meant = "What did Umerov say about the talks?", "working extremely constructively"
    assert meant not in assistant.answer(question).sentences[0].text
    assistant.use_llm(
        Scripted("Umerov added in Lisbon that the American team led by Witkoff and Kushner is working constructively.")
    )
    answer = assistant.answer(question)
    assert answer.model == "none" and "Lisbon" not in answer.text
    assert meant in answer.sentences[0].text


def test_the_chat_shows_the_whole_answer_of_a_model(assistant: Assistant) -> None:
    assistant.use_llm(Scripted(TRUE))
    shown = list(answering(assistant, Conversation(), QUESTION))[-1][-1]["content"]
    assert "1 of 1 sentence quoted" in shown and "written by scripted" in shown


def test_the_chat_falls_back_to_quotes(assistant: Assistant) -> None:
    assistant.use_llm(Scripted(FALSE))
    assert "composed of quotes" in list(answering(assistant, Conversation(), QUESTION))[-1][-1]["content"]


def test_a_failure_before_the_first_sentence_gives_quotes(assistant: Assistant) -> None:
    assistant.use_llm(Scripted(LLMFailed("The model is gone.")))
    answer = assistant.answer(QUESTION)
    assert answer.sentences and answer.model == "none"
    assert answer.notices == ("The model is gone. The answer is composed of quotes instead.",)


def test_a_failure_after_a_sentence_says_so_and_who_wrote_it(assistant: Assistant) -> None:
    assistant.use_llm(Scripted(f"{TRUE} The next", LLMFailed("The model is gone.")))
    answer = assistant.answer(QUESTION)
    assert [s.text for s in answer.sentences] == [TRUE] and answer.model == "scripted"
    assert answer.notices == ("The model is gone. The answer ends where it failed.",)


def test_a_stop_is_no_statement_about_the_articles(assistant: Assistant) -> None:
    gate, stopped = threading.Event(), threading.Event()
    assistant.use_llm(Scripted(gate, TRUE))
    threading.Timer(0.5, stopped.set).start()
    began = time.monotonic()
    *_, last = assistant.stream(QUESTION, stopped=stopped)
    gate.set()
    assert time.monotonic() - began < 15
    assert last.answer and last.answer.abstained and not last.answer.sentences
    assert last.answer.text == "" and last.answer.reason == "Stopped before anything was written."


def test_a_stop_ends_the_translation_of_a_question(assistant: Assistant) -> None:
    gate, stopped = threading.Event(), threading.Event()
    assistant.use_llm(Scripted(gate, "Who won the cup?"))
    threading.Timer(0.5, stopped.set).start()
    began = time.monotonic()
    *_, last = assistant.stream("Wer hat die Weltmeisterschaft der Frauen gewonnen?", stopped=stopped)
    gate.set()
    assert time.monotonic() - began < 15
    assert last.answer and last.answer.reason == "Stopped before anything was written."


def test_threads_open_the_model_once(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []

    def open_slowly(*_: object) -> Scripted:
        time.sleep(0.2)
        opened.append(Scripted(TRUE))
        return opened[-1]  # type: ignore[return-value]

    monkeypatch.setattr("assistant.llm.open_llm", open_slowly)
    with closing(Assistant(seeds_index, "auto")) as assistant:
        threads = [threading.Thread(target=lambda: assistant.model_name) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(opened) == 1
