"""The REST interface over a real index: answers, their stream, searches, articles, what is refused and how it is described."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from assistant.types import Answer, Citation, Evidence, Filters
from index.types import Article, Hit
from ui.api.streaming import WAITING, Busy, Desk

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from assistant.assistant import Assistant

QUESTION = "Whom did Zelensky meet in Berlin on Monday and for how long?"
SEED = "000_38252a82f9210cae.txt"


def names_of(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


def events_of(text: str) -> list[tuple[str, Any]]:
    """(kind, data) of server-sent events, comments left out."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    assert all(len(block) == 2 for block in blocks)
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in blocks]


def test_an_answer_has_the_fields_of_the_python_type_and_exact_quotes(client: TestClient) -> None:
    answer = client.post("/api/answer", json={"question": QUESTION}).json()
    assert set(answer) == names_of(Answer) and not answer["abstained"]
    assert set(answer["citations"][0]) == names_of(Citation) and set(answer["evidence"][0]) == names_of(Evidence)
    article = client.get(f"/api/articles/{SEED}").json()
    assert set(article) == names_of(Article)
    for citation in answer["citations"]:
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert all(sentence["citations"] for sentence in answer["sentences"])


def test_the_conversation_and_the_filters_count(client: TestClient) -> None:
    history = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "They met for two hours."}]
    follow_up = client.post("/api/answer", json={"question": "And where?", "history": history}).json()
    assert follow_up["standalone"]
    none = client.post("/api/answer", json={"question": QUESTION, "sources": ["Nobody's Gazette"]}).json()
    assert none["abstained"] and none["filters"]["sources"] == ["Nobody's Gazette"] and none["evidence"] == []


def test_single_articles_can_be_asked(client: TestClient) -> None:
    chosen = {"question": QUESTION, "articles": [SEED, "gone.txt"]}
    answer = client.post("/api/answer", json=chosen).json()
    assert not answer["abstained"] and answer["filters"]["articles"] == answer["request"]["articles"] == [SEED, "gone.txt"]
    assert {citation["article_id"] for citation in answer["citations"]} == {SEED}
    none = client.post("/api/answer", json=chosen | {"articles": ["gone.txt", "lost.txt"]}).json()
    assert none["abstained"] and "in the 2 chosen articles" in none["reason"]
    streamed = events_of(client.post("/api/answer/stream", json=chosen | {"articles": ["gone.txt"]}).text)
    assert streamed[0] == ("evidence", streamed[0][1]) and streamed[0][1]["evidence"] == []
    found = client.post("/api/search", json=chosen).json()
    assert found and client.get("/api/search", params={"q": QUESTION, "article": [SEED, "gone.txt"]}).json() == found
    assert client.get("/api/search", params={"q": QUESTION, "article": "gone.txt"}).json() == []
    refused = client.post("/api/search", json=chosen | {"articles": ["x"] * 201})
    assert refused.status_code == 422 and refused.json()["error"].startswith("articles: ")


def test_the_stream_brings_evidence_then_sentences_then_the_whole(client: TestClient) -> None:
    response = client.post("/api/answer/stream", json={"question": QUESTION})
    assert response.headers["content-type"].startswith("text/event-stream") and response.headers["cache-control"] == "no-store"
    events = events_of(response.text)
    kinds = [kind for kind, _ in events]
    assert kinds[0] == "evidence" and kinds[-1] == "answer" and kinds.count("answer") == 1 and "text" in kinds
    assert events[0][1]["evidence"] and events[-1][1]["answer"]["question"] == QUESTION
    said = [data["sentence"]["text"] for kind, data in events if kind == "text"]
    assert said == [sentence["text"] for sentence in events[-1][1]["answer"]["sentences"]]


def test_search_by_body_and_by_address_agree(client: TestClient) -> None:
    found = client.post("/api/search", json={"question": "NATO membership", "top_k": 3}).json()
    assert [hit["rank"] for hit in found] == list(range(1, len(found) + 1)) and set(found[0]) == names_of(Hit)
    assert client.get("/api/search", params={"q": "NATO membership", "top_k": 3}).json() == found
    assert client.get("/api/search", params={"q": "NATO membership", "source": "Nobody's Gazette"}).json() == []


