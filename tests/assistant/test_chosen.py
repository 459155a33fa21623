"""Questions asked of single articles: the answer quotes only those, says so, and comes again from its receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.filters import articles_in_words, in_words
from assistant.receipts import read_receipt
from assistant.replaying import replay
from assistant.types import Filters

QUESTION = "How much will the Silver Bridge cost?"
COST, AUDIT, STRIKE = "bridge-cost.md", "bridge-audit.md", "harbor-strike.md"


@pytest.fixture(scope="module")
def news(fixtures_index: Path) -> Iterator[Assistant]:
    with closing(Assistant(fixtures_index, "none")) as assistant:
        yield assistant


def test_an_answer_quotes_only_the_chosen_articles(news: Assistant) -> None:
    both = news.answer(QUESTION)
    assert "$84 million" in both.text and "$112 million" in both.text
    one = news.answer(QUESTION, articles=[AUDIT, STRIKE])
    assert "$112 million" in one.text and "$84 million" not in one.text and not one.disagreements
    assert {citation.article_id for citation in one.citations} == {AUDIT}
    assert {piece.article_id for piece in one.evidence} <= {AUDIT, STRIKE}
    assert one.filters == Filters(articles=(AUDIT, STRIKE)) and one.request.articles == (AUDIT, STRIKE)
    assert {hit.article_id for hit in news.search(QUESTION, articles=[AUDIT, STRIKE])} == {AUDIT, STRIKE}


def test_an_abstention_says_where_it_looked(news: Assistant) -> None:
    answer = news.answer(QUESTION, articles=[STRIKE, "note-1"])
    assert answer.abstained and {headline.article_id for headline in answer.nearest} <= {STRIKE, "note-1"}
    assert answer.reason == "Nothing in the 2 chosen articles answers this; the index has 10 articles in all."
    gone = news.answer(QUESTION, articles=["gone-1.md", "gone-2.md"])
    assert gone.abstained and gone.evidence == () and "in the 2 chosen articles" in gone.reason


def test_the_questions_own_words_narrow_further_and_never_beyond_the_chosen(news: Assistant) -> None:
    ledger = news.answer("How much will the Silver Bridge cost, according to The Evening Ledger?", articles=[COST, AUDIT])
    assert {citation.article_id for citation in ledger.citations} == {AUDIT} and ledger.filters.articles == (COST, AUDIT)
    widened = news.answer("How much will the Silver Bridge cost, according to The Evening Ledger?", articles=[COST, STRIKE])
    assert {citation.article_id for citation in widened.citations} == {COST}
    assert widened.notices == (
        "No article by The Evening Ledger in the 2 chosen articles matches; searched the 2 chosen articles.",
    )


@pytest.mark.parametrize(
    ("filters", "after_no_article", "as_a_noun"),
    [
        (Filters(articles=("a",)), "in the chosen article", "the chosen article"),
        (Filters(articles=("a", "b")), "in the 2 chosen articles", "the 2 chosen articles"),
        (
            Filters(date(2025, 11, 8), None, ("CNN",), articles=("a", "b")),
            "since 8 Nov 2025 by CNN in the 2 chosen articles",
            "the 2 chosen articles since 8 Nov 2025 by CNN",
        ),
        (Filters(None, None, ("CNN",)), "by CNN", "articles by CNN"),
    ],
)
def test_chosen_articles_in_words(filters: Filters, after_no_article: str, as_a_noun: str) -> None:
    assert filters and (in_words(filters), articles_in_words(filters)) == (after_no_article, as_a_noun)


def test_a_receipt_asks_the_same_articles_again(news: Assistant) -> None:
    kept = read_receipt(json.dumps(news.receipt(news.answer(QUESTION, articles=[AUDIT], as_of=date(2025, 7, 1)))))
    assert kept["asked_for"]["articles"] == kept["filters"]["articles"] == [AUDIT]
    again = replay(kept, news)
    assert again.same and again.differences == () and again.answer.request.articles == (AUDIT,)
    del kept["asked_for"]["articles"]  # as a receipt was before single articles could be chosen
    of_all = replay(kept, news)
    assert not of_all.same and "$84 million" in of_all.answer.text
