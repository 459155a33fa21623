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


def test_nouns_of_another_language_are_not_called_unmentioned_names(news: Assistant) -> None:
    answer = news.answer("Wer hat die Rennbahn und das Schwimmbad in der Altstadt gebaut?")
    assert answer.abstained and answer.reason and "mentions" not in answer.reason


def test_a_question_in_another_language_is_left_as_it_is(news: Assistant) -> None:
    answer = news.answer("Wann hat der Streik in Port Mallroy begonnen?")
    assert not any("searched for" in notice for notice in answer.notices)


@pytest.fixture(scope="module")
def accents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("accents")
    (folder / "a.md").write_text(
        "---\ntitle: Mayor opens the ferry\nsource: Telegraaf\n---\n"
        "The mayor, Søren Kovač, opened the ferry to Łomna on Monday. It had been closed for a year, Renée Mbappé said. "
        "Passengers read the Telegraf on board.",
        encoding="utf-8",
    )
    build([folder / "a.md"], folder / "index")
    with closing(Assistant(folder / "index", "none")) as assistant:
        yield assistant


@pytest.mark.parametrize("question", ["When did Soren Kovac open the ferry to Lomna?", "What did Renee Mbappe say of the ferry?"])
def test_a_name_is_found_without_its_accents(accents: Assistant, question: str) -> None:
    answer = accents.answer(question)
    assert not answer.abstained and "ferry" in answer.text and not answer.notices


def test_an_accent_makes_no_name_unmentioned(accents: Assistant) -> None:
    answer = accents.answer("What did Mbappe of Zarrowmouth pay for the lighthouse auction?")
    assert answer.abstained and "“Zarrowmouth”" in answer.reason and "Mbappe" not in answer.reason


def test_the_name_of_an_outlet_is_not_misspelled(accents: Assistant) -> None:
    answer = accents.answer("When did the ferry open according to Telegraaf?")
    assert not any("searched for" in notice for notice in answer.notices) and answer.filters.sources == ("Telegraaf",)
