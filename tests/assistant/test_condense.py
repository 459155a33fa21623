"""What a follow-up takes from its conversation, and when it takes nothing."""

from __future__ import annotations

import pytest

from assistant.condense import condense, names
from index.terms import terms


def turns(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for pair in pairs for role, text in zip(("user", "assistant"), pair, strict=True)]


DOCKERS = ("How many ships wait off Port Mallory?", "Forty-one ships waited because dockers struck, said Petra Hollis. [1]")
DRIVERS = ("What do the Harrow bus drivers demand?", "They demand 5 percent more pay. [1]")
KING = ("Who is the king of Spain?", "The articles do not say. Nothing in them answers this (3 articles searched).")


@pytest.mark.parametrize(
    "question",
    ["Who was arrested?", "And why?", "What did Petra Hollis say?", "When did their strike begin?", "Why did Hollis strike?"],
)
def test_a_follow_up_leans(question: str) -> None:
    condensed = condense(question, turns(DOCKERS))
    assert "Petra Hollis" in condensed.context and condensed.query.startswith(question)


@pytest.mark.parametrize(
    "question",
    [
        "Who is Noor Haddad?",
        "Who is the library director in Port Mallory?",
        "When does Dana Whitlock retire?",
        "What did the auditor Lionel Marsh say about the gas main?",
    ],
)
def test_a_question_that_names_something_of_its_own_stands_alone(question: str) -> None:
    assert condense(question, turns(DOCKERS)).query == question


def test_only_the_newer_story_is_taken() -> None:
    condensed = condense("When did their strike begin?", turns(DOCKERS, DRIVERS))
    assert "Harrow" in condensed.context and "Mallory" not in condensed.context


def test_that_the_articles_do_not_say_is_no_story() -> None:
    assert condense("And how old is he?", turns(KING)).context == KING[0]


def test_names() -> None:
    assert names("What did Marsh and May say in March?") == {"marsh"}
    assert names("When did Maria Augusta Decker leave IBM?") == set(terms("Maria Augusta Decker IBM"))
    assert names("What Is The Cost Of The Silver Bridge?") == set()
    assert names("") == set()
    assert names("Who won the race in Harrow? It was close. They say the Otters did.") == set(terms("Harrow Otters"))
    assert names("What did the U.S. President tell Mr. Sund?") >= set(terms("President Sund"))
