"""Misspelled words of a question: put right only where neither the articles nor the embedding model know them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.spelling import respelled, slips
from index.terms import terms, without_accents

PASSAGES = [
    "Ronaldinho was granted a passport. The minister said so in Beijing.",
    "Officials in Beijing are being told to wait. It is being discussed.",
    "Lilly Brancott won the prize. The Portuguese dog came second.",
    "Being late again, the Tibetan leaders said sorry. Being early helps.",
]
KNOWN = {"price", "being", "prize", "minister", "discussed", "passport", "leaders", "hansen"}


class Words:
    """Knows a few words as one piece; all others fall into two."""

    fingerprint, dimensions, max_tokens = "words", 1, 10

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        return [[0] if text.lower() in KNOWN else [0, 1] for text in texts]

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        raise AssertionError("nothing is embedded for spelling")

    def encode_query(self, text: str) -> np.ndarray:
        raise AssertionError("nothing is embedded for spelling")


def having(term: str) -> np.ndarray:
    return np.array([i for i, text in enumerate(PASSAGES) if term in terms(text)], dtype=np.int64)


def put_right(question: str) -> str:
    return respelled(question, slips(question, having, lambda numbers: [PASSAGES[i] for i in numbers], Words()))


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
        "Who is Tibetian-born?",  # part of a word
        "",
    ],
)
def test_what_may_be_right_stays(question: str) -> None:
    assert put_right(question) == question


@given(st.text(max_size=60))
def test_nothing_but_words_changes(question: str) -> None:
    other = put_right(question)
    assert re.sub(r"[A-Za-z]{4,}", "", other) == re.sub(r"[A-Za-z]{4,}", "", question) or other == question
    assert put_right(other) == other


@pytest.mark.parametrize(("term", "plain"), [("erdoğan", "erdogan"), ("søren", "soren"), ("łódź", "lodz"), ("košice", "kosice")])
def test_letters_without_accents(term: str, plain: str) -> None:
    assert without_accents(term) == without_accents(plain) == plain
