"""Answers in the terminal: items on lines of their own, and no notice that could act on the terminal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.types import Answer, Citation, Event, Sentence
from ui.cli import app
from ui.commands.printing import print_stream
from ui.output import answer_text

QUOTE = Citation(1, "a", "Title", "Post", date(2025, 2, 3), "", "Talks began.", 0, 12)
ITEMS = (Sentence("Talks began.", (QUOTE,), "3 Feb 2025"), Sentence("They ended.", (QUOTE,), ""))


def test_a_timeline_has_a_line_for_each_day() -> None:
    text = answer_text(Answer("How?", "", ITEMS, (QUOTE,), form="timeline"), 60)
    assert text.splitlines()[:2] == ["3 Feb 2025   Talks began. [1]", "             They ended. [1]"]


def test_a_comparison_names_each_side_once() -> None:
    sides = (
        Sentence("One.", (QUOTE,), "the council"),
        Sentence("Two.", (QUOTE,), "the council"),
        Sentence("Three.", (QUOTE,), "Reed"),
    )
    lines = answer_text(Answer("How?", "", sides, (QUOTE,), form="comparison"), 60).splitlines()
    assert lines[:5] == ["the council:", "  - One. [1]", "  - Two. [1]", "Reed:", "  - Three. [1]"]


def test_what_is_streamed_is_what_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer("How?", "", ITEMS, (QUOTE,), form="timeline")
    events = [Event("evidence", form="timeline"), *(Event("text", sentence=s) for s in ITEMS), Event("answer", answer=answer)]
    assert print_stream((event for event in events), lambda text: None) is answer
    assert capsys.readouterr().out.strip() == answer_text(answer, 0).strip()


def test_a_notice_with_words_of_an_article_cannot_act_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    answer = Answer("How?", "", ITEMS[:1], (QUOTE,))
    events = [Event("evidence"), Event("notice", text="differ: \x1b[31mred\u202e"), Event("answer", answer=answer)]
    print_stream((event for event in events), lambda text: None)
    told = capsys.readouterr().err
    assert "\x1b" not in told and "\u202e" not in told and "red" in told


def test_the_shell_prints_a_comparison(fixtures_index: Path) -> None:
    question = "How do the council and the auditor differ on the cost of the Silver Bridge?"
    result = CliRunner().invoke(app, ["ask", question, "--no-llm", "--index", str(fixtures_index)])
    assert result.exit_code == 0
    assert "the council:\n  - " in result.stdout and "the auditor:\n  - " in result.stdout
    assert "Note: The articles differ" in result.stderr
