"""However the answer model fails, the question is answered: with quotes and a notice, or with what had passed by then."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, LLMMetadata
from llama_index.core.llms import CustomLLM

from assistant import Answer, Assistant
from assistant.errors import ContextTooLong, LLMTimeout, LLMUnreachable
from assistant.models.registry import TEST_ANSWER, model_path

QUESTION = "What did the Kremlin say about NATO?"
TRUE = "The Kremlin said barring Ukraine from joining NATO was a cornerstone in talks. "


class Failing(CustomLLM):
    """Says a few pieces, then raises or sleeps."""

    says: list[str] = []
    error: Any = None
    sleeps_s: float = 0.0

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="failing")

    def stream_chat(self, messages: Any, **kwargs: Any) -> ChatResponseGen:
        def stream() -> ChatResponseGen:
            for piece in self.says:
                yield ChatResponse(message=ChatMessage(content=piece), delta=piece)
            time.sleep(self.sleeps_s)
            if self.error:
                raise self.error

        return stream()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        raise AssertionError("answers are streamed chats")

    stream_complete = complete


def answered(index_dir: Path, llm: Any, question: str = QUESTION) -> Answer:
    """What must hold whatever the model did."""
    with closing(Assistant(index_dir, llm)) as assistant:
        events = list(assistant.stream(question))
        answer = events[-1].answer
        assert answer and events[0].kind == "evidence" and [e.kind for e in events].count("answer") == 1
        assert tuple(e.sentence for e in events if e.kind == "text") == answer.sentences
        assert tuple(e.text for e in events if e.kind == "notice") == answer.notices
        assert not answer.abstained and "cornerstone" in answer.text and all(s.citations for s in answer.sentences)
        for c in answer.citations:
            assert assistant.article(c.article_id).text[c.start : c.end] == c.quote
    return answer


@pytest.mark.parametrize(
    "error",
    [
        ContextTooLong("The prompt has 9000 tokens and the model reads 4096."),
        LLMTimeout("The answer model was busy."),
        LLMUnreachable("The server cannot be reached."),
        ConnectionResetError("gone"),
        RuntimeError("llama_decode returned -3"),
        MemoryError(),
        KeyError("choices"),
        ValueError(""),
    ],
    ids=lambda error: type(error).__name__,
)
def test_any_error_becomes_a_notice(seeds_index: Path, error: Exception) -> None:
    answer = answered(seeds_index, Failing(error=error))
    (notice,) = answer.notices
    assert answer.model == "none" and notice.endswith("The answer is composed of quotes instead.")


@pytest.mark.parametrize(
    ("says", "model", "ending"),
    [
        (["The Krem"], "none", "The answer is composed of quotes instead."),
        ([TRUE, "And"], "failing", "The answer ends where it failed."),
    ],
    ids=["in a sentence", "after a sentence"],
)
def test_what_had_passed_before_an_error_stays(seeds_index: Path, says: list[str], model: str, ending: str) -> None:
    answer = answered(seeds_index, Failing(says=says, error=RuntimeError("killed")))
    assert answer.model == model and answer.notices[0].endswith(ending)


@pytest.mark.parametrize(
    "says", [[], [""], ["  \n\n "], ["[1][2]"], ["**", "**"]], ids=["nothing", "empty", "blank", "markers", "marks"]
)
def test_an_empty_answer_becomes_quotes(seeds_index: Path, says: list[str]) -> None:
    answer = answered(seeds_index, Failing(says=says))
    assert answer.model == "none" and answer.notices == ("The model wrote nothing: the answer is composed of quotes instead.",)


def test_an_invented_answer_becomes_quotes_and_says_so(seeds_index: Path) -> None:
    answer = answered(seeds_index, Failing(says=["Moscow surrendered on Tuesday. ", "The answer is 42."]))
    assert answer.model == "none" and "stands in the articles" in answer.notices[0] and "42" not in answer.text


def test_a_model_that_takes_too_long_is_left(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.proposing.ANSWER_TIMEOUT_S", 0.3)
    answer = answered(seeds_index, Failing(sleeps_s=20))
    assert "not done" in answer.notices[0] and answer.model == "none"
    assert answer.timings["total_s"] < 15


@pytest.mark.parametrize("question", ["How did the talks in Berlin develop?", "What happened in Berlin?"])
def test_a_failure_in_the_middle_of_a_form_loses_nothing(seeds_index: Path, question: str) -> None:
    talks = "Zelensky and U.S. representatives on Monday concluded two days of talks regarding the peace plan in Berlin. "
    with closing(Assistant(seeds_index, Failing(says=[talks, "And"], error=RuntimeError("killed")))) as assistant:
        answer = assistant.answer(question)
    assert len(answer.sentences) == 1 and answer.model == "failing" and "killed" in answer.notices[0]


def test_a_model_file_that_is_not_what_it_should_be_leaves_quotes(
    seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def corrupt(*_: object) -> None:
        from assistant.errors import ModelCorrupt

        raise ModelCorrupt("The model's file has another hash.")

    with closing(Assistant(seeds_index, "auto")) as assistant:
        monkeypatch.setattr("assistant.llm.open_llm", corrupt)
        answer = assistant.answer(QUESTION)
    assert not answer.abstained and answer.model == "none" and "another hash" in answer.notices[0]


@pytest.fixture
def dying_server() -> Iterator[str]:
    """An OpenAI-compatible server that dies in the middle of a stream."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            head = b'{"id":"1","object":"chat.completion.chunk","created":1,"model":"m",'
            piece = b"data: " + head + b'"choices":[{"index":0,"delta":{"content":"The"}}]}\n\n'
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
            self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_server_that_dies_leaves_quotes(seeds_index: Path, dying_server: str) -> None:
    answer = answered(seeds_index, dying_server)
    assert answer.model == "none" and "broke off" in answer.notices[0]


@pytest.mark.slow
def test_a_prompt_that_does_not_fit_the_real_engine_leaves_quotes(seeds_index: Path) -> None:
    from assistant.llm.local import LocalLLM

    answer = answered(seeds_index, LocalLLM(model_path(TEST_ANSWER), context_window=256))
    assert answer.model == "none" and "tokens and the model reads" in answer.notices[0]


@pytest.mark.slow
def test_a_real_engine_that_is_shut_down_while_it_answers_leaves_what_it_had(seeds_index: Path) -> None:
    from assistant.llm.local import LocalLLM

    llm = LocalLLM(model_path(TEST_ANSWER))
    llm.load()
    with closing(Assistant(seeds_index, llm)) as assistant:
        stream = assistant.stream(QUESTION)
        assert next(stream).kind == "evidence"
        threading.Timer(0.2, llm.close).start()
        *_, last = stream
    assert last.answer and (last.answer.sentences or last.answer.abstained)
