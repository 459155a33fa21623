"""A model server on loopback that fails in every way: each question gets quotes and a clear notice, and the next one recovers."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assistant import Answer, Assistant
from assistant.llm import open_llm, stream_text
from assistant.settings import Settings

QUESTION = "What did the Kremlin say about NATO?"
TRUE = "The Kremlin said barring Ukraine from joining NATO was a cornerstone in talks. "


class Behaviour(BaseHTTPRequestHandler):
    """Answers each request as the next of `ways` says, the last for good; `requests` holds what was asked."""

    ways: list[Callable[[Behaviour], None]] = []
    requests: list[dict[str, object]] = []
    left = threading.Event()  #: set when the listener has closed the connection

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(request | {"key": self.headers["Authorization"]})
        self.close_connection = True
        (self.ways.pop(0) if len(self.ways) > 1 else self.ways[0])(self)

    def begin(self, status: int = 200, kind: str = "text/event-stream") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def event(self, content: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
        self.data(json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}))

    def data(self, text: str) -> None:
        self.wfile.write(f"data: {text}\n\n".encode())
        self.wfile.flush()

    def reset(self) -> None:
        """As the system does for a process that was killed: RST, no end of the stream."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def wait_until_left(self) -> None:
        self.connection.settimeout(20)
        if self.connection.recv(1) == b"":
            self.left.set()

    def log_message(self, *_: object) -> None:
        pass


def well(server: Behaviour) -> None:
    server.begin()
    for word in TRUE.split(" "):
        server.event(f"{word} ")
    server.event("", "stop")
    server.data("[DONE]")


def refusing(status: int, message: str, kind: str = "") -> Callable[[Behaviour], None]:
    def refuse(server: Behaviour) -> None:
        server.begin(status, "application/json")
        server.wfile.write(json.dumps({"error": {"message": message, "type": kind, "code": status}}).encode())

    return refuse


def dying(server: Behaviour) -> None:
    server.begin()
    server.event("The Krem")
    server.reset()


def dying_after_a_sentence(server: Behaviour) -> None:
    server.begin()
    server.event(f"{TRUE}And the")
    server.reset()


def ending_early(server: Behaviour) -> None:
    """As a proxy ends the stream of a server that died."""
    server.begin()
    server.event("The Krem")


def no_json(server: Behaviour) -> None:
    server.begin()
    server.data("{not json")


def no_delta(server: Behaviour) -> None:
    server.begin()
    server.data('{"choices": [{"index": 0}]}')


def error_event(server: Behaviour) -> None:
    server.begin()
    server.event("The Krem")
    server.data('{"error": {"message": "CUDA out of memory", "code": 500}}')


def page(server: Behaviour) -> None:
    server.begin(200, "text/html")
    server.wfile.write(b"<html>Log in</html>")


def dropping(server: Behaviour) -> None:
    server.reset()


def silent(server: Behaviour) -> None:
    server.wait_until_left()


def dripping(server: Behaviour) -> None:
    server.begin()
    with pytest.raises(OSError):
        while True:
            server.event("The ")
            time.sleep(0.05)


