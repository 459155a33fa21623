"""Misspelled words of a question: put right only where neither the articles nor the embedding model know them."""

from __future__ import annotations

from string import ascii_lowercase

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.spelling import respelled, slips
from index.terms import terms, without_accents

PASSAGES = [
    "Ronaldinho was granted a passport. The minister said so in Beijing.",
    "Officials in Beijing are being told to wait. It is being discussed.",
    "Lilly Brancott won the prize. The Portuguese dog came second. Recep Erdoğan was there; levels rose.",
    "Being late again, the Tibetan leaders said sorry. Being early helps.",
]
WORDS = {"price", "being", "prize", "minister", "discussed", "passport", "leaders", "hansen", "leve"}


class Articles:
    def mentions(self, term: str) -> bool:
        return len(self.passages_with(term)) > 0

    def passages_with(self, term: str) -> np.ndarray:
        return np.array([i for i, text in enumerate(PASSAGES) if term in terms(text)], dtype=np.int64)

    def texts(self, numbers: np.ndarray) -> list[str]:
        return [PASSAGES[i] for i in numbers]


def put_right(question: str) -> str:
    return respelled(question, slips(question, Articles(), lambda word: word.lower() in WORDS))


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What was Robaldinho granted?", "What was Ronaldinho granted?"),  # changed
        ("Who said so in Bejing?", "Who said so in Beijing?"),  # lost; "being" is nearer to none and no name
        ("What did Tibetian leaders say?", "What did Tibetan leaders say?"),  # added
        ("what did the portugeuse dog win?", "what did the Portuguese dog win?"),  # two exchanged, typed small
        ("Robaldinho's passport, or Robaldinho?", "Ronaldinho's passport, or Ronaldinho?"),
    ],
)
def test_a_slip_becomes_the_word_of_the_articles(question: str, meant: str) -> None:
    assert put_right(question) == meant


@pytest.mark.parametrize(
    "question",
    [
        "What was the price?",  # a word, though only "prize" is in the articles
        "What did Lillo win?",  # another name
        "What did Hansen say?",  # a name that the model knows
        "What did Donaldinho say?",  # the first letter
        "Who is Zorvanel?",  # nothing is near
        "Where are the levees?",  # its stem is a word
        "Did Lily win?",  # too short
        "Who is R" + "onaldinh" * 200 + "?",  # no word
        "Who is Tibetian-born?",  # part of a word
        "",
    ],
)
def test_what_may_be_right_stays(question: str) -> None:
    assert put_right(question) == question


@st.composite
def one_slip(draw: st.DrawFn) -> tuple[str, str]:
    """A word of the articles, and the same with one slip in it."""
    word = draw(st.sampled_from(["Ronaldinho", "Portuguese", "passport", "discussed", "officials"]))
    at = draw(st.integers(1, len(word) - 2))
    kind = draw(st.sampled_from(["lost", "added", "changed", "exchanged"]))
    letter = draw(st.sampled_from(ascii_lowercase))
    before, after = word[:at], word[at:]
    made = {
        "lost": before + after[1:],
        "added": before + letter + after,
        "changed": before + letter + after[1:],
        "exchanged": before + after[1] + after[0] + after[2:],
    }
    return word, made[kind]


@given(one_slip(), st.text(" .,?!0123456789-'()“”é", min_size=1).map(lambda text: f" {text} "))
def test_any_one_slip_is_put_right_and_nothing_around_it_changes(words: tuple[str, str], around: str) -> None:
    word, slip = words
    known = slip.lower() in WORDS or terms(slip) == terms(word)
    assert put_right(f"{around}{slip}{around}") == f"{around}{slip if known else _as_written(word)}{around}"


def _as_written(word: str) -> str:
    return "Officials" if word == "officials" else word


@pytest.mark.parametrize(("term", "plain"), [("Erdoğan", "Erdogan"), ("Søren", "Soren"), ("Łódź", "Lodz"), ("Mbappé", "Mbappe")])
def test_a_name_without_accents_is_the_same_term(term: str, plain: str) -> None:
    assert {without_accents(t) for t in terms(term)} == {without_accents(t) for t in terms(plain)} != set()
