"""Terms: what a reporter would search for stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.terms import _TERM, _US, _of_word, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. spent $3m on COVID-19", ["u.s", "spend", "$3m", "covid-19", "covid", "19"]),
        ("US troops", ["u.s", "troop"]),
        ("Obama's 90% of 1,240", ["obama", "90%", "1,240"]),
        ("the of and", []),
        ("日本語", ["日本", "本語"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


def test_inflections_meet() -> None:
    assert terms("rejected rejecting rejects") == ["reject"] * 3
    assert terms("meet meets met meeting") == ["meet"] * 4  # what the stemmer alone does not know
    assert terms("won wins win") == ["win"] * 3


@given(st.text())
def test_any_text_gives_terms_without_spaces(text: str) -> None:
    assert all(term and not any(c.isspace() for c in term) for term in terms(text))


@given(st.text(alphabet="abU.S$3-'’éß中日ก \n\t\xa0\u30001%", max_size=60))
def test_terms_of_a_text_are_those_of_its_words(text: str) -> None:
    """They are kept by what stands between white space, which no word has in it."""
    words = [word for word in _TERM.findall(_US.sub("U.S", text).lower()) for word in _of_word(word)]
    assert terms(text) == terms(text) == words
