"""Asking, reading, checking, stopping: what people do in the chat, done by a browser on a real index."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.walking import MEETING, SIZES, Open, Snap, ask, asked_and_answered

pytestmark = pytest.mark.slow


@SIZES
def test_a_question_about_the_seed_article(open_page: Open, snap: Snap, paced: Any, width: int, scheme: str) -> None:
    page = open_page(width, scheme)
    expect(page.locator(".cw-welcome a.cw-ask").first).to_be_visible()
    snap(page, f"{width}-{scheme}-1-first-screen")
    paced.pause_s = 0.7
    ask(page, MEETING)
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    snap(page, f"{width}-{scheme}-2-evidence")
    answer = page.locator(".cw-answer")
    expect(answer.locator(".cw-foot")).to_contain_text(re.compile(r"(\d+) of \1 sentences? quoted · based on 1 article, undated"))
    expect(answer.locator(".cw-text")).to_contain_text("about two hours")
    snap(page, f"{width}-{scheme}-3-answer")
    cite = answer.locator("a.cw-cite").first
    cite.hover()
    quote = answer.locator(".cw-note").first.locator(".cw-quote").text_content()
    expect(page.locator("#cw-pop")).to_contain_text(quote[:60])
    snap(page, f"{width}-{scheme}-4-quote")
    cite.click()
    expect(page.locator(".cw-panel mark")).to_be_in_viewport()
    assert page.locator(".cw-panel mark").text_content() == quote
    expect(page.locator("#cw-panel-title")).to_have_text("Ukraine, US report progress following peace plan talks in Berlin")
    assert page.locator(".cw-panel .cw-article").text_content() == paced.article(shown_article(cite)).text
    snap(page, f"{width}-{scheme}-5-article")
    page.keyboard.press("Escape")
    expect(page.locator(".cw-panel")).to_be_hidden()
    expect(cite).to_be_focused()


def shown_article(cite: Any) -> str:
    return cite.evaluate("node => new URL(node.href).searchParams.get('id')")


@SIZES
def test_what_the_articles_do_not_say(open_page: Open, snap: Snap, width: int, scheme: str) -> None:
    page = open_page(width, scheme)
    answer = asked_and_answered(page, "Who won the 2022 World Cup?")
    expect(answer).to_contain_text("The articles do not say.")
    assert answer.locator("a.cw-cite").count() == 0
    snap(page, f"{width}-{scheme}-6-abstention")
    nearest = answer.locator(".cw-abstained a.cw-ask").first
    headline = nearest.locator(".cw-headline").inner_text()
    nearest.click()
    expect(page.locator(".cw-question").nth(1)).to_contain_text(headline.rstrip(" .?!:"))
    expect(page.locator(".cw-answer").nth(1).locator(".cw-foot, .cw-abstained").first).to_be_visible()


@pytest.mark.parametrize("width", [375, 1280])
def test_a_hostile_article_is_shown_as_text(open_page: Open, snap: Snap, paced: Any, width: int) -> None:
    page = open_page(width)
    answer = asked_and_answered(page, "What did the keeper of the Skerryholm lighthouse pay for the new lamp?")
    sentence = (
        "<script>alert(3)</script> of the Skerryholm lighthouse paid *exactly* 4,211 crowns `for` the "
        "[new lamp](javascript:alert(4)) &lt;b&gt;"
    )
    expect(answer.locator(".cw-quote").first).to_contain_text(sentence)
    expect(answer.locator(".cw-source .cw-headline").first).to_contain_text("onerror=alert(1)> **Lighthouse** <script>")
    assert answer.locator("script, img, style, a[href^='javascript:'], a.cw-original").count() == 0
    snap(page, f"{width}-light-7-hostile-answer")
    quote = answer.locator(".cw-note .cw-quote").first.text_content()
    answer.locator("a.cw-cite").first.click()
    expect(page.locator(".cw-panel mark")).to_be_visible()
    assert page.locator(".cw-panel mark").text_content() == quote
    article = paced.article(shown_article(answer.locator("a.cw-cite").first))
    assert page.locator(".cw-panel .cw-article").text_content() == article.text
    assert page.locator(".cw-panel").locator("script, img, style, a").count() == 0
    snap(page, f"{width}-light-8-hostile-article")
    page.keyboard.press("Escape")
    asked_and_answered(page, "<img src=http://tracker.example/q.png onerror=alert(6)> **who**?\n\n<script>alert(7)</script>")
    expect(page.locator(".cw-question").nth(1)).to_contain_text(
        "<img src=http://tracker.example/q.png onerror=alert(6)> **who**?"
    )


def test_stop_ends_the_answer(open_page: Open, snap: Snap, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 10.0  # its four events would take longer than what is waited for below
    ask(page, MEETING)
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    page.locator("#cw-stop").click()
    expect(page.locator(".cw-stopped")).to_contain_text("Stopped by you")
    expect(page.locator("#cw-send")).to_be_visible()
    snap(page, "1280-light-9-stopped")
    assert paced.closed.wait(25), "the assistant's stream went on"
    paced.pause_s = 0.0
    expect(asked_and_answered(page, MEETING)).to_contain_text("about two hours")


def test_closing_the_page_ends_the_answer(open_page: Open, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 10.0
    ask(page, MEETING)
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    page.close()
    assert paced.closed.wait(25), "the assistant's stream went on"


@pytest.mark.parametrize("width", [375, 1280])
def test_everything_by_keyboard(open_page: Open, snap: Snap, width: int) -> None:
    page = open_page(width)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(page.locator("#cw-box textarea")).to_be_focused()
    page.keyboard.type(MEETING)
    page.keyboard.press("Enter")
    expect(page.locator(".cw-foot")).to_be_visible()
    cite = page.locator("a.cw-cite").first
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if cite.evaluate("node => node === document.activeElement"):
            break
    expect(cite).to_be_focused()
    expect(page.locator("#cw-pop")).to_be_visible()
    assert cite.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    snap(page, f"{width}-light-10-focus")
    page.keyboard.press("Enter")
    expect(page.locator(".cw-panel mark")).to_be_in_viewport()
    expect(page.locator(".cw-panel-bar button", has_text="Close")).to_be_focused()
    if width <= 640:  # the sheet covers the page: the focus stays inside it
        for _ in range(6):
            page.keyboard.press("Tab")
            assert page.evaluate("Boolean(document.activeElement.closest('.cw-panel'))")
    page.keyboard.press("Escape")
    expect(cite).to_be_focused()


def test_next_and_previous_walk_through_the_quotes(open_page: Open) -> None:
    page = open_page()
    answer = asked_and_answered(page, "What did Zelensky say about the free economic zone and security guarantees?")
    quotes = answer.locator(".cw-note .cw-quote").all_text_contents()
    assert len(quotes) > 1, "this question needs an answer with several quotes"
    answer.locator("a.cw-cite").first.click()
    mark, place = page.locator(".cw-panel mark"), page.locator(".cw-panel-place")
    for number, quote in enumerate(quotes, 1):
        expect(place).to_have_text(f"Quote {number} of {len(quotes)}")
        expect(mark).to_have_text(quote)
        page.keyboard.press("j")
    page.locator(".cw-panel-bar button", has_text="Previous").click()
    expect(mark).to_have_text(quotes[-2])


def test_a_card_opens_its_article_before_the_answer_is_there(open_page: Open, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 2.0
    ask(page, "When did the ferry crews end their strike?")
    page.locator(".cw-live a.cw-card", has_text="Ferry crews").click()
    expect(page.locator("#cw-panel-title")).to_have_text("Ferry crews end their strike")
    expect(page.locator(".cw-panel a.cw-original")).to_have_attribute("href", "https://harbour-courier.example/ferry")
    expect(page.locator(".cw-panel a.cw-original")).to_have_attribute("rel", re.compile("noopener"))
    expect(page.locator(".cw-foot")).to_be_visible()


def test_two_windows_do_not_mix(open_page: Open, paced: Any) -> None:
    first, second = open_page(), open_page()
    paced.pause_s = 0.5
    ask(first, "When did the ferry crews end their strike?")
    ask(second, "How many turbines are planned?")
    for page, question, quoted in ((first, "ferry", "Thursday after nineteen days"), (second, "turbines", "42 turbines")):
        expect(page.locator(".cw-foot")).to_be_visible()
        expect(page.locator(".cw-question")).to_have_count(1)
        expect(page.locator(".cw-question")).to_contain_text(question)
        expect(page.locator(".cw-text")).to_contain_text(quoted)


def test_a_follow_up_is_understood_from_the_conversation(open_page: Open) -> None:
    page = open_page()
    asked_and_answered(page, MEETING)
    answer = asked_and_answered(page, "And why did he reject the free economic zone?")
    expect(answer.locator(".cw-text")).to_contain_text("lack of clarity over governance")
    expect(page.locator(".cw-question").nth(1)).to_be_in_viewport()
    expect(page.locator(".cw-answer")).to_have_count(2)


def test_the_status_line_follows_the_answer_model(open_page: Open, paced: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page()
    expect(page.locator("#cw-status")).to_contain_text("14 articles · newest 20 Nov 2025 · quotes only")
    monkeypatch.setattr(paced, "model_name", "a-model-that-has-just-come", raising=False)
    expect(page.locator("#cw-status")).to_contain_text("answers by a-model-that-has-just-come")


def test_a_new_conversation_begins_empty(open_page: Open) -> None:
    page = open_page()
    expect(page.locator("#cw-new")).to_be_hidden()
    asked_and_answered(page, MEETING)
    page.locator("#cw-new").click()
    expect(page.locator(".cw-welcome")).to_be_visible()
    expect(page.locator(".cw-question")).to_have_count(0)


def test_a_link_fills_the_box_and_asks_nothing(open_page: Open) -> None:
    page = open_page(path="?q=When%20did%20the%20ferry%20crews%20end%20their%20strike%3F")
    expect(page.locator("#cw-box textarea")).to_have_value("When did the ferry crews end their strike?")
    expect(page.locator("#cw-box textarea")).to_be_focused()
    expect(page.locator(".cw-hint")).to_have_text("Press Enter to ask this.")
    assert "?" not in page.url, "a reload would fill the box again"
    page.wait_for_timeout(1000)
    assert page.locator(".cw-question").count() == 0, "another site could make this machine work"
    page.keyboard.press("Enter")
    expect(page.locator(".cw-foot")).to_be_visible()


def test_a_suggestion_asks(open_page: Open) -> None:
    page = open_page(375)
    suggestion = page.locator(".cw-welcome a.cw-ask").first
    question = suggestion.inner_text()
    suggestion.click()
    expect(page.locator(".cw-question")).to_have_text(question)
    expect(page.locator(".cw-foot, .cw-abstained").first).to_be_visible()


def test_copied_text_carries_its_footnotes(open_page: Open) -> None:
    page = open_page()
    answer = asked_and_answered(page, "When did the ferry crews end their strike?")
    answer.locator("button.cw-copy").click()
    expect(answer.locator("button.cw-copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    quote = answer.locator(".cw-note .cw-quote").first.text_content()
    assert f"[1] “{quote}” Ferry crews end their strike, The Harbour Courier · 2 Oct 2025" in copied
    assert "https://harbour-courier.example/ferry" in copied


def test_a_citation_is_also_a_page_of_its_own(open_page: Open, snap: Snap, site: str) -> None:
    page = open_page()
    answer = asked_and_answered(page, MEETING)
    href = answer.locator("a.cw-cite").first.get_attribute("href")
    quote = answer.locator(".cw-note .cw-quote").first.text_content()
    page.goto(site + href)
    assert page.locator("mark").text_content() == quote
    expect(page.locator("mark")).to_be_in_viewport()
    snap(page, "1280-light-11-page-of-an-article")
    page.locator("a.cw-back").click()
    expect(page.locator(".cw-question")).to_have_text(MEETING)  # the tab goes on with what it showed


@pytest.mark.parametrize("width", [320, 641, 1000, 1920])
def test_no_width_scrolls_sideways(open_page: Open, snap: Snap, width: int) -> None:
    page = open_page(width)
    answer = asked_and_answered(page, MEETING)
    answer.locator("a.cw-cite").first.click()
    expect(page.locator(".cw-panel mark")).to_be_in_viewport()
    snap(page, f"{width}-light-12-width")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_aa(open_page: Open, scheme: str) -> None:
    page = open_page(1280, scheme)
    assert page.evaluate(CONTRAST) == []
    answer = asked_and_answered(page, MEETING)
    answer.locator("summary").click()
    answer.locator("a.cw-cite").first.click()
    expect(page.locator(".cw-panel mark")).to_be_visible()
    assert page.evaluate(CONTRAST) == []
    page.keyboard.press("Escape")
    asked_and_answered(page, "Who won the 2022 World Cup?")
    assert page.evaluate(CONTRAST) == []


def test_names_for_a_screen_reader(open_page: Open) -> None:
    page = open_page()
    answer = asked_and_answered(page, MEETING)
    expect(answer.locator("a.cw-cite").first).to_have_attribute("aria-label", re.compile("^Citation 1: Ukraine, US report"))
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    expect(page.get_by_role("log", name="Conversation")).to_be_visible()
    expect(page.locator("#cw-live")).to_contain_text("quoted")
    labels = page.locator("#cw-chat [data-testid]").evaluate_all("nodes => nodes.map((n) => n.getAttribute('aria-label') || '')")
    assert not [label for label in labels if "<" in label], "Gradio would read a message's HTML aloud"
