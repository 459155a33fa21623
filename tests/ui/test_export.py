"""A conversation to take along: every quote a footnote, hostile text as text, a file and never a page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from tests.ui.test_render import HOSTILE, Page, an_answer, anything, as_shown
from ui.export import markdown, page
from ui.turn import Turn, record

if TYPE_CHECKING:
    from starlette.testclient import TestClient


def a_turn(text: str) -> Turn:
    answer = an_answer(text, text, text)
    return Turn(text, state="done", answer=replace(answer, notices=(text,)))


def test_markdown_has_a_footnote_for_each_quote() -> None:
    turns = [
        a_turn("Nine days."),
        replace(a_turn("x"), question="Who?", answer=replace(a_turn("x").answer, sentences=(), reason="No.")),
    ]
    assert markdown("Strike", turns) == (
        "# Strike\n\n## Nine days.\n\n"
        "Nine days.[^1-1] Plain.[^1-2][^1-1]\n\n"
        "*Nine days.*\n\n"
        "*2 of 2 sentences quoted · based on 2 articles, 2 Oct – 15 Dec 2025 · composed of quotes*\n\n"
        "[^1-1]: “Nine days.” Nine days. · Nine days. · 2 Oct 2025 <https://example.org/a>\n"
        "[^1-2]: “Nine days.” Nine days. · Nine days. · 15 Dec 2025 <https://example.org/a>\n\n"
        "## Who?\n\nThe articles do not say. No.\n"
    )


def test_markdown_sets_a_heading_apart_from_its_sentence() -> None:
    answer = a_turn("Pilots struck.").answer
    headed = replace(answer, sentences=(replace(answer.sentences[0], heading="3 Oct 2025"), *answer.sentences[1:]))
    assert "3 Oct 2025: Pilots struck.[^1-1]" in markdown("Strike", [Turn("When?", state="done", answer=headed)])


@given(text=anything)
def test_markdown_shows_hostile_text_as_text(text: str) -> None:
    shown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown(text, [a_turn(text)]))
    found = Page(shown)
    assert set(found.tags) <= {"h1", "h2", "p", "em", "a"}
    assert all(link == "https://example.org/a" for link in found.links)
    assert " ".join(as_shown(text).split()) in " ".join(found.texts.get("", [""])[0].split()) or not text.split()


@given(text=anything)
def test_the_page_shows_hostile_text_as_text(text: str) -> None:
    whole = page(text, [a_turn(text)])
    body = Page(whole.partition("<body>")[2].removesuffix("</body></html>\n"))
    plain = Page(page("plain", [a_turn("plain")]).partition("<body>")[2].removesuffix("</body></html>\n"))
    assert body.tags == plain.tags and body.attributes == plain.attributes
    assert all(link.startswith(("#note-1-", "https://example.org/")) for link in body.links)
    assert body.texts["quote"] == [as_shown(f"“{text}”")] * 2
    assert "<script" not in whole and "default-src 'none'" in whole


@pytest.mark.parametrize("kind", ["md", "html"])
def test_it_is_a_file_to_save(client: TestClient, kind: str) -> None:
    turns = [json.loads(record(a_turn(text), "c" * 32))["turn"] for text in HOSTILE]
    sent = json.dumps({"title": "\r\n<b>x</b>", "turns": turns})
    saved = client.post(f"/api/export?as={kind}", content=sent, headers={"content-type": "application/json"})
    assert saved.status_code == 200
    assert saved.headers["content-disposition"] == f'attachment; filename="conversation.{kind}"'
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in saved.text and "<b>" not in saved.text


@pytest.mark.parametrize("sent", ["", "[]", '{"turns": 1}', '{"turns": [{}]}', " " * 20_000_000])
def test_what_is_no_conversation_is_refused(client: TestClient, sent: str) -> None:
    refused = client.post("/api/export?as=html", content=sent)
    assert refused.status_code == 422 and refused.json()["error"]
    assert refused.headers["content-type"].startswith("application/json")
