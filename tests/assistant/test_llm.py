"""The answer model: the real small one in process and behind its own server, and servers that misbehave."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import MockLLM

from assistant.errors import AssistantError, ContextTooLong, LLMFailed, LLMTimeout, LLMUnreachable, ModelMissing
from assistant.llm import open_llm, stream_text
from assistant.llm.local import LocalLLM
from assistant.llm.pump import Emit, pump
from assistant.models import DEFAULT_ANSWER, DEFAULT_EMBEDDING, MODELS, SMALL_ANSWER, TEST_ANSWER
from assistant.models.types import ModelFile, ModelSpec

WAIT_S = 240.0  #: these tests also run on machines that are busy with something else
COUNT = [{"role": "user", "content": "Count from one to one thousand."}]
#: the engine goes on although the model has come to its end, so that a test of stopping has something to stop
ENDLESS = {"ignore_eos": True}
CAPITAL = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def local() -> Iterator[LocalLLM]:
    llm = open_llm(TEST_ANSWER)
    assert isinstance(llm, LocalLLM)
    yield llm
    llm.close()


def text_of(llm: object, messages: list[dict[str, str]], max_tokens: int = 12, **options: object) -> str:
    return "".join(stream_text(llm, messages, max_tokens, WAIT_S, **options))  # type: ignore[arg-type]


def idle(seconds: float = 0.5) -> bool:
    """Whether this process uses (next to) no processor; the engine at work uses all it gets."""
    before = time.process_time()
    time.sleep(seconds)
    return time.process_time() - before < 0.1 * seconds


@pytest.mark.slow
class TestLocal:
    def test_streams_pieces_that_make_up_the_text(self, local: LocalLLM) -> None:
        pieces = list(stream_text(local, CAPITAL, 12, WAIT_S))
        assert len(pieces) > 3
        whole = local.chat([ChatMessage(role="user", content=CAPITAL[0]["content"])], max_tokens=12, timeout_s=WAIT_S)
        assert whole.message.content == "".join(pieces)

    def test_same_prompt_same_text_whatever_came_between(self, local: LocalLLM) -> None:
        first = text_of(local, COUNT)
        text_of(local, CAPITAL)
        assert text_of(local, COUNT) == first
        fresh = LocalLLM(local.path)
        assert text_of(fresh, COUNT) == first
        fresh.close()

    def test_fixed_prefix_is_not_read_again(self, local: LocalLLM) -> None:
        system = ChatMessage(role="system", content="You answer from excerpts only. " * 12)
        asked = [[system, ChatMessage(role="user", content=text)] for text in ("Who won?", "Where was it?")]
        timings = [local.chat(chat, max_tokens=1, timeout_s=WAIT_S).raw["timings"] for chat in asked]
        assert timings[1]["cache_n"] > 60 > timings[1]["prompt_n"]

    @pytest.mark.parametrize("llamaindex", [False, True])
    def test_closing_stops_the_engine(self, local: LocalLLM, llamaindex: bool) -> None:
        chat = [ChatMessage(**COUNT[0])]
        stream = (
            local.stream_chat(chat, max_tokens=2000, timeout_s=WAIT_S, **ENDLESS)
            if llamaindex
            else stream_text(local, COUNT, 2000, WAIT_S, **ENDLESS)
        )
        next(stream)
        assert not idle()
        started = time.monotonic()
        stream.close()
        assert time.monotonic() - started < 0.5
        deadline = time.monotonic() + 20
        while not idle():
            assert time.monotonic() < deadline, "the engine goes on generating"

    def test_closing_stops_the_reading_of_a_long_prompt(self, local: LocalLLM) -> None:
        long = [{"role": "user", "content": " ".join(f"Item {n} is new." for n in range(500))}]
        stream = local.stream_chat([ChatMessage(**long[0])], max_tokens=5, timeout_s=0.5)
        with pytest.raises(LLMTimeout):
            list(stream)
        # Read to the end it would take the engine some thirty batches; it is through with the current one soon.
        started = time.monotonic()
        assert text_of(local, CAPITAL, 1)
        assert idle() and time.monotonic() - started < WAIT_S / 2

    def test_too_long_prompt_says_how_long(self, local: LocalLLM) -> None:
        with pytest.raises(ContextTooLong, match=r"has \d+ tokens and the model reads 4096"):
            text_of(local, [{"role": "user", "content": "x y z " * 3000}])

    def test_deadline_is_kept(self, local: LocalLLM) -> None:
        with pytest.raises(LLMTimeout, match="not done after 1 s"):
            list(stream_text(local, COUNT, 2000, 1.0, **ENDLESS))

    def test_two_threads_take_turns(self, local: LocalLLM) -> None:
        alone = [text_of(local, CAPITAL, 6), text_of(local, COUNT, 6)]
        together: dict[int, str] = {}
        chats = (CAPITAL, COUNT)
        threads = [threading.Thread(target=lambda n=n: together.update({n: text_of(local, chats[n], 6)})) for n in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)
        assert [together[0], together[1]] == alone

    def test_waiting_for_a_turn_ends_at_the_deadline(self, local: LocalLLM) -> None:
        stream = stream_text(local, COUNT, 2000, WAIT_S, **ENDLESS)
        next(stream)
        with pytest.raises(LLMTimeout, match="busy"):
            list(stream_text(local, CAPITAL, 5, 0.5))
        stream.close()

    def test_grammar_and_schema_bind_the_text(self, local: LocalLLM) -> None:
        assert text_of(local, CAPITAL, grammar='root ::= "yes" | "no"') in {"yes", "no"}
        with pytest.raises(LLMFailed, match="grammar"):
            text_of(local, CAPITAL, grammar="root ::= (((")
        schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
        reply = text_of(local, CAPITAL, 30, response_format={"type": "json_object", "schema": schema})
        assert isinstance(json.loads(reply)["n"], int)

    def test_complete_is_for_llamaindex_components(self, local: LocalLLM) -> None:
        reply = local.complete(CAPITAL[0]["content"], max_tokens=5, timeout_s=WAIT_S)
        assert reply.text == text_of(local, CAPITAL, 5)
        bare = local.complete("The capital of France is", formatted=True, max_tokens=3, timeout_s=WAIT_S)
        assert "Paris" in bare.text

    def test_shut_down_in_the_middle_is_an_error_and_not_a_short_answer(self, local: LocalLLM) -> None:
        stream = stream_text(local, COUNT, 2000, WAIT_S, **ENDLESS)
        next(stream)
        local.close()
        with pytest.raises(LLMFailed, match="shut down"):
            list(stream)
        assert text_of(local, CAPITAL, 1), "the next use loads again"

    def test_process_ends_cleanly_while_the_model_is_at_work(self) -> None:
        script = f"""
            from assistant.llm import open_llm, stream_text
            stream = stream_text(open_llm({TEST_ANSWER!r}), {COUNT!r}, 2000, {WAIT_S}, **{ENDLESS!r})
            next(stream)
        """
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, timeout=WAIT_S)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_file_that_is_no_model(self, tmp_path: Path) -> None:
        path = tmp_path / "bad.gguf"
        path.write_bytes(b"GGUF nonsense")
        llm = open_llm(path)
        with pytest.raises(LLMFailed, match=r"bad\.gguf cannot be loaded"):
            text_of(llm, CAPITAL)

    def test_own_server_wants_its_key(self, local: LocalLLM) -> None:
        address = local.engine.address
        assert address.startswith("http://127.0.0.1:")
        with pytest.raises(LLMFailed, match="refused the key.*CITEWIRE_LLM_KEY"):
            text_of(open_llm(address), CAPITAL)

    def test_openai_compatible_server(self, local: LocalLLM) -> None:
        llm = open_llm(local.engine.address, api_key=local.engine.api_key, timeout_s=WAIT_S)
        assert text_of(llm, CAPITAL, 8) == text_of(local, CAPITAL, 8)
        with pytest.raises(ContextTooLong):
            text_of(llm, [{"role": "user", "content": "x y z " * 3000}])

    def test_closing_stops_the_server_too(self, local: LocalLLM) -> None:
        stream = stream_text(
            open_llm(local.engine.address, api_key=local.engine.api_key, timeout_s=WAIT_S),  # type: ignore[arg-type]
            COUNT,
            2000,
            WAIT_S,
        )
        next(stream)
        stream.close()
        deadline = time.monotonic() + 20
        while not idle():
            assert time.monotonic() < deadline, "the server goes on generating"


class Server(BaseHTTPRequestHandler):
    """Answers as its `mode` says."""

    mode = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.mode == "silent":
            time.sleep(3)
            return
        if self.mode == "broken":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", "100000")
            self.end_headers()
            piece = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            piece["choices"] = [{"index": 0, "delta": {"role": "assistant", "content": "Half an"}}]  # type: ignore[assignment]
            self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
            return
        body = json.dumps({"error": {"message": f"told {self.mode}"}}).encode()
        self.send_response(int(self.mode))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/v1"
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [
        ("401", LLMFailed, "refused the key"),
        ("404", LLMFailed, "no such address or model"),
        ("400", LLMFailed, "told 400"),
        ("broken", LLMUnreachable, "broke off"),
    ],
)
def test_what_a_server_did_is_said(server: str, mode: str, error: type[LLMFailed], words: str) -> None:
    Server.mode = mode
    with pytest.raises(error, match=words) as caught:
        text_of(open_llm(server), CAPITAL)
    assert server in str(caught.value)


def test_silent_server_is_left_at_the_deadline(server: str) -> None:
    Server.mode = "silent"
    started = time.monotonic()
    with pytest.raises(LLMTimeout, match="not done after 1 s"):
        list(stream_text(open_llm(server), CAPITAL, 5, 1.0))  # type: ignore[arg-type]
    assert time.monotonic() - started < 2.5


def test_unreachable_server_is_said_quickly_and_without_its_password() -> None:
    started = time.monotonic()
    with pytest.raises(LLMUnreachable, match=r"http://127\.0\.0\.1:9/v1 cannot be reached") as caught:
        text_of(open_llm("http://someone:secret@127.0.0.1:9/v1"), CAPITAL)
    assert "secret" not in str(caught.value)
    assert time.monotonic() - started < 10


def test_an_end_by_itself_is_no_stop() -> None:
    stopped = threading.Event()
    assert "".join(stream_text(MockLLM(max_tokens=3), CAPITAL, 3, 20.0, stopped)) and not stopped.is_set()


def test_a_stop_from_outside_ends_the_stream() -> None:
    stopped, went_on = threading.Event(), threading.Event()

    def count_forever(emit: Emit[int]) -> None:
        while not emit(1):
            time.sleep(0.01)
        went_on.set()

    numbers = pump(count_forever, 60.0, stopped)
    assert next(numbers) == 1
    stopped.set()
    assert not any(number != 1 for number in numbers)
    assert went_on.wait(5), "the producer was not told"


def test_none_is_none() -> None:
    assert open_llm("none") is None


def test_auto_takes_the_best_that_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_MODELS", str(tmp_path))
    assert open_llm("auto") is None
    digest = hashlib.sha256(b"gguf").hexdigest()
    for name in (SMALL_ANSWER, DEFAULT_ANSWER):
        spec = ModelSpec(name, "answer", "", "MIT", (ModelFile("m.gguf", 4, digest),), ())
        monkeypatch.setitem(MODELS, name, spec)
    for name in (SMALL_ANSWER, DEFAULT_ANSWER):
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.gguf").write_bytes(b"gguf")
        llm = open_llm("auto")
        assert isinstance(llm, LocalLLM) and llm.path == str(tmp_path / name / "m.gguf")


def test_url_without_path_means_v1() -> None:
    assert open_llm("http://127.0.0.1:8080").api_base == "http://127.0.0.1:8080/v1"  # type: ignore[union-attr]
    assert open_llm("http://127.0.0.1:8080/api/").api_base == "http://127.0.0.1:8080/api"  # type: ignore[union-attr]


def test_llm_object_is_used_as_it_is() -> None:
    mock = MockLLM()
    assert open_llm(mock) is mock
    assert text_of(mock, CAPITAL)


@pytest.mark.parametrize("nonsense", ["gpt-99", "", "http://", "missing.gguf", DEFAULT_EMBEDDING, 7])
def test_nonsense_is_refused_with_what_would_do(nonsense: object) -> None:
    with pytest.raises(AssistantError, match=r"Give (auto|one like)"):
        open_llm(nonsense)  # type: ignore[arg-type]


def test_named_model_that_is_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match=f"citewire models pull {TEST_ANSWER}"):
        open_llm(TEST_ANSWER)


def test_layer_is_light_to_import() -> None:
    heavy = "llama_index", "xllamacpp", "openai", "httpx", "huggingface_hub", "torch"
    code = f"import sys, assistant.llm; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
