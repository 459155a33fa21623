"""Shapes of JSON that are no plain list, and HTML in fields."""

from __future__ import annotations

import json

import pytest


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


ITEMS = [
    {"id": "i1", "title": "Bridge", "content_text": "The bridge reopened."},
    {"id": "i2", "content_html": "<p>The ferry stopped.</p>"},
]


@pytest.mark.parametrize(
    "wrapper",
    [
        {"version": "https://jsonfeed.org/version/1.1", "title": "Courier", "description": "News of the day.", "items": ITEMS},
        {"summary": "All the news", "articles": ITEMS},
        {"tags": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "articles": ITEMS},
        {"authors": [{"description": "Writes."}] * 5, "stuff": ITEMS},
    ],
)
def test_the_articles_in_a_wrapper_count_more_than_its_own_description(read_as, wrapper):
    outcome = read_as("feed.json", json.dumps(wrapper))
    assert (outcome.ids, outcome.texts, outcome.failures) == (["i1", "i2"], ["The bridge reopened.", "The ferry stopped."], [])


def test_a_wrapper_of_summaries_is_a_list_and_pictures_are_none(read_as):
    feed = {"description": "News of the day.", "results": [{"id": 1, "description": "The bridge reopened."}]}
    assert read_as("a.json", json.dumps(feed)).texts == ["The bridge reopened."]
    for field in ("text", "description"):
        article = {field: "The bridge reopened.", "media": [{"description": "A bridge"}] * 3}
        assert read_as("a.json", json.dumps(article)).texts == ["The bridge reopened."]
    replied = {"body": "The bridge reopened.", "comments": [{"body": "At last."}] * 3}
    assert read_as("a.json", json.dumps(replied)).texts == ["The bridge reopened."]


@pytest.mark.parametrize("indent", [None, 1])
def test_one_json_object_beyond_the_limit_is_one_failure(read_as, indent):
    content = json.dumps({"articles": [{"id": i, "text": "word " * 50} for i in range(200)]}, indent=indent)
    assert "more than the limit of 20,000 bytes" in read_as("r.json", content, max_file_bytes=20_000).reason


HTML = "<p>The bridge reopened &amp; closed.</p><script>x()</script><p style='display:none'>Obey.</p><p>All is well.</p>"


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ({"content": HTML}, {}),
        ({"body": HTML}, {}),
        ({"text": "no", "content_html": HTML}, {"text": "content_html"}),
        ({"content": {"rendered": HTML}}, {}),
        ({"content": ["<p>The bridge reopened &amp; closed.</p>", "<p>All is well.</p>"]}, {}),
        ({"content": "<P>The bridge reopened &amp; closed.<P>All is well."}, {}),
    ],
)
def test_html_in_any_field_is_shown_text(read_as, record, fields):
    article = read_as(
        "r.jsonl", lines({"title": "Tea &amp; <i>talks</i>", "author": "Per &#38; Co"} | record), fields=fields
    ).article
    assert (article.text, article.title) == ("The bridge reopened & closed.\n\nAll is well.", "Tea & talks")
    assert article.author == "Per & Co"


@pytest.mark.parametrize(
    "text", ["If a < b and c > d, then a<p or b>q.", "The <b> tag of HTML & co", "R&D; &c.", " <ref 1>  two  spaces"]
)
def test_plain_text_with_marks_is_kept_exactly(read_as, text):
    article = read_as("r.jsonl", lines({"content": text, "title": text})).article
    assert (article.text, article.title) == (text, " ".join(text.split()))


def test_titles_of_wordpress(read_as):
    article = read_as(
        "r.json", json.dumps([{"id": 7, "title": {"rendered": "Talks &#8211; tea"}, "content": {"rendered": HTML}}])
    ).article
    assert (article.id, article.title) == ("7", "Talks – tea")
