"""What people said about answers: kept privately, listed once each, and readable by `citewire eval`."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from assistant.evaluate import evaluate, read_questions, table
from assistant.types import Answer, Citation
from ui.answering import answering
from ui.cli import app
from ui.conversation import Conversation
from ui.feedback import Feedback, FeedbackUnreadable, questions
from ui.turn import RecordRefused, Turn
from ui.wire import OPINIONS_PER_HOUR, Wire

if TYPE_CHECKING:
    from assistant.assistant import Assistant

MEETING = "Whom did Zelensky meet in Berlin on Monday and for how long?"
WHY = "And why did he reject the free economic zone?"


def listed(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["feedback", *arguments])
    return result.exit_code, result.stdout


def asked(assistant: Assistant, *asked: str) -> Conversation:
    conversation = Conversation()
    for question in asked:
        list(answering(assistant, conversation, question))
    return conversation


def rate(file: Path, conversation: Conversation, turn: Turn, rating: str, word: str = "", user: str = "") -> None:
    Wire(Feedback(file)).rate(json.dumps({"turn": turn.id, "rating": rating, "word": word}), conversation, user)


def test_opinions_are_questions_that_eval_reads(seeds_assistant: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "feedback.jsonl"
    conversation = asked(seeds_assistant, MEETING, WHY, "Who won the 2022 World Cup?", "What did the Kremlin say about NATO?")
    for turn, rating in zip(conversation.turns, ("up", "up", "up", "down"), strict=True):
        rate(file, conversation, turn, rating, "a\nword" if rating == "down" else "")
    code, out = listed("--file", str(file))
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [row["kind"] for row in rows] == ["single", "followup", "unanswerable", "disputed"]
    cited = conversation.turns[0].answer.citations[0]
    assert (rows[0]["article_id"], rows[0]["start"], rows[0]["end"]) == (cited.article_id, cited.start, cited.end)
    assert rows[1]["history"][0] == {"role": "user", "content": MEETING}
    assert rows[3]["article_id"] is None and rows[3]["word"] == "a\nword" and rows[3]["rating"] == "down"
    (tmp_path / "questions.jsonl").write_text(out, encoding="utf-8")
    means = table(evaluate(seeds_assistant, read_questions(tmp_path / "questions.jsonl"), answers=True))
    assert means["single"]["Success@1"] == means["followup"]["cites"] == means["unanswerable"]["abstained"] == 1.0
    assert json.loads(listed("--file", str(file), "--json", "--rating", "down")[1]) == rows[3:]


def test_a_later_opinion_takes_the_place_of_an_earlier_one(seeds_assistant: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    conversation = asked(seeds_assistant, MEETING)
    turn = conversation.turns[0]
    rate(file, conversation, turn, "up")
    rate(file, conversation, turn, "down", "Wrong.")
    rate(file, conversation, turn, "up", user="another")
    assert [(row["user"], row["rating"], row["word"]) for row in Feedback(file).rows()] == [
        ("", "down", "Wrong."),
        ("another", "up", ""),
    ]
    rate(file, conversation, turn, "")
    assert [row["user"] for row in Feedback(file).rows()] == ["another"]


def test_the_file_is_private_and_its_rows_are_bounded(seeds_assistant: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    conversation = asked(seeds_assistant, "x" * 5000)
    turn = conversation.turns[0]
    turn.question = turn.question[:1000]
    rate(file, conversation, turn, "down", "w" * 100_000 + "\ud800")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(Feedback(file).rows()[0]["word"]) == 500 and file.stat().st_size < 20_000


def test_a_forged_answer_writes_no_long_line(tmp_path: Path) -> None:
    file, long = tmp_path / "feedback.jsonl", "x" * 200_000
    cited = Citation(1, long, "", "", None, "", long, 0, 1)
    for citation in (cited, replace(cited, article_id="a.txt", end=10**4000), replace(cited, article_id="a.txt", start=-1)):
        answer = Answer(long, long, citations=(citation,), model=long, generation=long)
        turn = Turn(long, answer=answer, state="done", rating="up", word=long)
        Feedback(file).keep(turn, [{"role": "user", "content": long}] * 50, long)
    assert max(map(len, file.read_bytes().splitlines())) < 21_000
    assert {(row["article_id"], row["start"], row["end"]) for row in Feedback(file).rows()} == {(None, None, None)}


def test_nobody_fills_the_file_alone(seeds_assistant: Assistant, tmp_path: Path) -> None:
    wire, conversation = Wire(Feedback(tmp_path / "feedback.jsonl")), asked(seeds_assistant, MEETING)
    opinion = json.dumps({"turn": conversation.turns[0].id, "rating": "up", "word": ""})
    with pytest.raises(RecordRefused, match="120 an hour"):
        for _ in range(OPINIONS_PER_HOUR + 20):
            wire.rate(opinion, conversation, "", "127.0.0.1")
    wire.rate(opinion, conversation, "", "127.0.0.2")
    wire.rate(opinion, conversation, "dana", "127.0.0.1")


def test_what_was_not_kept_is_not_shown_as_kept(seeds_assistant: Assistant, tmp_path: Path) -> None:
    conversation = asked(seeds_assistant, MEETING)
    turn = conversation.turns[0]
    with pytest.raises(RecordRefused, match="could not be kept"):
        rate(tmp_path, conversation, turn, "up", "Good.")
    assert (conversation.turns[0].rating, conversation.turns[0].word) == ("", "")
    rate(tmp_path / "feedback.jsonl", conversation, turn, "up", "Good.")
    assert (conversation.turns[0].rating, conversation.turns[0].word) == ("up", "Good.")


def test_only_finished_answers_of_the_conversation_are_rated(seeds_assistant: Assistant, tmp_path: Path) -> None:
    file, conversation = tmp_path / "feedback.jsonl", Conversation()
    conversation.begin(Turn("waits"))
    rate(file, conversation, conversation.turns[0], "up")
    rate(file, conversation, Turn("of somebody else"), "up")
    assert not file.exists()


def append(file: Path, name: str, turns: Sequence[Turn]) -> None:
    for turn in turns:
        Feedback(file).keep(turn, (), name)


def test_servers_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    turns = [replace(Turn("q" * 900), rating="up", word="w" * 400, state="done") for _ in range(50)]
    workers = [get_context("spawn").Process(target=append, args=(file, name, turns)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(Feedback(file).rows()) == 150


def test_half_a_line_is_passed_over_and_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    Feedback(file).keep(replace(Turn("q"), rating="up"), ())
    with file.open("a", encoding="utf-8") as out:
        out.write('{"id": "x", "us')
    assert len(Feedback(file).rows()) == 1
    Feedback(file).keep(replace(Turn("after the disk had room again"), rating="up"), ())
    assert len(Feedback(file).rows()) == 2, "an opinion at the end of half a line would be lost with it"
    file.write_text('{"a": 1}\n', encoding="utf-8")
    with pytest.raises(FeedbackUnreadable, match="line 1: is no opinion"):
        Feedback(file).rows()
    assert listed("--file", str(file))[0] == 1
    assert listed("--file", str(tmp_path / "none.jsonl")) == (0, "")
    assert listed("--rating", "sideways")[0] == 2


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordRefused, match="could not be kept"):
        Feedback(tmp_path).keep(Turn("q"), ())


def test_the_file_stands_beside_the_index_unless_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITEWIRE_FEEDBACK", raising=False)
    assert Feedback.beside(tmp_path).path == tmp_path / "feedback.jsonl"
    monkeypatch.setenv("CITEWIRE_FEEDBACK", str(tmp_path / "elsewhere"))
    assert Feedback.beside(tmp_path).path == tmp_path / "elsewhere"


def test_no_opinion_on_a_good_answer_is_lost_where_it_quotes_nothing() -> None:
    row = {"id": "1", "rating": "up", "question": "q", "history": [], "article_id": None}
    assert questions([row])[0]["kind"] == "unanswerable"
