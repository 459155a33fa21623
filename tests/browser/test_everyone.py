"""For everyone: axe-core on every page and state, one key each, reduced motion, any width."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.walking import BRIDGE, Open, Snap, asked_and_answered

pytestmark = pytest.mark.slow


def violations(page: Page) -> list[str]:
    """What axe-core finds serious or critical, as `id: element`."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 10, "axe-core did not look at the page"
    grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:200]}" for v in grave for node in v["nodes"]]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark"), (320, "light")])
def test_axe_finds_nothing_serious(open_page: Open, paced: Any, width: int, scheme: str) -> None:
    page = open_page(width, scheme, path="?since=2025-01-01")
    expect(page.locator("#cw-scope-bar .cw-chip")).to_be_visible()
    assert violations(page) == []
    paced.pause_s = 1.0
    page.locator("#cw-box textarea").fill(BRIDGE)
    page.keyboard.press("Enter")
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    assert violations(page) == []
    paced.pause_s = 0.0
    expect(page.locator(".cw-foot")).to_be_visible()
    answer = page.locator(".cw-answer")
    answer.locator("summary").click()
    assert violations(page) == []
    cite = answer.locator("a.cw-cite").first
    cite.click()
    expect(page.locator(".cw-panel mark")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    asked_and_answered(page, "Who won the 2022 World Cup?")
    page.locator(".cw-thumb").last.click()
    expect(page.locator(".cw-opinion")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    for opener in ("#cw-menu", "#cw-help"):
        page.locator(opener).click()
        expect(page.locator("dialog[open]")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    page.goto(cite.evaluate("node => node.href"))
    assert violations(page) == []


def test_the_keys_that_the_help_names(open_page: Open, snap: Snap) -> None:
    page = open_page()
    answer = asked_and_answered(page, BRIDGE)
    marks = answer.locator("a.cw-cite")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    expect(marks.nth(0)).to_be_focused()
    expect(page.locator("#cw-pop")).to_be_visible()
    page.keyboard.press("j")
    expect(marks.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(marks.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".cw-panel")).to_be_visible()
    expect(page.locator(".cw-panel")).to_have_attribute("role", "complementary")
    page.keyboard.press("j")
    expect(page.locator(".cw-panel-place")).to_contain_text("Quote 2 of")
    page.keyboard.press("Escape")
    expect(marks.nth(0)).to_be_focused()
    page.keyboard.press("Escape")  # the quote
    page.keyboard.press("Escape")
    expect(page.locator("#cw-box textarea")).to_be_focused()
    page.keyboard.type("j/k?")
    expect(page.locator("#cw-box textarea")).to_have_value("j/k?")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("dialog.cw-help")).to_be_visible()
    snap(page, "1280-light-20-help")
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.locator("dialog.cw-help")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")


def test_a_conversation_by_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    asked_and_answered(page, BRIDGE)
    for name in ("Conversations", f"Open: {BRIDGE}"):
        target = page.get_by_role("button", name=name, exact=True)
        for _ in range(60):
            if target.evaluate("node => node === document.activeElement"):
                break
            page.keyboard.press("Tab")
        expect(target).to_be_focused()
        assert target.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
        page.keyboard.press("Enter")
    expect(page.locator("dialog.cw-drawer")).to_be_hidden()
    expect(page.locator(".cw-question")).to_have_text(BRIDGE)


def test_nothing_moves_for_those_who_asked_for_that(open_page: Open, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 3.0
    page.locator("#cw-box textarea").fill(BRIDGE)
    page.keyboard.press("Enter")
    step = page.locator(".cw-step")
    expect(step).to_have_css("animation-name", "none", pseudo="before")
    page.emulate_media(reduced_motion="no-preference")
    expect(step).to_have_css("animation-name", "cw-breathe", pseudo="before")


def test_copying_a_selection_takes_its_footnotes_along(open_page: Open) -> None:
    page = open_page()
    answer = asked_and_answered(page, BRIDGE)
    quote = answer.locator(".cw-note[value='1'] .cw-quote").text_content()
    answer.locator(".cw-sentence").first.evaluate(
        "node => { const range = document.createRange(); range.setStartBefore(node); range.setEndAfter(node.nextElementSibling);"
        " getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"[1] “{quote}” Council puts cost of Silver Bridge at $84 million, The Mallory Courier · 2 Apr 2025" in copied
    assert "[2] “" not in copied
    page.locator("#cw-box textarea").fill("plain")
    page.locator("#cw-box textarea").select_text()
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "plain"
