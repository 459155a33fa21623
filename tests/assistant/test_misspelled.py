"""A misspelled question is answered as it was meant, and the answer says what was searched for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant import Assistant
from index import build


@pytest.fixture(scope="module")
def news(fixtures_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


def test_the_answer_is_that_to_the_right_spelling_and_says_so(news: Assistant) -> None:
    right, wrong = (news.answer(f"When did the strike in Port {name} begin?") for name in ("Mallory", "Mallroy"))
    assert not wrong.abstained and wrong.text == right.text and wrong.citations == right.citations
    assert "No article has “Mallroy”: “Mallory” was searched for." in wrong.notices and not right.notices
    assert wrong.question == "When did the strike in Port Mallroy begin?"
    assert wrong.standalone == "When did the strike in Port Mallory begin?" and not right.standalone
    assert news.search("strike in Port Mallroy") == news.search("strike in Port Mallory")


def test_a_name_that_is_nowhere_stays_unanswered(news: Assistant) -> None:
    answer = news.answer("When did the strike in Port Zarrowmouth begin?")
    assert answer.abstained and not answer.notices
    assert answer.reason == f"No article mentions “Zarrowmouth” ({news.index_info()['articles']} articles searched)."


def test_a_question_in_another_language_is_left_as_it_is(news: Assistant) -> None:
    answer = news.answer("Wann hat der Streik in Port Mallroy begonnen?")
    assert not any("searched for" in notice for notice in answer.notices)


def test_a_name_is_found_without_its_accents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "Mayor opens the ferry\n\nThe mayor, Søren Kovač, opened the ferry to Łomna on Monday. It had been closed for a year.",
        encoding="utf-8",
    )
    build([tmp_path / "a.txt"], tmp_path / "index")
    with closing(Assistant(tmp_path / "index", "none")) as assistant:
        answer = assistant.answer("When did Soren Kovac open the ferry to Lomna?")
    assert not answer.abstained and "Monday" in answer.text