def test_a_search_tells_which_filters_it_understood(client: TestClient) -> None:
    wanted = {"question": "What did the Kremlin say about NATO since 1 January 2026?", "top_k": 3}
    found = client.post("/api/find", json=wanted | {"as_of": "2026-02-01"}).json()
    assert set(found) == {"hits", "searched", "filters", "notices"} and set(found["filters"]) == names_of(Filters)
    assert found["hits"] == client.post("/api/search", json=wanted | {"as_of": "2026-02-01"}).json() != []
    assert found["notices"] == ["No article since 1 Jan 2026 matches; searched all."]
    assert found["filters"]["since"] is None and found["searched"] == wanted["question"], "lifted: all of it was searched"
    none = client.post("/api/find", json=wanted | {"question": QUESTION, "sources": ["Nobody's Gazette"]}).json()
    assert (none["hits"], none["filters"]["sources"], none["searched"]) == ([], ["Nobody's Gazette"], QUESTION)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "question: Field required"), ({"question": ""}, "question: "), ({"question": "  "}, "question: it is empty"),
        ({"question": "x" * 1001}, "question: "), ({"question": "x", "since": "soon"}, "since: "),
        ({"question": 7}, "question: "),
        ({"question": "x", "since": "2025-02-01", "until": "2025-01-01"}, "since 2025-02-01 is after until 2025-01-01"),
        ({"question": "x", "colour": "red"}, "colour: "),
        ({"question": "x", "history": [{"role": "system", "content": "x"}]}, "role"),
        ({"question": "x", "history": [{"role": "user", "content": "x"}] * 41}, "history: "), ([], "dictionary"),
    ],
)  # fmt: skip
def test_a_request_that_is_not_as_described_is_a_sentence(client: TestClient, body: Any, said: str) -> None:
    for path in ("/api/answer", "/api/answer/stream", "/api/search", "/api/find"):
        response = client.post(path, json=body)
        assert response.status_code == 422 and said in response.json()["error"], response.text


def test_other_mistakes_are_sentences_too(client: TestClient) -> None:
    json_type = {"content-type": "application/json"}
    assert client.post("/api/answer", content=b"{", headers=json_type).json() == {"error": "JSON decode error"}
    assert client.post("/api/answer", content=b'{"question": "\\ud800"}', headers=json_type).status_code == 422
    assert client.get("/api/search", params={"q": "x", "top_k": 1000}).status_code == 422
    assert client.get("/api/search", params={"q": "x", "since": "2025-02-01", "until": "2025-01-01"}).status_code == 422
    assert client.get("/api/search").json()["error"].startswith("q: ")
    for path in ("/api/articles/no", "/api/articles/..%2F..%2Fetc%2Fpasswd", "/api/articles/<script>"):
        response = client.get(path)
        assert response.status_code == 404 and response.headers["content-type"] == "application/json" and response.json()["error"]
    assert client.get("/api/answer").status_code == 404 and "docs" in client.get("/api/nothing").json()["error"]
    assert client.delete("/api/articles/x").json()["error"]


def test_the_list_of_articles(client: TestClient) -> None:
    listed = client.get("/api/articles", params={"q": "ukraine", "limit": 5}).json()
    assert listed["total"] == 1 and listed["rows"][0]["id"] == SEED and "text" not in listed["rows"][0]
    assert client.get("/api/articles", params={"q": "nothing like this"}).json()["rows"] == []
    assert client.get("/api/articles", params={"limit": 0}).status_code == 422


