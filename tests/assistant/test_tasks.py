"""What a question asks for, the days that sentences tell of, and questions about a time after the newest article."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.currency import beyond
from assistant.languages import language_of, says_the_same
from assistant.occasions import Occasion, in_short, occasion_of
from assistant.tasks import Task, task_of

MONDAY = date(2025, 12, 15)


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("How did the talks develop?", "timeline"),
        ("Give me a timeline of the strike", "timeline"),
        ("How has the dispute over the bridge unfolded?", "timeline"),
        ("How has the dispute over the bridge changed over time?", "timeline"),
        ("What happened in Berlin?", "summary"),
        ("Summarise the strike in Port Mallory", "summary"),
        ("What is going on with the bridge?", "summary"),
        ("Which countries joined the alliance?", "list"),
        ("List all the ships that were waiting", "list"),
        ("What are the main demands of the union?", "list"),
        ("How do the council and the auditor differ on the cost of the bridge?", "comparison"),
        ("Compare the old contract with the new one", "comparison"),
        ("What is the difference between the two-state plan and the one-state plan?", "comparison"),
        ("Otters vs Rams", "comparison"),
        ("The old contract versus the new one on wages", "comparison"),
        ("Who won, Otters vs Rams?", "answer"),
        ("What was the score in Otters vs. Rams?", "answer"),
        ("List all the goals in Otters versus Rams", "list"),
        ("Sum up Otters versus Rams", "summary"),
        ("Who met in Berlin?", "answer"),
        ("What happened to the bridge?", "answer"),
        ("Which two countries joined?", "answer"),
        ("Which country joined?", "answer"),
        ("How many ships were waiting?", "answer"),
        ("Did the talks develop the region?", "answer"),
        ("", "answer"),
        ("Which countries " * 50, "answer"),
    ],
)
def test_the_form_is_read_from_the_wording(question: str, form: str) -> None:
    assert task_of(question).form == form


def test_a_comparison_knows_its_sides_and_what_they_are_compared_in() -> None:
    task = task_of("How do the council and the auditor differ on the cost of the bridge?")
    assert task.sides == (
        ("the council", "the council the cost of the bridge"),
        ("the auditor", "the auditor the cost of the bridge"),
    )
    assert task_of("How did the talks in Berlin develop?").topic == "the talks in Berlin"
    assert task_of("How have prices changed over time in Lowick?").topic == "prices in Lowick"
    latest = task_of("What is the latest on the Silver Bridge today?")
    assert latest.form == "summary" and latest.topic == "the Silver Bridge" and latest.newest_first


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("They met on Sunday.", date(2025, 12, 14)),
        ("They will meet on Friday.", date(2025, 12, 19)),
        ("They met on Dec. 3.", date(2025, 12, 3)),
        ("The bridge opened on 2 June 1931.", date(1931, 6, 2)),
        ("It closed yesterday.", date(2025, 12, 14)),
        ("It closed.", MONDAY),
        ("Between Sunday and Tuesday nothing moved.", MONDAY),
        ("It closed on 30 February 2024.", MONDAY),
    ],
)
def test_a_sentence_tells_of_a_day(sentence: str, day: date) -> None:
    assert occasion_of(sentence, MONDAY) == Occasion(day, in_short(day))


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("In October 2024 both towns agreed to talk.", "Oct 2024"),
        ("Both towns had last talked in 2019 about the ferry.", "2019"),
        ("The ferry was sold last month.", "Nov 2025"),
        ("Fares fell last year.", "2024"),
        ("Two weeks ago the town had made an offer.", "undated"),
        ("The ferry sank last week.", "undated"),
        ("Fares were lower than last year.", "undated"),
        ("It was the first loss since 2019.", "undated"),
        ("The ferry, built in 1931, was sold.", "15 Dec 2025"),
        ("Three days ago the captain left.", "12 Dec 2025"),
        ("The strike that began on March 5 ended on Friday.", "12 Dec 2025"),
        ("The captain, who was hired on 3 December, left on Sunday.", "14 Dec 2025"),
        ("The owner said on Monday that repairs begin on 3 March 2026.", "3 Mar 2026"),
    ],
)
def test_no_day_is_made_up_for_what_a_sentence_tells(sentence: str, words: str) -> None:
    occasion = occasion_of(sentence, MONDAY)
    assert occasion and occasion.words == words


@given(st.text(max_size=80), st.dates())
def test_any_sentence_has_an_occasion_or_none(sentence: str, published: date) -> None:
    for text in (
        sentence,
        f"In 2019 {sentence}",
        f"Nine years ago {sentence}",
        f"{sentence} last month",
        f"next year {sentence}",
    ):
        assert occasion_of(text, published)


def test_without_a_publication_date_only_a_whole_date_counts() -> None:
    assert occasion_of("They met on Sunday.", None) is None
    assert occasion_of("They met on 3 December.", None) is None
    assert occasion_of("They met on 3 December 2025.", None) == Occasion(date(2025, 12, 3), "3 Dec 2025")
    assert occasion_of("The year began on January 1.", date(2025, 12, 30)) == Occasion(date(2025, 1, 1), "1 Jan 2025")
    assert occasion_of("It ended on December 31.", date(2026, 1, 2)) == Occasion(date(2025, 12, 31), "31 Dec 2025")


def test_a_question_about_now_is_told_where_the_articles_end() -> None:
    newest = date(2025, 6, 2)
    assert beyond("What is the latest on the strike?", date(2025, 6, 9), newest).startswith(
        "The newest article in the index is of 2 Jun"
    )
    assert not beyond("What is the latest on the strike?", newest, newest)  # the articles go up to today
    assert not beyond("How long was the strike?", date(2025, 6, 9), newest)
    assert not beyond("What did USA Today report?", date(2025, 6, 9), newest)
    assert not beyond("What is new now?", date(2025, 6, 9), None)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wen hat Selenskyj am Montag in Berlin getroffen?", "German"),
        ("¿Qué dijo el Kremlin sobre la OTAN?", "Spanish"),
        ("Was kostet die Silver Bridge?", "German"),
        ("Combien de bateaux attendaient à Port Mallory ?", "French"),
        ("Qui a rencontré Zelensky à Berlin et pour combien de temps ?", "French"),
        ("Whom did Zelensky meet in Berlin?", "English"),
        ("Die Hard premiere?", "English"),
        ("", "English"),
        ("42", "English"),
    ],
)
def test_the_language_is_told_by_small_words(question: str, language: str) -> None:
    assert language_of(question) == language


@pytest.mark.parametrize(
    ("original", "translated", "safe"),
    [
        ("The strike left 41 ships waiting in Port Mallory.", "Der Streik ließ 41 Schiffe in Port Mallory warten.", True),
        ("The strike left 41 ships waiting in Port Mallory.", "Der Streik ließ 14 Schiffe in Port Mallory warten.", False),
        ("The strike left 41 ships waiting in Port Mallory.", "Der Streik ließ 41 Schiffe in Hamburg warten.", False),
        ("They met for two hours.", "Sie trafen sich zwei Stunden lang.", True),
        ("They met for two hours.", "Sie trafen sich drei Stunden lang.", False),
        ("Wages rise by 6.5 percent.", "Die Löhne steigen um 6,5 Prozent.", True),
        ("He did not resign.", "Er ist zurückgetreten.", False),
        ("He resigned.", "No dimitió.", False),
        ("He resigned.", "", False),
    ],
)
def test_a_translation_must_keep_figures_names_and_negation(original: str, translated: str, safe: bool) -> None:
    assert says_the_same(original, translated) is safe


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What happened in the Port Mallory strike, as a timeline?", "What happened in the Port Mallory strike"),
        ("The Port Mallory strike step by step", "The Port Mallory strike"),
        ("Show the strike in chronological order, please", "Show the strike"),
        ("Timeline", "Timeline"),
    ],
)
def test_the_name_of_a_form_is_not_searched_for(question: str, topic: str) -> None:
    assert task_of(question) == Task("timeline", topic)
