"""A real model server, killed while it writes and started again: the chat goes on with quotes, then with the model."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import ContextTooLong, LLMFailed, LLMUnreachable
from assistant.llm import open_llm, stream_text
from assistant.models.registry import TEST_ANSWER, model_path

KEY, WAIT_S = "local-key", 240.0
COUNT = [{"role": "user", "content": "Count from one to one thousand."}]
SERVER = """
import sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.port, p.n_ctx, p.n_parallel = sys.argv[1], int(sys.argv[2]), 1024, 1
p.hostnames, p.api_keys, p.ui, p.warmup, p.fit_params, p.verbosity = ["127.0.0.1"], [sys.argv[3]], False, False, False, 0
server = xllamacpp.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@contextmanager
def serving(port: int) -> Iterator[subprocess.Popen[str]]:
    """llama.cpp's own server in a process of its own."""
    command = [sys.executable, "-c", SERVER, str(model_path(TEST_ANSWER)), str(port), KEY]
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout and process.stdout.readline().strip() == f"http://127.0.0.1:{port}"
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_a_server_that_is_killed_and_comes_back(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    url, question = f"http://127.0.0.1:{port}", "What did the Kremlin say about NATO?"
    monkeypatch.setenv("CITEWIRE_LLM_URL", url)
    monkeypatch.setenv("CITEWIRE_LLM_KEY", KEY)
    llm = open_llm(url, api_key=KEY, timeout_s=WAIT_S)
    assert llm
    with closing(Assistant(seeds_index)) as assistant:
        with serving(port) as process:
            with pytest.raises(LLMFailed, match="refused the key"):
                list(stream_text(open_llm(url, api_key="wrong"), COUNT, 5, WAIT_S))  # type: ignore[arg-type]
            with pytest.raises(ContextTooLong):
                list(stream_text(llm, [{"role": "user", "content": "x y z " * 1000}], 5, WAIT_S))
            stream = stream_text(llm, COUNT, 900, WAIT_S)
            assert next(stream)
            process.send_signal(signal.SIGKILL)
            with pytest.raises(LLMUnreachable, match="broke off"):
                list(stream)
        answer = assistant.answer(question)
        assert answer.model == "none" and "cornerstone" in answer.text and "cannot be reached" in answer.notices[0]
        with serving(port):
            answer = assistant.answer(question)
        assert answer.sentences and not any("reached" in notice for notice in answer.notices)