class _Addresses(HTMLParser):
    """Everything that a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [value for name, value in attrs if name in ("src", "href", "action") and value]


def test_the_description_is_complete_and_loads_nothing_from_outside(client: TestClient) -> None:
    spec = client.get("/api/openapi.json").json()
    assert spec["openapi"].startswith("3.") and set(spec["paths"]) == {
        "/api/answer", "/api/answer/stream", "/api/search", "/api/find", "/api/articles", "/api/articles/{id}",
    }  # fmt: skip
    assert "ValidationError" not in json.dumps(spec)
    assert "Only these articles, by id" in spec["components"]["schemas"]["Ask"]["properties"]["articles"]["description"]
    assert "article" in {parameter["name"] for parameter in spec["paths"]["/api/search"]["get"]["parameters"]}
    for name in ("Answer", "Problem", "Citation", "Evidence", "Hit", "Article", "Ask", "Found", "Filters"):
        assert name in spec["components"]["schemas"]
    page = client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    parser = _Addresses()
    parser.feed(page.text)
    assert "script" not in parser.tags and not [address for address in parser.loaded if "//" in address]
    assert all(f"<code>{path}</code>" in page.text for path in spec["paths"])
    targets = {address.removeprefix("#") for address in parser.loaded if address.startswith("#")}
    assert all(f'id="{target}"' in page.text for target in targets)


def test_figures_count_what_was_asked(client: TestClient) -> None:
    def figure(name: str) -> float:
        lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith(f"{name} ")]
        return float(lines[0].rpartition(" ")[2]) if lines else 0.0

    before = [figure('citewire_questions_total{outcome="abstained"}'), figure("citewire_answer_seconds_count")]
    assert client.post("/api/answer", json={"question": "Who won the 2022 World Cup?"}).json()["abstained"]
    assert figure('citewire_questions_total{outcome="abstained"}') == before[0] + 1
    assert figure("citewire_answer_seconds_count") == before[1] + 1
    assert figure("citewire_index_articles") == 1 and figure("citewire_index_up") == 1
    assert figure("citewire_questions_in_progress") == 0 and figure('citewire_questions_waiting{at="api"}') == 0


def test_readiness_is_said(client: TestClient) -> None:
    assert client.get("/readyz").json() == {"status": "ready"}


class Slow:
    """An assistant whose model never ends by itself: it notices only that it is stopped."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()

    def stream(self, question: str, stopped: threading.Event, **_: Any) -> Iterator[Any]:
        self.began.set()
        try:
            stopped.wait(30)
            yield from ()
        finally:
            self.ended.set()


def test_a_client_that_leaves_stops_the_model() -> None:
    slow = Slow()
    desk = Desk(slow)  # type: ignore[arg-type]

    async def visit() -> list[Any]:
        async def has_left() -> bool:
            return slow.began.is_set()

        return [event async for event in desk.events({"question": "x"}, has_left)]

    assert asyncio.run(visit()) == []
    assert slow.ended.wait(10), "the model went on for nobody"
    desk.close()


def test_when_too_many_wait_the_next_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(Slow())  # type: ignore[arg-type]
    monkeypatch.setattr(desk, "_waiting", WAITING)

    async def stay() -> bool:
        return False

    async def visit() -> None:
        async for _ in desk.events({"question": "x"}, stay):
            pass

    with pytest.raises(Busy, match=f"busy: {WAITING} questions wait"):
        asyncio.run(visit())
    desk.close()


def test_closing_the_connection_stops_a_real_answer(seeds_assistant: Assistant, served: Callable[[Any], str]) -> None:
    """Over a real socket: the stream is left after its evidence, while the model would go on for half a minute."""
    import httpx

    ended = threading.Event()

    class Endless:
        def __getattr__(self, name: str) -> Any:
            return getattr(seeds_assistant, name)

        def stream(self, *args: Any, stopped: threading.Event, **options: Any) -> Iterator[Any]:
            events = seeds_assistant.stream(*args, stopped=stopped, **options)
            try:
                yield next(events)
                stopped.wait(30)
            finally:
                events.close()
                ended.set()

    address = served(Endless())
    with httpx.stream("POST", f"{address}api/answer/stream", json={"question": QUESTION}, timeout=30) as response:
        for line in response.iter_lines():
            if line == "event: evidence":
                break
    assert ended.wait(15), "the model went on for nobody"


def test_too_many_questions_in_a_minute_are_refused(seeds_assistant: Assistant) -> None:
    from starlette.testclient import TestClient

    from ui.app import Options, create_app

    app = create_app(seeds_assistant, options=Options(questions_per_minute=2))
    one, other = (TestClient(app, base_url="http://127.0.0.1", client=(f"127.0.0.{i}", 1)) for i in (1, 2))
    assert [one.get("/api/search", params={"q": "NATO"}).status_code for _ in range(2)] == [200, 200]
    refused = one.post("/api/answer", json={"question": "x"})
    assert refused.status_code == 429 and "More than 2 questions in a minute: wait" in refused.json()["error"]
    assert 1 <= int(refused.headers["retry-after"]) <= 30 and refused.headers["content-security-policy"]
    chat = one.post("/gradio_api/queue/join", json={"session_hash": "x", "data": []})
    assert chat.status_code == 429 and chat.json()["detail"] == chat.json()["error"], "Gradio's page shows the detail"
    assert one.get("/api/status").status_code == 200 and other.get("/api/search", params={"q": "NATO"}).status_code == 200
    assert 'citewire_refused_total{reason="rate"} 2.0' in one.get("/metrics").text
