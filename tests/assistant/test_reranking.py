"""Reranking by URL: a server on loopback that ranks with the real embedding model, and one that fails."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.settings import Settings
from index.encoder import default_encoder
from index.errors import ServerFailed


def by_meaning(request: dict[str, Any]) -> object:
    """What a ranking server does, with a real model: the cosine of question and passage."""
    query, *documents = default_encoder().encode_passages([request["query"], *request["documents"]])
    scores = [float(document @ query) for document in documents]
    best = sorted(range(len(scores)), key=lambda i: -scores[i])
    return {"model": request["model"], "results": [{"index": i, "relevance_score": scores[i]} for i in best]}


def worst_first(request: dict[str, Any]) -> object:
    return {"results": [{"index": i, "relevance_score": float(i)} for i in range(len(request["documents"]))]}


def best_two_only(request: dict[str, Any]) -> object:
    return {"results": worst_first(request)["results"][-2:]}  # type: ignore[index]


class Ranking(BaseHTTPRequestHandler):
    rank: Callable[[dict[str, Any]], object]
    status = 200
    requests: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append(request | {"path": self.path, "key": self.headers["Authorization"]})
        body = json.dumps(type(self).rank(request)).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("index.model_server._RETRY_AFTER_S", 0.02)
    monkeypatch.setattr("assistant.reranking._PAUSE_S", 0.0)
    monkeypatch.setattr("assistant.reranking._TIMEOUT_S", 60.0)  # the server here shares the processor with other tests
    Ranking.rank, Ranking.status, Ranking.requests = by_meaning, 200, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Ranking)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.fixture
def assistant(fixtures_index: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Assistant]:
    for name, value in {"URL": url, "MODEL": "ranker", "KEY": "rank-key"}.items():
        monkeypatch.setenv(f"CITEWIRE_RERANK_{name}", value)
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


def test_hits_come_in_the_servers_order(assistant: Assistant) -> None:
    hits = assistant.search("When did the bridge open?", top_k=5)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True) and [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    query = default_encoder().encode_query("When did the bridge open?")
    texts = [f"{hit.title}\n{hit.text}" if hit.title else hit.text for hit in hits]
    assert scores == pytest.approx((default_encoder().encode_passages(texts) @ query).tolist(), abs=1e-3)
    (request,) = Ranking.requests
    assert (request["path"], request["model"], request["key"]) == ("/v1/rerank", "ranker", "Bearer rank-key")
    assert len(request["documents"]) > 5, "more is looked at than is asked for"


def test_the_answer_is_read_from_what_the_server_put_in_front(assistant: Assistant, fixtures_index: Path) -> None:
    Ranking.rank = worst_first
    question = "When did the bridge open?"
    with closing(Assistant(fixtures_index, "none", settings=Settings(rerank_url=""))) as plain:
        ours = plain.search(question, top_k=30)
    theirs = assistant.search(question, top_k=30)
    assert [hit.passage_id for hit in theirs] == [hit.passage_id for hit in ours][::-1]
    evidence = next(assistant.stream(question)).evidence
    assert evidence[0].article_id == theirs[0].article_id


def test_what_a_server_leaves_out_follows_in_our_order(assistant: Assistant, fixtures_index: Path) -> None:
    Ranking.rank = best_two_only
    with closing(Assistant(fixtures_index, "none", settings=Settings(rerank_url=""))) as plain:
        ours = [hit.passage_id for hit in plain.search("When did the bridge open?", top_k=30)]
    theirs = assistant.search("When did the bridge open?", top_k=30)
    assert [hit.passage_id for hit in theirs] == [ours[-1], ours[-2], *ours[:-2]]
    assert all(a.score >= b.score for a, b in zip(theirs, theirs[1:], strict=False))


@pytest.mark.parametrize(
    ("status", "reply", "words"),
    [
        (503, {}, "failed"),
        (401, {}, "refused the key. Check CITEWIRE_RERANK_KEY"),
        (200, [], "no JSON object"),
        (200, {"results": []}, "no ranking"),
        (200, {"results": [{"index": 99, "relevance_score": 1.0}]}, "no ranking"),
        (200, {"results": [{"index": 0, "relevance_score": float("nan")}]}, "no ranking"),
        (200, {"data": []}, "no ranking"),
    ],
)
def test_a_failure_leaves_our_order_with_a_notice_and_the_next_question_recovers(
    assistant: Assistant, fixtures_index: Path, status: int, reply: object, words: str
) -> None:
    Ranking.rank, Ranking.status = lambda request: reply, status
    question = "When did the bridge open?"
    with closing(Assistant(fixtures_index, "none", settings=Settings(rerank_url=""))) as plain:
        ours = plain.answer(question)
    answer = assistant.answer(question)
    assert (answer.text, answer.passages) == (ours.text, ours.passages)
    (notice,) = set(answer.notices) - set(ours.notices)
    assert words in notice and notice.endswith("The passages are in Citewire's own order.") and "rank-key" not in notice
    Ranking.rank, Ranking.status = by_meaning, 200
    assert set(assistant.answer(question).notices) == set(ours.notices)


def test_a_silent_server_is_not_waited_for(fixtures_index: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr("assistant.reranking._TIMEOUT_S", 0.3)
    Ranking.rank = lambda request: release.wait(20)  # type: ignore[assignment]
    try:
        with closing(Assistant(fixtures_index, "none", settings=Settings(rerank_url=url))) as assistant:
            answer = assistant.answer("When did the bridge open?")
        assert any("did not answer in time" in notice for notice in answer.notices)
    finally:
        release.set()


def test_what_is_no_address_is_said_at_once(fixtures_index: Path) -> None:
    with pytest.raises(ServerFailed, match="CITEWIRE_RERANK_URL names no server"):
        Assistant(fixtures_index, "none", settings=Settings(rerank_url="127.0.0.1:8080"))


def test_a_servers_scores_do_not_make_a_question_answerable(assistant: Assistant) -> None:
    """They are on no scale of ours: what a server calls 9.0 may be little to it."""
    Ranking.rank = lambda request: {
        "results": [{"index": i, "relevance_score": 9.0} for i in range(len(request["documents"]))],
    }
    assert assistant.answer("Who sang at the opening of the bridge?").abstained
