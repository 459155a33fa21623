"""Embedding by URL: against llama.cpp's own server with a real model, and servers that refuse, fail and change."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import build, open_index
from index.encoder import default_encoder, whole
from index.encoder_server import ServerEncoder
from index.errors import EncoderMissing, IndexMismatch, ServerFailed
from index.passages import embedding_text, split_article
from index.types import Article
from tests.index.conftest import HashEncoder, write_articles

ARTICLES = {
    "ferry": "The ferry from Arholm came home two hours late.\n\nIts engine had failed near the harbour, the captain said.",
    "bank": "The central bank raised interest rates by a quarter point.\n\nInflation had reached five percent in March.",
    "frost": "Frost killed half of the apple blossom in the valley.\n\nGrowers asked the province for help.",
}


class Embedding(BaseHTTPRequestHandler):
    """Real vectors of words (`HashEncoder`), unless `refuse` has something to say first."""

    refuse: Callable[[Embedding, dict[str, Any]], bool] | None = None
    bodies: list[dict[str, Any]] = []
    salt = ""  #: another one is another model
    limit = 10_000  #: characters

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.bodies.append(body | {"path": self.path, "key": self.headers["Authorization"]})
        if type(self).refuse and type(self).refuse(self, body):
            return
        if max(map(len, body["input"])) > self.limit:
            return self.reply({"error": {"message": f"input is too large to process, limit {self.limit}"}}, 400)
        vectors = HashEncoder().encode_passages([f"{self.salt} {text}" for text in body["input"]])
        rows = [{"index": i, "embedding": (3 * vector).tolist()} for i, vector in enumerate(vectors)]
        return self.reply({"data": rows[::-1]})

    def reply(self, body: object, status: int = 200) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


def serve(port: int = 0) -> ThreadingHTTPServer:
    http = ThreadingHTTPServer(("127.0.0.1", port), Embedding)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return http


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("index.model_server._RETRY_AFTER_S", 0.02)
    Embedding.refuse, Embedding.bodies, Embedding.salt, Embedding.limit = None, [], "", 10_000
    http = serve()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


def test_an_index_by_url_is_built_and_searched(url: str, tmp_path: Path) -> None:
    write_articles(tmp_path / "articles", ARTICLES)
    encoder = ServerEncoder(url, "words", "a-key")
    report = build([tmp_path / "articles"], tmp_path / "data", encoder=encoder)
    assert report.embedded == len(ARTICLES)
    assert {(body["path"], body["key"], body["model"]) for body in Embedding.bodies} == {
        ("/v1/embeddings", "Bearer a-key", "words")
    }
    elsewhere = ServerEncoder(f"{url}/v1/", "words")
    assert elsewhere.fingerprint == encoder.fingerprint, "the same model at another address is the same encoder"
    index = open_index(tmp_path / "data", elsewhere)
    assert index.search("central bank interest rates", top_k=1)[0].article_id == "bank.txt"
    index.close()
    Embedding.salt = "other"
    with pytest.raises(IndexMismatch, match=r"built with the embedding model words:96:"):
        open_index(tmp_path / "data", ServerEncoder(url, "words"))


def test_vectors_are_of_unit_length_in_the_order_of_the_texts(url: str) -> None:
    texts = [f"text number {i}" for i in range(70)]
    found = ServerEncoder(url, "words").encode_passages(texts)
    assert found.dtype == np.float32 and found.shape == (70, 96)
    assert np.allclose(found, HashEncoder().encode_passages([f" {text}" for text in texts]), atol=1e-6)
    assert max(len(body["input"]) for body in Embedding.bodies) <= 32
    assert ServerEncoder(url, "words").encode_passages([]).shape == (0, 96)


def test_a_little_noise_is_the_same_model_and_another_model_is_not(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ServerEncoder(url, "words").fingerprint
    exact, noise = HashEncoder.encode_passages, np.random.default_rng(7).standard_normal(96) * 1e-5
    monkeypatch.setattr(HashEncoder, "encode_passages", lambda self, texts: exact(self, texts) + noise)
    assert ServerEncoder(url, "words").fingerprint == first
    found = set()
    for salt in "abcdef":
        Embedding.salt = salt * 3
        found.add(ServerEncoder(url, "words").fingerprint)
    assert len(found) == 6 and first not in found


HOSTILE = [
    "word " * 900,
    "antidisestablishmentarianism" * 40,
    "1234567890" * 90,
    "Über " * 300,
    "今日は天気が良い。" * 120,
    "🙂" * 400,
    "\ud83d " * 300,
    "...!?" * 300,
    "",
    " \n\t ",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_that_is_sent_is_longer_than_the_model_reads(url: str, text: str) -> None:
    encoder = ServerEncoder(url, "words")
    encoder.encode_passages([text])
    (sent,) = Embedding.bodies[-1]["input"]
    assert sent.strip() and len(encoder.token_starts([sent])[0]) <= encoder.max_tokens
    article = Article("a", whole(text), title="A headline of some length about the ferry")
    for passage in split_article(article, encoder):
        assert article.text[passage.start : passage.end] == passage.text
        assert len(encoder.token_starts([embedding_text(article, passage, encoder)])[0]) <= encoder.max_tokens


def test_a_text_that_the_server_finds_too_long_is_cut_and_the_others_are_not(url: str) -> None:
    Embedding.limit = 100
    long, short = "ferry " * 40, "The ferry came home."
    found = ServerEncoder(url, "words").encode_passages([long, short])
    assert np.allclose(found[1], HashEncoder().encode_query(f" {short}"), atol=1e-6)
    assert np.allclose(found[0], HashEncoder().encode_query(f" {long[:59]}"), atol=0.05)


def status(code: int, message: str = "said so") -> Callable[[Embedding, dict[str, Any]], bool]:
    def refuse(server: Embedding, body: dict[str, Any]) -> bool:
        server.reply({"error": {"message": message}}, code)
        return True

    return refuse


def says(reply: object) -> Callable[[Embedding, dict[str, Any]], bool]:
    def refuse(server: Embedding, body: dict[str, Any]) -> bool:
        server.reply(reply)
        return True

    return refuse


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (400, "This model's maximum context length is 512 tokens, however you requested 530 tokens."),
        (500, "input (530 tokens) is too large to process. increase the physical batch size"),
        (400, "the request exceeds the available context size"),
        (413, "Input validation error: `inputs` must have less than 512 tokens. Given: 530"),
        (400, "the input length exceeds the context length"),
    ],
)
def test_each_server_s_words_for_too_long_are_understood(url: str, code: int, message: str) -> None:
    def refuse(server: Embedding, body: dict[str, Any]) -> bool:
        return max(map(len, body["input"])) > 100 and status(code, message)(server, body)

    Embedding.refuse = refuse
    long = ("ferry " * 40).strip()
    assert ServerEncoder(url, "words").encode_passages([long]).shape == (1, 96)
    assert [long[: len(long) // 4]] in [body["input"] for body in Embedding.bodies]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (429, "Rate limit exceeded"),
        (429, "Limit of 100000 tokens per minute exceeded"),
        (502, "the reply was too large"),
        (503, "the queue is too long"),
        (504, "timeout exceeded"),
        (500, "deadline exceeded"),
        (400, "quota of tokens exceeded"),
    ],
)
def test_no_text_is_cut_for_another_failure(url: str, code: int, message: str) -> None:
    """Half of it would be embedded, and kept as the vector of all of it."""
    encoder, text = ServerEncoder(url, "words"), "The ferry came home on Monday, two hours late."
    Embedding.refuse = status(code, message)
    with pytest.raises(ServerFailed, match=message):
        encoder.encode_passages([text])
    assert {sent for body in Embedding.bodies for sent in body["input"]} == {text}


@pytest.mark.parametrize(
    ("refuse", "words", "requests"),
    [
        (status(401), "refused the key. Check CITEWIRE_ENCODER_KEY", 1),
        (status(404), "no such address or model", 1),
        (status(503), "failed .503.*said so", 2),
        (says([]), "no JSON object", 1),
        (says({"error": "x"}), "no vectors", 1),
        (says({"data": []}), "vectors of shape", 1),
        (says({"data": [{"index": 0, "embedding": [0.0, 0.0]}]}), "zero", 1),
        (says({"data": [{"index": 0, "embedding": [float("nan"), 1.0]}]}), "no numbers", 1),
    ],
)
def test_what_a_server_did_is_said(
    url: str, refuse: Callable[[Embedding, dict[str, Any]], bool], words: str, requests: int
) -> None:
    Embedding.refuse = refuse
    with pytest.raises(ServerFailed, match=words) as caught:
        _ = ServerEncoder(url.replace("//", "//someone:secret@"), "words", "a-key").fingerprint
    assert url in str(caught.value) and not re.search("secret|a-key", str(caught.value))
    assert len(Embedding.bodies) == requests


@pytest.mark.parametrize("key", ["“a-key”", "schlüssel", "a-key\nb-key", "a\0key"])
def test_a_key_that_cannot_be_sent_is_said_by_its_setting(key: str) -> None:
    with pytest.raises(ServerFailed, match="The key in CITEWIRE_ENCODER_KEY has characters that no key has") as caught:
        ServerEncoder("http://127.0.0.1:8080", "words", key)
    assert key not in str(caught.value)


def test_a_key_that_was_read_with_its_line_end_works(url: str) -> None:
    assert ServerEncoder(url, "words", " a-key\r\n").dimensions == 96
    assert {body["key"] for body in Embedding.bodies} == {"Bearer a-key"}


def test_one_failure_is_tried_again(url: str) -> None:
    def once(server: Embedding, body: dict[str, Any]) -> bool:
        Embedding.refuse = None
        server.connection.close()
        return True

    Embedding.refuse = once
    assert ServerEncoder(url, "words").dimensions == 96


def test_a_server_that_comes_back_is_used_again_unless_it_is_another_model(url: str) -> None:
    encoder = ServerEncoder(url, "words")
    before = encoder.encode_query("ferry")
    Embedding.refuse = status(503)
    with pytest.raises(ServerFailed):
        encoder.encode_query("ferry")
    Embedding.refuse, Embedding.salt = None, "other"
    for _ in range(2):
        with pytest.raises(EncoderMissing, match="another embedding model"):
            encoder.encode_query("ferry")
    Embedding.salt = ""
    assert np.array_equal(encoder.encode_query("ferry"), before)


def test_the_variables_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    default_encoder.cache_clear()
    try:
        monkeypatch.setenv("CITEWIRE_ENCODER_URL", "127.0.0.1:8080")
        with pytest.raises(EncoderMissing, match="CITEWIRE_ENCODER_MODEL"):
            default_encoder()
        monkeypatch.setenv("CITEWIRE_ENCODER_MODEL", "words")
        with pytest.raises(ServerFailed, match="CITEWIRE_ENCODER_URL names no server"):
            default_encoder()
        monkeypatch.setenv("CITEWIRE_ENCODER_URL", "http://127.0.0.1:8080")
        assert isinstance(default_encoder(), ServerEncoder)
        monkeypatch.setenv("CITEWIRE_ENCODER", "/models/other")
        default_encoder.cache_clear()
        with pytest.raises(EncoderMissing, match="leave only one"):
            default_encoder()
    finally:
        default_encoder.cache_clear()


SERVER = """
import sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.n_ctx, p.n_batch, p.n_ubatch, p.n_parallel = sys.argv[1], 512, 512, 512, 1
p.embedding, p.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
p.hostnames, p.api_keys, p.ui, p.warmup, p.fit_params, p.verbosity = ["127.0.0.1"], ["local-key"], False, False, False, 0
server = xllamacpp.Server(p)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_real_server(tmp_path: Path) -> None:
    """llama.cpp's own, with the small answer model pooled into vectors: they mean little, but they are real."""
    from assistant.models.registry import TEST_ANSWER, model_path

    command = [sys.executable, "-c", SERVER, str(model_path(TEST_ANSWER))]
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            with pytest.raises(ServerFailed, match="refused the key"):
                _ = ServerEncoder(address, "smollm2", "wrong").fingerprint
            encoder = ServerEncoder(address, "smollm2", "local-key")
            assert encoder.dimensions == 576 and encoder.fingerprint.startswith("smollm2:576:")
            found = encoder.encode_passages([*ARTICLES.values(), *HOSTILE])
            assert found.shape == (len(ARTICLES) + len(HOSTILE), 576)
            assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-5)
            assert encoder.encode_query(ARTICLES["bank"]) @ found[1] > 0.999
            write_articles(tmp_path / "articles", ARTICLES)
            build([tmp_path / "articles"], tmp_path / "data", encoder=encoder)
            index = open_index(tmp_path / "data", encoder)
            assert index.search("central bank interest rates", top_k=1)[0].article_id == "bank.txt"
            index.close()
        finally:
            process.kill()