@pytest.fixture
def server() -> Iterator[Callable[..., str]]:
    """Called with ways to behave: the address."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Behaviour)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def behave(*ways: Callable[[Behaviour], None]) -> str:
        Behaviour.ways, Behaviour.requests = list(ways), []
        Behaviour.left.clear()
        return f"http://127.0.0.1:{http.server_port}/v1"

    yield behave
    http.shutdown()
    http.server_close()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.llm.server._RETRY_AFTER_S", 0.05)


def by_url(index_dir: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    for name, value in {"URL": url, "MODEL": "news-writer", "KEY": "secret-key"}.items():
        monkeypatch.setenv(f"CITEWIRE_LLM_{name}", value)
    return Assistant(index_dir)


def quoted(assistant: Assistant, notice: str) -> Answer:
    """An answer of quotes that says why, and recovers at the next question."""
    answer = assistant.answer(QUESTION)
    assert not answer.abstained and answer.model == "none" and "cornerstone" in answer.text
    assert len(answer.notices) == 1 and notice in answer.notices[0], answer.notices
    assert answer.notices[0].endswith("The answer is composed of quotes instead.") and "secret" not in answer.notices[0]
    for c in answer.citations:
        assert assistant.article(c.article_id).text[c.start : c.end] == c.quote
    return answer


def test_the_server_of_the_variables_writes(
    seeds_index: Path, server: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(by_url(seeds_index, server(well), monkeypatch)) as assistant:
        answer = assistant.answer(QUESTION)
    assert answer.model == "news-writer" and not answer.notices and "cornerstone" in answer.text
    (request,) = Behaviour.requests
    assert (request["model"], request["key"], request["stream"]) == ("news-writer", "Bearer secret-key", True)


def test_what_is_asked_for_wins_over_the_variable(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_LLM_URL", "http://127.0.0.1:9/v1")
    with closing(Assistant(seeds_index, "none")) as assistant:
        assert assistant.model_name == "none" and not assistant.answer(QUESTION).notices
    with closing(Assistant(seeds_index, settings=Settings(llm="none"))) as assistant:
        assert assistant.model_name == "none"


@pytest.mark.parametrize(
    ("way", "notice", "requests"),
    [
        (refusing(401, "bad key"), "refused the key. Check CITEWIRE_LLM_KEY", 1),
        (refusing(404, "model `news-writer` does not exist"), "`news-writer` does not exist'", 1),
        (refusing(400, "maximum context length is 8 tokens", "exceed_context_size_error"), "prompt is too long", 1),
        (refusing(503, "Loading model"), "still loads its model", 2),
        (refusing(429, "Too many requests"), "is busy", 2),
        (refusing(500, "engine died"), "engine died", 2),
        (dropping, "broke off", 2),
        (dying, "broke off", 1),
        (ending_early, "broke off", 1),
        (page, "broke off", 2),
        (error_event, "CUDA out of memory", 1),
        (no_json, "sent what is no answer", 1),
        (no_delta, "sent what is no answer", 1),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_failure_leaves_quotes_and_the_next_question_recovers(
    seeds_index: Path,
    server: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Behaviour], None],
    notice: str,
    requests: int,
) -> None:
    with closing(by_url(seeds_index, server(way), monkeypatch)) as assistant:
        quoted(assistant, notice)
        assert len(Behaviour.requests) == requests, "one retry, and only before the first word"
        server(well)
        assert assistant.answer(QUESTION).model == "news-writer"


def test_one_retry_is_enough_for_a_server_that_restarts(
    seeds_index: Path, server: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(by_url(seeds_index, server(dropping, well), monkeypatch)) as assistant:
        answer = assistant.answer(QUESTION)
    assert answer.model == "news-writer" and not answer.notices


def test_what_had_passed_before_the_server_died_stays(
    seeds_index: Path, server: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(by_url(seeds_index, server(dying_after_a_sentence), monkeypatch)) as assistant:
        answer = assistant.answer(QUESTION)
    assert len(answer.sentences) == 1 and answer.model == "news-writer"
    assert "broke off" in answer.notices[0] and answer.notices[0].endswith("The answer ends where it failed.")


@pytest.mark.parametrize("way", [silent, dripping], ids=["silent", "dripping"])
def test_a_slow_server_is_left_at_the_deadline(
    seeds_index: Path, server: Callable[..., str], monkeypatch: pytest.MonkeyPatch, way: Callable[[Behaviour], None]
) -> None:
    monkeypatch.setattr("assistant.proposing.ANSWER_TIMEOUT_S", 0.5)
    with closing(by_url(seeds_index, server(way), monkeypatch)) as assistant:
        quoted(assistant, "was not done after")


def test_a_server_that_pauses_too_long_is_left(server: Callable[..., str]) -> None:
    def pausing(server: Behaviour) -> None:
        server.begin()
        server.event("The ")
        server.wait_until_left()

    stream = stream_text(open_llm(server(pausing), timeout_s=0.5), [{"role": "user", "content": "Hello"}], 5, 60.0)  # type: ignore[arg-type]
    assert next(stream) == "The "
    with pytest.raises(Exception, match="did not answer in time"):
        next(stream)
    assert len(Behaviour.requests) == 1


@pytest.mark.parametrize("told", [True, False], ids=["between words", "before the first"])
def test_stopping_closes_the_connection_at_once(server: Callable[..., str], told: bool) -> None:
    def waiting(server: Behaviour) -> None:
        if told:
            server.begin()
            server.event("The ")
        else:
            stopped.set()
        server.wait_until_left()

    stopped = threading.Event()
    stream = stream_text(open_llm(server(waiting)), [{"role": "user", "content": "Hello"}], 5, 60.0, stopped)  # type: ignore[arg-type]
    if told:
        assert next(stream) == "The "
    else:
        assert list(stream) == []
    stream.close()
    assert Behaviour.left.wait(5), "the server goes on for nobody"


def test_unreachable_then_back(seeds_index: Path, server: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    with closing(by_url(seeds_index, f"http://127.0.0.1:{port}", monkeypatch)) as assistant:
        quoted(assistant, f"http://127.0.0.1:{port}/v1 cannot be reached")
        Behaviour.ways = [well]
        http = ThreadingHTTPServer(("127.0.0.1", port), Behaviour)
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            assert assistant.answer(QUESTION).model == "news-writer"
        finally:
            http.shutdown()
            http.server_close()
