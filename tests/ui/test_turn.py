"""A conversation as data: what the browser keeps comes back the same, and what is no conversation is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.types import Answer, AsOf, Citation, Claim, Disagreement, Evidence, Filters, Headline, Sentence
from ui.conversation import Conversation
from ui.feedback import Feedback
from ui.render import LEFT, turn_html
from ui.turn import MAX_RECORD_CHARS, MAX_TURNS, RecordRefused, Turn, filters_of, new_id, read_turns, record
from ui.wire import Wire

CITED = Citation(1, "a.txt", "A headline", "An outlet", date(2025, 10, 2), "https://example.org/a", "Quoted.", 3, 10)
FOUND = Evidence(1, "a.txt", 0, 99, "The whole passage.", 0.5, "A headline", date(2025, 10, 2), also=("Other",))
ANSWER = Answer(
    "Who?",
    "Said. [1]",
    (Sentence("Said.", (CITED,)),),
    (CITED,),
    (FOUND,),
    nearest=(Headline("a", "b", "c", None),),
    as_of=AsOf(1, date(2025, 10, 2), date(2025, 10, 2), date(2026, 1, 1)),
    filters=Filters(date(2025, 1, 1), None, ("CNN",), ("in 2025",)),
    timings={"total_s": 1.5},
    disagreements=(Disagreement("conflict", "it", (Claim("one", CITED), Claim("two", CITED)), "They differ."),),
)
TURN = Turn(
    "Who?",
    state="done",
    answer=ANSWER,
    filters=Filters(until=date(2026, 1, 1), articles=("a.txt", "b.txt")),
    rating="up",
    word="yes",
)


def kept(turn: Turn) -> Any:
    return json.loads(record(turn, "c" * 32))["turn"]


def test_what_the_browser_keeps_comes_back_the_same() -> None:
    back = read_turns([kept(TURN)])[0]
    assert back == replace(TURN, answer=replace(ANSWER, evidence=(replace(FOUND, text=""),)))
    assert turn_html(back, "c" * 32) == turn_html(TURN, "c" * 32)


def test_the_record_leaves_away_what_is_not_shown_again() -> None:
    assert "The whole passage." not in record(TURN, "c" * 32)


@given(text=st.text(max_size=60))
def test_any_text_can_be_kept(text: str) -> None:
    said = text + "\ud800\0</script>"
    turn = replace(TURN, question=said, answer=replace(ANSWER, sentences=(Sentence(said, (replace(CITED, quote=said),)),)))
    shown = turn_html(turn, "c" * 32)
    assert turn_html(read_turns([kept(turn)])[0], "c" * 32) == shown and "</script>" not in shown


@pytest.mark.parametrize("state", ["waiting", "working"])
def test_an_answer_that_was_under_way_has_been_left(state: str) -> None:
    back = read_turns([kept(replace(TURN, state=state))])[0]
    shown = turn_html(back, "c" * 32)
    assert back.state == "left" and LEFT in shown and "Ask again" in shown and "Quoted." in shown


REFUSED: list[Any] = [
    {}, "x", None, [{}], [[]], [1],
    [{"question": 1}], [{"question": "x", "state": "evil"}], [{"question": "x"}] * (MAX_TURNS + 1),
    [{"question": "x", "answer": {"question": "x", "text": "y", "sentences": [{"text": "<b>"}]}}],
    [{"question": "x", "answer": {"question": "x", "text": "y", "citations": "<script>"}}],
    [{"question": "x", "filters": {"since": "yesterday"}}],
]  # fmt: skip


@pytest.mark.parametrize("rows", REFUSED)
def test_what_is_no_conversation_is_refused_and_changes_nothing(rows: Any) -> None:
    with pytest.raises(RecordRefused):
        read_turns(rows)
    conversation = Conversation([TURN], id="c" * 32)
    with pytest.raises(RecordRefused):
        Wire(Feedback.__new__(Feedback)).restore(json.dumps({"turns": rows}), conversation)
    assert conversation.turns == [TURN] and conversation.id == "c" * 32


@pytest.mark.parametrize("sent", ["", "{", "[]", "1", "[" * 100_000, " " * (MAX_RECORD_CHARS + 1)])
def test_what_the_page_sends_must_be_an_object(sent: str) -> None:
    wire = Wire(Feedback.__new__(Feedback))
    with pytest.raises(RecordRefused):
        wire.question(sent)
    with pytest.raises(RecordRefused):
        wire.restore(sent, Conversation())


def test_hostile_fields_of_a_stored_conversation_are_bounded_or_replaced() -> None:
    row = {**kept(TURN), "id": "<script>", "question": "q" * 9999, "word": "w" * 9999, "unknown": {"a": 1}}
    back = read_turns([row])[0]
    assert len(back.id) == 32 and (len(back.question), len(back.word)) == (1000, 500)


def test_an_order_is_a_question_with_its_filters() -> None:
    wire = Wire(Feedback.__new__(Feedback))
    order = {"q": " Who? ", "since": "2025-11-08", "until": "soon", "sources": ["CNN"], "exact": True, "again": "a" * 32}
    turn = wire.question(json.dumps(order))
    assert turn and (turn.question, turn.filters, turn.exact, turn.again) == (
        "Who?",
        Filters(date(2025, 11, 8), None, ("CNN",)),
        True,
        "a" * 32,
    )
    assert wire.question(json.dumps({"q": "  "})) is None and wire.question(json.dumps({"q": {"a": 1}})) is None
    assert wire.scoped(Turn("q"), json.dumps({"sources": "CNN"})).filters == Filters()
    assert filters_of({"sources": ["x" * 999] * 999}).sources == ("x" * 200,) * 50


def test_an_order_is_narrowed_to_single_articles() -> None:
    wire = Wire(Feedback.__new__(Feedback))
    turn = wire.scoped(Turn("q"), json.dumps({"articles": ["b.txt", "a.txt", "b.txt"], "since": "2025-11-08"}))
    assert turn.filters == Filters(date(2025, 11, 8), articles=("b.txt", "a.txt"))
    assert len(filters_of({"articles": [f"{i}.txt" for i in range(999)]}).articles) == 50
    assert filters_of({"articles": ["x" * 1001]}).articles == ("x" * 1000,), "not to search everything"
    for wrong in ("a.txt", {"a": 1}, 7, None):
        assert filters_of({"articles": wrong}) == Filters()


def test_a_conversation_is_restored_with_its_id_and_its_history() -> None:
    conversation, name = Conversation(), new_id()
    Wire(Feedback.__new__(Feedback)).restore(json.dumps({"id": name, "turns": [kept(TURN)]}), conversation)
    assert conversation.id == name and not conversation.busy
    assert conversation.history() == [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Said."}]
    assert "Quoted." in conversation.messages()[1]["content"]
