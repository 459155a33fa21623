from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.readers.headline import find_headline
from index.readers.text import read_text

SEEDS = Path(__file__).parents[3] / "seeds"
BODY = "The harbour bridge reopened on Sunday after nine days of repairs.\n\nTraffic was back to normal by noon.\n"


def test_seed_article_has_its_headline_on_its_last_line(read):
    article = read(SEEDS).article
    assert article.title == "Ukraine, US report progress following peace plan talks in Berlin"
    assert article.text == (SEEDS / article.id).read_text(encoding="utf-8")  # complete and unchanged
    assert article.id == article.origin == "000_38252a82f9210cae.txt"
    assert article.published is None  # it says "Monday", and its file's time is nobody's date
    assert (article.source, article.url, article.author) == ("", "", "")


def test_headline_on_the_first_line():
    text = "Harbour bridge reopens after storm\n\n" + BODY
    article = read_text(text.encode(), "a.txt")
    assert (article.title, article.text) == ("Harbour bridge reopens after storm", text)


@pytest.mark.parametrize("mark", ["?", "!", '"', ""])
def test_a_headline_may_ask_or_quote(mark):
    assert find_headline(f"Will the harbour bridge reopen{mark}\n{BODY}") == f"Will the harbour bridge reopen{mark}"


@pytest.mark.parametrize(
    "line",
    [
        "The harbour bridge reopened on Sunday.",
        "By Anna Berg and Karin Holt",
        "Anna Berg",
        "Anna Berg, Karin Holt and Per Lund",
        "LINDHOLM, May 12, 2024 (Reuters) -",
        "(CNN) -- The bridge reopened",
        "CNN —",
        "LINDHOLM, Sweden (CNN) -- The bridge reopened on Sunday",
        "May 12, 2024, 4:04 a.m. ET",
        "Published: 12 March 2024",
        "Read more about the harbour bridge",
        "Editor's note: This story was updated",
        "Reporting by Anna Berg; Editing by Karin Holt",
        "© 2024 The Lindholm Courier",
        "Photo: the bridge at dawn",
        "Contact the reporter at anna@courier.example",
        "See https://courier.example for more",
        "Edited by Anna Berg",
        "Translated by Per Lund",
        "What do you think?",
        "Have your say in the comments below",
        "Thank you for reading",
        "Lindholm, Sweden",
        "5 min read",
        "Home > World > Europe",
        "Last updated 3 hours ago",
        "World news",
        "Bridge",
        "the harbour bridge was closed and",
        "A line of more than a hundred and fifty characters is a paragraph that somebody forgot to end, " * 2,
    ],
)
def test_what_is_no_headline(line):
    assert find_headline(f"{line}\n{BODY}") == ""
    assert find_headline(f"{BODY}{line}") == ""


def test_a_single_line_is_text_and_no_headline(read_as):
    article = read_as("bridge-reopens.txt", "Harbour bridge reopens after storm").article
    assert article.title == ""  # nor the file's name


def test_the_last_line_of_a_list_is_no_headline():
    assert find_headline("What to pack.\nWarm socks\nA sharp knife") == ""


def test_a_record_needs_a_phrase_and_never_its_last_line():
    assert find_headline(BODY + "Harbour bridge reopens after storm", record=True) == ""
    assert find_headline("Harbour Bridge Reopens\n" + BODY, record=True) == ""
    assert find_headline("Harbour bridge reopens after storm\n" + BODY, record=True) == "Harbour bridge reopens after storm"


def test_line_ends_become_newlines_and_nothing_else_changes(read_as):
    assert read_as("a.txt", "  One  two\r\nthree\rfour\t\n\n ").article.text == "  One  two\nthree\nfour\t\n\n "


def test_dateline(read_as):
    text = "BERLIN, Dec. 15, 2025 (Reuters) - Talks ended on Monday after two days, both sides said.\nThey go on in May 2026."
    assert read_as("a.txt", text).article.published == date(2025, 12, 15)


@pytest.mark.parametrize(
    "line",
    [
        "Ukraine, Russia agree on ferry",
        "World news agency closes its doors",
        "Edited genes reach the market",
        "Five-minute read is new fashion",
        "Home prices fall in Lindholm",
    ],
)
def test_headlines_that_begin_like_something_else(line):
    assert find_headline(f"{line}\n{BODY}") == line
