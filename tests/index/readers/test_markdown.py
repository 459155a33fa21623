from __future__ import annotations

from datetime import date

import pytest

BODY = "The harbour bridge reopened on Sunday.\n\nTraffic was back to normal by noon.\n"
SHOWN = "The harbour bridge reopened on Sunday.\n\nTraffic was back to normal by noon."


def test_yaml_front_matter(read_as):
    front = "---\ntitle: Harbour bridge reopens\ndate: 2024-05-12 08:00:00\nauthor: [Anna Berg, Per Lund]\nsource: The Courier\n"
    article = read_as("a.md", f"{front}url: https://courier.example/bridge\n---\n{BODY}").article
    assert article.text == SHOWN
    assert (article.title, article.published, article.author) == (
        "Harbour bridge reopens",
        date(2024, 5, 12),
        "Anna Berg, Per Lund",
    )
    assert (article.source, article.url) == ("The Courier", "https://courier.example/bridge")


def test_a_colon_in_a_headline_breaks_yaml_but_not_the_article(read_as):
    article = read_as("a.md", f"---\ntitle: Lindholm: bridge reopens\ndate: 2024-05-12\n---\n{BODY}").article
    assert (article.title, article.published, article.text) == ("Lindholm: bridge reopens", date(2024, 5, 12), SHOWN)


def test_toml_front_matter(read_as):
    article = read_as("a.md", f'+++\ntitle = "Harbour bridge reopens"\ndate = 2024-05-12T08:00:00Z\n+++\n{BODY}').article
    assert (article.title, article.published, article.text) == ("Harbour bridge reopens", date(2024, 5, 12), SHOWN)


@pytest.mark.parametrize(
    "heading", ["# Harbour *bridge* reopens", "Harbour bridge reopens\n=====", "## Harbour bridge reopens ##"]
)
def test_the_first_heading_is_the_headline(read_as, heading):
    article = read_as("a.md", f"{heading}\n\n{BODY}").article
    assert article.title == "Harbour bridge reopens"
    assert article.text == f"Harbour bridge reopens\n\n{SHOWN}"


def test_marks_targets_and_comments_are_no_text(read_as):
    source = "A **bold** [link](https://example.org 'tip') and `code`.<!-- hidden -->\n\n![alt](x.png)\n\n- one\n- two\n"
    assert read_as("a.md", source).article.text == "A bold link and code.\n\none\n\ntwo"


def test_rules_are_no_front_matter(read_as):
    article = read_as("a.md", f"---\n\nA first part that says much.\n\n---\n\n{BODY}").article
    assert article.text == f"A first part that says much.\n\n{SHOWN}"


def test_front_matter_alone_is_no_article(read_as):
    assert "no text below" in read_as("a.md", "---\ntitle: Bridge\n---\n").reason


def test_a_bomb_of_aliases_is_harmless(read_as):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    article = read_as("a.md", "---\n" + "\n".join(lines) + f"\ntitle: *a59\nauthor: *a59\n---\n{BODY}").article
    assert article.text == SHOWN
