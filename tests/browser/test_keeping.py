"""Conversations in the browser: kept across reloads, listed, renamed, deleted, exported; never trusted as HTML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.walking import BRIDGE, MEETING, SIZES, Open, Snap, ask, asked_and_answered

pytestmark = pytest.mark.slow

FERRY = "When did the ferry crews end their strike?"
HOSTILE = "What did the keeper of the Skerryholm lighthouse pay for the new lamp?"


def stored(page: Page) -> list[dict[str, Any]]:
    values = page.evaluate("Object.entries(localStorage).filter(([key]) => /[0-9a-f]{32}$/.test(key)).map(([, value]) => value)")
    return [json.loads(value) for value in values]


def drawer(page: Page) -> Any:
    page.locator("#cw-menu").click()
    expect(page.locator("dialog.cw-drawer")).to_be_visible()
    return page.locator("dialog.cw-drawer")


def test_a_conversation_survives_a_reload_with_its_citations(open_page: Open) -> None:
    page = open_page()
    asked_and_answered(page, MEETING)
    answer = asked_and_answered(page, "And why did he reject the free economic zone?")
    shown, quotes = answer.locator(".cw-text").inner_text(), answer.locator(".cw-quote").all_text_contents()
    page.reload()
    answer = page.locator(".cw-answer").nth(1)
    expect(answer.locator(".cw-text")).to_have_text(shown)
    assert answer.locator(".cw-quote").all_text_contents() == quotes
    answer.locator("a.cw-cite").first.click()
    expect(page.locator(".cw-panel mark")).to_have_text(quotes[0])
    page.keyboard.press("Escape")
    follow_up = asked_and_answered(page, "And what did he say about that on Monday?")
    expect(follow_up.locator(".cw-foot, .cw-abstained").first).to_be_visible()
    assert [len(kept["turns"]) for kept in stored(page)] == [3]


def test_a_question_asked_while_the_page_still_loads_is_not_lost(open_page: Open) -> None:
    page = open_page()
    asked_and_answered(page, FERRY)
    page.reload()
    ask(page, BRIDGE)
    expect(page.locator(".cw-foot").last).to_contain_text("based on 2 articles")
    expect(page.locator(".cw-question").last).to_have_text(BRIDGE)
    assert sorted(turn["question"] for kept in stored(page) for turn in kept["turns"]) == sorted([FERRY, BRIDGE])


def test_an_answer_left_half_way_says_so_and_can_be_asked_again(open_page: Open, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 3.0
    ask(page, MEETING)
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    page.reload()
    expect(page.locator(".cw-stopped")).to_contain_text("The page was left before this was finished.")
    paced.pause_s = 0.0
    page.locator("a.cw-again").click()
    expect(page.locator(".cw-answer").nth(1).locator(".cw-text")).to_contain_text("about two hours")
    # Gradio's own client says so when its page is left while an answer streams
    left = ("console: AbortError: signal is aborted", "console: Unexpected error Connection errored out")
    open_page.wrong[:] = [line for line in open_page.wrong if not line.startswith(left)]


@SIZES
def test_conversations_are_listed_renamed_and_deleted(open_page: Open, snap: Snap, width: int, scheme: str) -> None:
    page = open_page(width, scheme)
    asked_and_answered(page, FERRY)
    page.locator("#cw-new").click()
    expect(page.locator(".cw-question")).to_have_count(0)
    asked_and_answered(page, BRIDGE)
    kept = drawer(page)
    expect(kept.locator(".cw-kept-title")).to_have_text([BRIDGE, FERRY])
    expect(kept.locator("[aria-current=true] .cw-kept-title")).to_have_text(BRIDGE)
    snap(page, f"{width}-{scheme}-13-drawer")
    kept.get_by_role("button", name=f"Rename: {FERRY}").click()
    page.keyboard.type("<b>The ferry</b>")
    page.keyboard.press("Enter")
    renamed = kept.locator(".cw-kept-open", has_text="<b>The ferry</b>")
    expect(renamed).to_be_focused()
    page.keyboard.press("Enter")
    expect(kept).to_be_hidden()
    expect(page.locator(".cw-question")).to_have_text(FERRY)
    expect(page.locator(".cw-text")).to_contain_text("after nineteen days")
    kept = drawer(page)
    for words in ("Delete: <b>The ferry</b>", "Delete for good?"):
        kept.get_by_role("button", name=words).click()
    expect(kept.locator(".cw-kept-title")).to_have_text([BRIDGE])
    page.keyboard.press("Escape")
    expect(page.locator("#cw-menu")).to_be_focused()
    expect(page.locator(".cw-welcome")).to_be_visible()
    page.reload()
    expect(page.locator(".cw-welcome")).to_be_visible()
    assert [kept["turns"][0]["question"] for kept in stored(page)] == [BRIDGE]


def test_a_conversation_that_cannot_be_shown_says_so_and_the_chat_goes_on(open_page: Open) -> None:
    page = open_page()
    asked_and_answered(page, FERRY)
    page.evaluate(
        """Object.keys(localStorage).filter((key) => /[0-9a-f]{32}$/.test(key)).forEach((key) => {
            const kept = JSON.parse(localStorage.getItem(key));
            kept.turns[0].rating = "wonderful";
            localStorage.setItem(key, JSON.stringify(kept));
        })"""
    )
    page.reload()
    expect(page.locator("#cw-refusal")).to_have_text("This conversation was not kept as Citewire keeps one, and cannot be shown.")
    expect(page.locator("#cw-live")).to_contain_text("cannot be shown")
    asked_and_answered(page, BRIDGE)
    expect(page.locator("#cw-refusal")).to_be_hidden()


def test_two_tabs_of_one_browser_keep_their_own_and_lose_nothing(open_page: Open) -> None:
    first = open_page()
    asked_and_answered(first, FERRY)
    second = open_page(beside=first)
    expect(second.locator(".cw-welcome")).to_be_visible()
    drawer(second).locator(".cw-kept-open").first.click()
    expect(second.locator(".cw-question")).to_have_text(FERRY)
    asked_and_answered(second, "How large is the pay rise?")
    asked_and_answered(first, "From when on do ships sail again?")
    first.wait_for_function("Object.values(localStorage).some((kept) => kept.includes('From when on do ships sail again?'))")
    assert sorted(turn["question"] for turn in stored(first)[0]["turns"]) == sorted(
        [FERRY, "How large is the pay rise?", "From when on do ships sail again?"]
    )


@pytest.mark.parametrize("kind", ["Markdown", "HTML"])
def test_an_export_has_footnotes_and_shows_hostile_text_as_text(open_page: Open, kind: str, tmp_path: Path) -> None:
    page = open_page()
    quote = asked_and_answered(page, FERRY).locator(".cw-quote").first.text_content()
    asked_and_answered(page, HOSTILE)
    kept = drawer(page)
    with page.expect_download() as started:
        kept.get_by_role("button", name=f"Export as {kind}: {FERRY}").click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert file.name == f"When-did-the-ferry-crews-end-their-strike.{'md' if kind == 'Markdown' else 'html'}"
    assert "<script" not in text and "<img" not in text
    if kind == "Markdown":
        assert f"[^1-1]: “{quote}” Ferry crews end their strike · The Harbour Courier · 2 Oct 2025" in text
        return
    viewer = page.context.new_page()
    asked: list[str] = []
    viewer.on("request", lambda request: asked.append(request.url))
    viewer.goto(file.as_uri())
    assert asked == [file.as_uri()]
    expect(viewer.locator(".quote").first).to_have_text(f"“{quote}”")
    expect(viewer.locator("body")).to_contain_text("<script>alert(3)</script>")
    assert viewer.locator("script, img, a[href^='javascript:']").count() == 0
    viewer.locator("sup a").first.click()
    assert viewer.url.endswith("#note-1-1")


EVIL = {
    "question": "<img src=http://tracker.example/1 onerror=alert(1)>",
    "id": "d" * 32,
    "state": "done",
    "answer": {
        "question": "q",
        "text": "t",
        "sentences": [
            {
                "text": "<script>alert(2)</script>",
                "citations": [
                    {"number": 1, "article_id": "x", "title": "</a><style>*{display:none}</style>", "source": "",
                     "published": None, "url": "javascript:alert(3)", "quote": "<iframe src=//x>", "start": 0, "end": 3}
                ],
            }
        ],
        "citations": [],
    },
}  # fmt: skip


STORE = """kept => {
    localStorage.setItem(`citewire/everybody/${kept.id}`, JSON.stringify(kept));
    localStorage.setItem(`citewire/everybody/${"e".repeat(32)}`, "{broken");
    sessionStorage.setItem("citewire/everybody/open", kept.id);
}"""


@pytest.mark.parametrize(
    ("turns", "shown"),
    [([EVIL], "<script>alert(2)</script>"), ([{"question": 1}], ""), ("<script>alert(4)</script>", ""), ([EVIL] * 500, "")],
    ids=["hostile", "broken", "no-list", "long"],
)
def test_what_is_stored_is_not_trusted(open_page: Open, turns: Any, shown: str) -> None:
    page = open_page()
    kept = {"id": "c" * 32, "title": "<img src=x onerror=alert(5)>", "turns": turns, "changed": 1}
    page.evaluate(STORE, kept)
    page.reload()
    if shown:
        expect(page.locator(".cw-sentence")).to_have_text(shown)
        assert page.locator(".cw-question, .cw-answer").locator("iframe, style, script, img, a[href^='javascript:']").count() == 0
    expect(asked_and_answered(page, FERRY)).to_contain_text("after nineteen days")
    drawer(page)
    assert page.locator("dialog.cw-drawer img").count() == 0
