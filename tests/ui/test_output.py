"""How answers, hits and reports read in a terminal and as JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from assistant.prompts import ABSTENTION
from assistant.types import Answer, AsOf, Citation, Headline, Sentence
from index.readers.placed import Repeated
from index.types import BuildReport, Failure, Hit, Kept, Progress
from ui.output import answer_text, basis, hits_text, printable, size_text, to_json
from ui.progress import BuildProgress, describe, time_left
from ui.reports import report_text
from ui.terminal import Flow

FIRST = Citation(1, "port.txt", "Harbour reopens", "The Gazette", date(2025, 3, 2), "", "The harbour reopened on Sunday.", 0, 31)
SECOND = Citation(2, "storm.txt", "", "", None, "", "A storm had closed it.", 5, 27)
ANSWER = Answer(
    question="When did the harbour reopen?",
    text="It reopened on Sunday. [1] A storm had closed it. [1][2]",
    sentences=(Sentence("It reopened on Sunday.", (FIRST,)), Sentence("A storm had closed it.", (FIRST, SECOND, SECOND))),
    citations=(FIRST, SECOND),
    as_of=AsOf(2, date(2025, 3, 2), date(2025, 3, 2), date(2025, 4, 1)),
    timings={"total_s": 1.234},
)


def test_an_answer_reads_as_text_with_footnotes() -> None:
    assert answer_text(ANSWER, 0) == (
        "It reopened on Sunday. [1] A storm had closed it. [1][2]\n"
        "\n"
        "[1] Harbour reopens\n"
        "    The Gazette · 2 Mar 2025\n"
        "    “The harbour reopened on Sunday.”\n"
        "\n"
        "[2] storm.txt\n"
        "    storm.txt\n"
        "    “A storm had closed it.”"
    )


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in answer_text(ANSWER, width).splitlines()) <= width


def test_an_abstention_says_so_with_reason_and_nearest_headlines() -> None:
    near = Headline("port.txt", "Harbour reopens", "The Gazette", date(2025, 3, 2))
    answer = Answer("Who won?", "", abstained=True, reason="No article mentions a winner.", nearest=(near,))
    text = answer_text(answer, 0)
    assert text.startswith(f"{ABSTENTION} No article mentions a winner.")
    assert "  - Harbour reopens (The Gazette · 2 Mar 2025)" in text
    assert answer_text(Answer("Who won?", "", abstained=True, reason=f"{ABSTENTION} Nothing."), 0).count(ABSTENTION) == 1


def test_basis_tells_what_an_answer_rests_on() -> None:
    assert basis(ANSWER) == "Based on 2 articles, 2 Mar 2025 · newest in the index: 1 Apr 2025 · quotes only · 1.2 s"
    assert basis(Answer("q", "")) == "quotes only"


def test_json_has_the_field_names_of_the_types_and_iso_dates() -> None:
    read = json.loads(to_json(ANSWER))
    assert set(read) == {field.name for field in fields(Answer)}
    assert set(read["citations"][0]) == {field.name for field in fields(Citation)}
    assert read["citations"][0]["published"] == "2025-03-02"
    assert read["citations"][1]["published"] is None
    assert read["as_of"] == {"articles": 2, "oldest": "2025-03-02", "newest": "2025-03-02", "index_newest": "2025-04-01"}


def test_json_can_always_be_written() -> None:
    assert json.loads(to_json({"text": "half \ud83d", "path": Path("a/b")})) == {"text": "half ?", "path": "a/b"}
    to_json("half \ud83d").encode("utf-8")


def test_an_article_cannot_act_on_the_terminal() -> None:
    hostile = "\x1b[2J\x1b]0;title\x07 red \u202e txt\x9b31m\r\nline\x00"
    assert printable("Kyiv, 90 %\nnews") == "Kyiv, 90 % news"
    assert not set(printable(hostile)) & set("\x1b\x07\u202e\x9b\r\n\x00")
    hit = Hit(hostile, 0, 1, hostile, 0.5, 1, title=hostile, source=hostile)
    report = BuildReport("000001", failed=[Failure(hostile, hostile)])
    for text in (hits_text([hit], 80), report_text(report, 80), report_text(report, 0, dry_run=True)):
        assert not set(text) & set("\x1b\x07\u202e\x9b\r\x00")


def test_hits_show_rank_headline_origin_and_passage() -> None:
    hit = Hit("port.txt", 0, 31, "The harbour reopened on Sunday.", 0.03125, 1, "p", "Harbour reopens", date(2025, 3, 2), "G")
    assert hits_text([hit], 0) == (" 1. Harbour reopens\n    G · 2 Mar 2025 · score 0.031\n    The harbour reopened on Sunday.")
    assert hits_text([], 80).startswith("Nothing was found.")


def test_a_report_counts_and_names_every_failure() -> None:
    report = BuildReport(
        "000007",
        ["a"],
        ["b"],
        ["c"],
        ["d"] * 1200,
        [Failure("x.txt", "is empty"), Failure("y.txt", "is locked")],
        1202,
        9000,
        3,
        4.2,
    )
    lines = report_text(report, 0).splitlines()
    assert lines == [
        "1 added, 1 changed, 1 removed, 1,200 unchanged.",
        "The index holds 1,202 articles in 9,000 passages, 3 newly embedded.",
        "Generation 000007, 4.2 s.",
        "2 files could not be read:",
        "  x.txt: is empty",
        "  y.txt: is locked",
    ]


def test_files_records_and_taken_ids_are_told_apart() -> None:
    failed = [Repeated("a.jsonl:2", "has an id"), Failure("b.jsonl:1", "is no object"), Failure("b.jsonl:7", "has no text")]
    assert report_text(BuildReport("000001", failed=failed), 0).splitlines()[3:] == [
        "2 records could not be read:",
        "  b.jsonl:1: is no object",
        "  b.jsonl:7: has no text",
        "Left out, since their ids are taken:",
        "  a.jsonl:2: has an id",
    ]
    failed = [Failure("c.txt", "is empty"), Failure("b.jsonl:1", "is no object")]
    assert "1 file and 1 record could not be read:" in report_text(BuildReport("000001", failed=failed), 0, dry_run=True)


def test_what_is_kept_unread_is_said_for_each_file() -> None:
    ids = [f"r{i}" for i in range(23)]
    report = BuildReport(
        "000001", kept=[Kept("b.jsonl", "one of its records cannot be read", ids), Kept("c.md", "it is", ["c.md"])]
    )
    for dry_run in (True, False):
        *_, of_records, of_one = report_text(report, 0, dry_run=dry_run).splitlines()
        assert of_records.startswith("Kept 23 articles of b.jsonl, because one of its records cannot be read: r0, r1, ")
        assert of_records.endswith("r19 and 3 more")
        assert of_one == "Kept 1 article of c.md, because it is."


def test_a_dry_run_lists_what_would_change_but_not_without_end() -> None:
    report = BuildReport("000001", added=[f"{i:03}.txt" for i in range(25)], removed=["old.txt"])
    lines = report_text(report, 0, dry_run=True).splitlines()
    assert lines[0] == "Would be: 25 added, 0 changed, 1 removed, 0 unchanged. Nothing was written."
    assert lines[1] == "  + 000.txt"
    assert "    and 5 more added" in lines
    assert lines[-1] == "  - old.txt"


def test_flow_folds_what_comes_in_pieces(capsys: pytest.CaptureFixture[str]) -> None:
    flow = Flow(12)
    for piece in ("one two", "three", "four five"):
        flow.add(piece)
    flow.end()
    flow.end()
    assert capsys.readouterr().out == "one two\nthree four\nfive\n"


@pytest.mark.parametrize(
    ("done", "total", "rate", "text"),
    [
        (0, 0, 0.0, "0 passages"),
        (1200, 15000, 54.0, "1,200 of 15,000 passages, 54/s, 4 min left"),
        (1200, 15000, 0.5, "1,200 of 15,000 passages, 0.5/s, 7 h 40 min left"),
        (15000, 15000, 54.0, "15,000 of 15,000 passages"),
    ],
)
def test_progress_says_how_far_how_fast_and_how_long(done: int, total: int, rate: float, text: str) -> None:
    assert describe(done, total, "passages", rate) == text


def test_progress_in_one_large_file_is_that_of_its_articles(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.progress._EVERY_S", 0.0)
    with BuildProgress() as progress:
        progress(Progress("reading", 0, 1, 1240))
    assert capsys.readouterr().err == "Reading: 0 of 1 files, 1,240 articles read\n"


def test_times_and_sizes_read_well() -> None:
    assert [time_left(s) for s in (0.2, 40, 89, 91, 5400, 7500)] == ["0 s", "40 s", "89 s", "2 min", "1 h 30 min", "2 h 5 min"]
    assert [size_text(s) for s in (350_000, 91_567_992, 1_117_320_768)] == ["0 MB", "92 MB", "1.1 GB"]
