"""Questions that need two articles: how they are cut, and that both articles are found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.parts import parts_of
from index import build


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "Did the dam at Corrie fail before the Harwick council was dissolved?",
            ("the dam at Corrie fail", "the Harwick council was dissolved"),
        ),
        ("Which came first, the Corrie dam failure or the Harwick vote?", ("the Corrie dam failure", "the Harwick vote")),
        (
            "Who runs the Corrie dam and why did the Harwick council fall?",
            ("Who runs the Corrie dam", "why did the Harwick council fall"),
        ),
        (
            "When was the Corrie dam built, and who built it?",
            ("When was the Corrie dam built", "who built it When was the Corrie dam built"),
        ),
        ("What happened before 5 November 2024?", ()),
        ("Did the dam fail before Monday?", ()),
        ("Who won the match between Harwick and Corrie?", ()),
        ("What did Anna Velt and Piet Oor say?", ()),
        ("", ()),
    ],
)
def test_a_question_of_two_parts_is_cut(question: str, parts: tuple[str, ...]) -> None:
    assert parts_of(question) == parts


@given(st.text(max_size=400))
def test_any_text_is_cut_or_left(question: str) -> None:
    parts = parts_of(question)
    assert len(parts) in (0, 2, 3) and all(part.strip() for part in parts)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("parts")
    articles = folder / "articles"
    articles.mkdir()
    (articles / "dam.md").write_text(
        "---\ntitle: Dam at Corrie gives way\ndate: 2025-03-04\n---\nThe dam at Corrie failed on Tuesday after a week of rain. "
        "Two hundred people left their homes in the valley, the water board said.\n"
    )
    (articles / "council.md").write_text(
        "---\ntitle: Harwick council dissolved\ndate: 2025-05-20\n---\nThe council of Harwick was dissolved on Tuesday over its "
        "unpaid debts. A commissioner takes over until a vote in autumn.\n"
    )
    for number in range(12):
        (articles / f"dam{number}.md").write_text(
            f"---\ntitle: Rain over the dam, day {number}\n---\nThe dam at Corrie was watched on day {number}. Rain fell on the "
            f"valley of Corrie, and the water of the dam rose by {number} centimetres.\n"
        )
    build([articles], folder / "data")
    with_quotes = Assistant(folder / "data", llm="none")
    yield with_quotes
    with_quotes.close()


def test_both_articles_are_found_and_quoted(assistant: Assistant) -> None:
    question = "Did the dam at Corrie fail before the council of Harwick was dissolved?"
    found = {hit.article_id for hit in assistant.search(question, top_k=4)}
    assert {"dam.md", "council.md"} <= found
    assert {"dam.md", "council.md"} <= {citation.article_id for citation in assistant.answer(question).citations}
