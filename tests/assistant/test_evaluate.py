"""Measures on the small collection, files that are wrong, and the test of significance against exact values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import Assistant
from assistant.evaluate import (
    EvaluationError,
    Question,
    Scored,
    compare,
    evaluate,
    read_questions,
    read_results,
    table,
    write_results,
)
from assistant.significance import randomisation_p
from ui.cli import app


@pytest.fixture(scope="module")
def news(fixtures_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def questions(news: Assistant) -> list[Question]:
    text = news.article("bridge-audit.md").text
    start = text.index("$112 million")
    return [
        Question("a", "What does the auditor expect the Silver Bridge to cost?", "single", (), ("the $112 Million",),
                 "bridge-audit.md", start, start + 12),
        Question("b", "How much will the Silver Bridge cost?", "single", (), ("a wrong answer",), "no-such-article"),
        Question("c", "Who won the 2022 World Cup?", "unanswerable"),
    ]  # fmt: skip


def test_every_measure_of_right_wrong_and_unanswerable(news: Assistant, questions: list[Question]) -> None:
    right, wrong, unanswerable = evaluate(news, questions, answers=True)
    assert right.measures == dict.fromkeys(
        ("Success@1", "Success@4", "RR@10", "span@2000", "contains", "cites", "verbatim", "cited"), 1.0
    ) | {"abstained": 0.0}
    assert {wrong.measures[m] for m in ("Success@1", "Success@4", "RR@10", "contains", "cites")} == {0.0}
    assert "span@2000" not in wrong.measures
    assert unanswerable.measures == {"abstained": 1.0}
    means = table([right, wrong, unanswerable])
    assert means["single"]["n"] == 2 and means["single"]["Success@1"] == 0.5
    assert means["all"]["abstained"] == pytest.approx(1 / 3)


def test_the_command_prints_a_table_and_writes_what_can_be_compared(
    fixtures_index: Path, questions: list[Question], tmp_path: Path
) -> None:
    file, out = tmp_path / "questions.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": q.id, "question": q.question, "kind": q.kind, "article_id": q.article_id or None, "start": q.start, "end": q.end}
        for q in questions
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = CliRunner().invoke(app, ["eval", str(file), "--index", str(fixtures_index), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0].split() == ["single", "unanswerable", "all"]
    assert ["Success@1", "0.500", "-", "0.500"] in [line.split() for line in done.stdout.splitlines()]
    lacking = "Note: 1 of 3 questions names an article that the index lacks ('no-such-article'); each counts as not found."
    assert lacking in done.stderr and "lacks" not in done.stdout
    assert [item.id for item in read_results(out)] == ["a", "b", "c"]
    compared = CliRunner().invoke(app, ["eval", "--compare", str(out), str(out), "--json"])
    measures = {row["measure"]: row for row in json.loads(compared.stdout)}
    assert measures["RR@10"] == {"measure": "RR@10", "n": 2, "first": 0.5, "second": 0.5, "difference": 0.0, "p": 1.0}
    shown = CliRunner().invoke(app, ["eval", "--compare", str(out), str(out)])
    assert ["RR@10", "2", "0.500", "0.500", "+0.000", "1.0000"] in [line.split() for line in shown.stdout.splitlines()]
    assert CliRunner().invoke(app, ["eval"]).exit_code == 2


def test_questions_are_read_with_what_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(
        '\ufeff{"id": "1", "question": "Who?"}\n\n{"id": "2", "question": "When?", "article_id": "x"}\n', encoding="utf-8"
    )
    assert read_questions(path) == [Question("1", "Who?"), Question("2", "When?", article_id="x")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ('{"question": "x"}', "'id' must be a text"),
        ('{"id": "1", "question": " "}', "'question' must be a text"),
        ('{"id": "1", "question": "x", "start": 5, "end": 5}', "'start' and 'end'"),
        ('{"id": "1", "question": "x", "start": 5}', "'start' and 'end'"),
        ('{"id": "1", "question": "x", "history": ["a"]}', "'history' must"),
        ('{"id": "1", "question": "x", "answers": "a"}', "'answers' must"),
        ('{"id": "1", "question": "x", "article_id": 7}', "'article_id' must"),
        ('{"id": "0", "question": "x"}', "is there twice"),
    ],
)
def test_a_bad_line_is_named(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"id": "0", "question": "x"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match="q.jsonl, line 2: ") as raised:
        read_questions(path)
    assert said in str(raised.value)


def test_files_that_hold_nothing_to_use(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="has no questions"):
        read_questions(path)
    path.write_text('{"id": "1", "measures": {"RR@10": "high"}}', encoding="utf-8")
    with pytest.raises(EvaluationError, match="line 1: is no result"):
        read_results(path)
    with pytest.raises(EvaluationError, match="no question in common"):
        compare([Scored("a", "single", "q")], [Scored("b", "single", "q")])
    missing = CliRunner().invoke(app, ["eval", str(tmp_path / "none.jsonl")])
    assert missing.exit_code == 1 and "none.jsonl" in missing.stderr


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    scored = [Scored("ä\u2028", "single", "Wer?", {"RR@10": 0.5})]
    write_results(scored, tmp_path / "r.jsonl")
    assert read_results(tmp_path / "r.jsonl") == scored


def test_significance_against_exact_values() -> None:
    assert randomisation_p([], []) == randomisation_p([1, 0], [1, 0]) == 1.0
    # all six differ in one direction: 2 of 2^6 sign patterns are as extreme
    assert randomisation_p([1] * 6, [0] * 6) == pytest.approx(2 / 64, abs=0.006)
    assert randomisation_p([1, 0], [0, 1]) == 1.0
    assert randomisation_p([1] * 40, [0] * 40) < 0.001
    assert randomisation_p([0.3, 0.9, 0.1], [0.2, 0.4, 0.8]) == randomisation_p([0.3, 0.9, 0.1], [0.2, 0.4, 0.8])
    with pytest.raises(ValueError, match="cannot be paired"):
        randomisation_p([1], [])


def test_relative_dates_count_from_the_day_that_is_given(news: Assistant, questions: list[Question]) -> None:
    """Last week has no article of this collection, whose newest is from long ago; the week after it was published has."""
    published = news.article("bridge-audit.md").published
    assert published
    asked = [Question("r", "What did the auditor say last week about the Silver Bridge?", "single", (), (), "bridge-audit.md")]
    days = {hit.published for hit in news.search(asked[0].question, as_of=published + timedelta(days=7))}
    (scored,) = evaluate(news, asked, as_of=published + timedelta(days=7))
    assert scored.measures["Success@1"] == 1.0
    assert days and max(d for d in days if d) - min(d for d in days if d) <= timedelta(days=7)
