"""How fast one may ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from ui.chat import BEGINNING
from ui.limits import CALLS_PER_QUESTION, FEWEST_CALLS, MOST_BYTES, Buckets, Limits

if TYPE_CHECKING:
    from assistant.assistant import Assistant

BEGIN, STOP = 1, 7  #: numbers of two functions of a chat
CALLS = ("/gradio_api/run/predict", "/gradio_api/queue/join")


def behind_limits(per_minute: int) -> TestClient:
    """What passes is answered; time stands still."""
    return TestClient(Limits(PlainTextResponse("passed"), per_minute, [BEGIN], clock=lambda: 0.0))


def call(client: TestClient, number: Any, session: str = "s", *data: Any, path: str = CALLS[0]) -> Any:
    return client.post(path, json={"session_hash": session, "fn_index": number, "data": data})


def test_a_question_counts_once_however_many_calls_it_takes() -> None:
    client = behind_limits(20)
    for asked in range(20):
        assert [call(client, number, path=CALLS[asked % 2]).status_code for number in (BEGIN, STOP, STOP)] == [200] * 3
    for path in CALLS:
        refused = call(client, BEGIN, path=path)
        assert refused.status_code == 429 and "More than 20 questions in a minute" in refused.json()["detail"]
    assert client.get("/api/search").status_code == 429, "the same bucket for the page and for programs"
    assert call(client, STOP).status_code == 200, "what is no question is not refused yet"


@pytest.mark.parametrize("body", ["1", '"7"', "7.0", "true", "null", '7, "fn_index": 1'])
def test_a_call_that_hides_what_it_calls_counts_as_a_question(body: str) -> None:
    """Pydantic reads "7" and 7.0 as 7, and of a name that stands twice the last counts."""
    client = behind_limits(1)
    found = [client.post(CALLS[0], content=f'{{"fn_index": {body}}}').status_code for _ in range(2)]
    assert found == [200, 429]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000])
def test_a_body_that_is_no_call_counts_too(body: bytes) -> None:
    client = behind_limits(1)
    assert [client.post(CALLS[0], content=body).status_code for _ in range(2)] == [200, 429]


def test_calls_that_ask_nothing_have_an_end_too() -> None:
    for per_minute in (1, 20):
        client, most = behind_limits(per_minute), max(FEWEST_CALLS, CALLS_PER_QUESTION * per_minute)
        found = [call(client, STOP, f"invented{sent}").status_code for sent in range(most + 2)]
        assert found == [200] * most + [429] * 2
    free = behind_limits(0)
    assert {call(free, number).status_code for number in (BEGIN, STOP) for _ in range(100)} == {200}


@pytest.mark.parametrize("per_minute", [0, 20])
def test_no_call_is_larger_than_what_the_page_sends(per_minute: int) -> None:
    client = behind_limits(per_minute)
    kept = json.dumps({"turns": ["x" * 300_000]})
    assert call(client, STOP, "s", kept).status_code == 200
    refused = call(client, STOP, "s", "x" * MOST_BYTES)
    assert refused.status_code == 413 and "shorter" in refused.json()["detail"]


def test_the_chats_questions_are_counted_and_its_sessions_bounded(
    seeds_assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ui.app import Options, create_app

    monkeypatch.setattr("ui.chat.SESSIONS", 3)
    app = create_app(seeds_assistant, options=Options(questions_per_minute=1))
    client = TestClient(app, base_url="http://127.0.0.1")
    number = {each["api_name"]: each["id"] for each in client.get("/config").json()["dependencies"]}
    assert set(number) >= BEGINNING, "a function that begins a question has another name: nothing would count it"
    begun = call(client, number["begin"], "s", "Who won?", "", None)
    assert begun.status_code == 200 and "Who won?" in begun.text
    assert call(client, number["stop"], "s", None).status_code == 200
    assert {call(client, number[name], "s", "", "", None).status_code for name in BEGINNING} == {429}
    for invented in range(5):
        call(client, number["start_over"], f"invented{invented}", None)
    holder = next(route.app.state_holder for route in app.routes if hasattr(getattr(route, "app", None), "state_holder"))
    assert len(holder.session_data) == 3


def test_a_minutes_worth_may_come_at_once_and_refills_evenly() -> None:
    now = [0.0]
    buckets = Buckets(6, clock=lambda: now[0])
    assert [buckets.take("dana") for _ in range(7)] == [0.0] * 6 + [10.0]
    now[0] = 4
    assert buckets.take("dana") == 6.0 and buckets.take("mo") == 0.0
    now[0] = 10.5
    assert buckets.take("dana") == 0.0 and buckets.take("dana") > 0
    now[0] = 1000
    assert [buckets.take("dana") for _ in range(7)].count(0.0) == 6
