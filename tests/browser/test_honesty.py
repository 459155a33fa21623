"""What an answer says about itself, and asking again differently: filters, articles that differ, copies, opinions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.walking import BRIDGE, SIZES, Open, Snap, ask, asked_and_answered
from ui.feedback import Feedback

pytestmark = pytest.mark.slow

LEDGER = "How much will the Silver Bridge cost, according to The Evening Ledger?"


@SIZES
def test_articles_that_differ_stand_side_by_side(open_page: Open, snap: Snap, width: int, scheme: str) -> None:
    page = open_page(width, scheme)
    answer = asked_and_answered(page, BRIDGE)
    expect(answer.locator(".cw-differ-head")).to_contain_text("The articles differ on Silver Bridge cost")
    claims = answer.locator(".cw-claim")
    expect(claims).to_have_count(2)
    expect(claims.nth(0)).to_contain_text(re.compile(r"\$84 million.*The Mallory Courier"))
    expect(claims.nth(1)).to_contain_text(re.compile(r"\$112 million.*The Evening Ledger"))
    snap(page, f"{width}-{scheme}-16-differ")
    claims.nth(1).locator("a.cw-cite").click()
    expect(page.locator(".cw-panel mark")).to_contain_text("$112 million")


def test_a_filter_is_removed_and_the_same_question_asked_again(open_page: Open, snap: Snap) -> None:
    page = open_page()
    answer = asked_and_answered(page, LEDGER)
    chip = answer.locator("a.cw-chip")
    expect(chip).to_have_attribute("aria-label", "Ask again without the filter by The Evening Ledger")
    expect(answer.locator(".cw-text")).not_to_contain_text("$84 million")
    snap(page, "1280-light-17-filter")
    chip.click()
    again = page.locator(".cw-answer").nth(1)
    expect(again.locator(".cw-foot")).to_be_visible()
    expect(page.locator(".cw-question").nth(1)).to_have_text(LEDGER)
    expect(again.locator(".cw-text")).to_contain_text("$84 million")
    expect(again.locator(".cw-chip")).to_have_count(0)


def test_a_link_narrows_the_questions_until_that_is_removed(open_page: Open) -> None:
    page = open_page(path="?since=2025-04-05&source=The+Evening+Ledger")
    chips = page.locator("#cw-scope-bar .cw-chip")
    expect(chips).to_have_text(["since 5 Apr 2025", "by The Evening Ledger"])
    answer = asked_and_answered(page, BRIDGE)
    expect(answer.locator(".cw-text")).to_contain_text("$112 million")
    expect(answer.locator(".cw-text")).not_to_contain_text("$84 million")
    expect(answer.locator(".cw-chips-label")).to_have_text("Searched only:")
    page.reload()
    expect(chips).to_have_count(2)
    page.get_by_role("button", name="Remove the filter since 5 Apr 2025").click()
    page.get_by_role("button", name="Remove the filter by The Evening Ledger").click()
    assert "?" not in page.url
    expect(asked_and_answered(page, BRIDGE).locator(".cw-text")).to_contain_text("$84 million")


def test_single_articles_are_one_filter_that_is_kept_and_removed(open_page: Open, snap: Snap) -> None:
    page = open_page(path="?article=bridge-audit.md&article=harbor-strike.md")
    chip = page.locator("#cw-scope-bar .cw-chip")
    expect(chip).to_have_text(["2 chosen articles"])
    answer = asked_and_answered(page, BRIDGE)
    expect(answer.locator(".cw-text")).to_contain_text("$112 million")
    expect(answer.locator(".cw-text")).not_to_contain_text("$84 million")
    expect(answer.locator(".cw-chip")).to_have_text(["2 chosen articles"])
    snap(page, "1280-light-17-chosen")
    page.reload()
    expect(chip).to_have_text(["2 chosen articles"])
    expect(answer.locator(".cw-chip")).to_have_text(["2 chosen articles"])
    page.get_by_role("button", name="Remove the filter 2 chosen articles").click()
    assert "?" not in page.url
    expect(chip).to_have_count(0)
    expect(asked_and_answered(page, BRIDGE).locator(".cw-text")).to_contain_text("$84 million")
    answer.first.locator("a.cw-chip").click()
    again = page.locator(".cw-answer").nth(2)
    expect(again.locator(".cw-foot")).to_be_visible()
    expect(again.locator(".cw-text")).to_contain_text("$84 million")
    expect(again.locator(".cw-chip")).to_have_count(0)


def test_a_link_to_a_question_can_be_shared(open_page: Open) -> None:
    first = open_page(path="?source=The+Evening+Ledger")
    answer = asked_and_answered(first, BRIDGE)
    answer.locator("a.cw-link").click()
    expect(answer.locator("a.cw-link")).to_have_text("Link copied")
    address = first.evaluate("navigator.clipboard.readText()")
    second = open_page(path=address.partition("/?")[2] and "?" + address.partition("/?")[2])
    expect(second.locator("#cw-box textarea")).to_have_value(BRIDGE)
    expect(second.locator("#cw-scope-bar .cw-chip")).to_have_text(["by The Evening Ledger"])
    expect(second.locator("#cw-box textarea")).to_be_focused()
    second.keyboard.press("Enter")
    expect(second.locator(".cw-text")).to_contain_text("$112 million")


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "javascript:alert(1)", "\u202egnp.exe\u202c \u200b[x](y)"])
def test_a_hostile_link_is_text_in_the_box(open_page: Open, text: str) -> None:
    from urllib.parse import quote

    page = open_page(path=f"?q={quote(text)}&source={quote(text)}&since={quote(text)}")
    expect(page.locator("#cw-box textarea")).to_have_value(text)
    expect(page.locator("#cw-scope-bar .cw-chip-text").first).to_contain_text(text)
    assert page.locator("#cw-scope-bar img").count() == 0
    ask(page, text)
    expect(page.locator(".cw-question")).to_have_text(text)


def test_copies_in_other_outlets_are_said(open_page: Open) -> None:
    answer = asked_and_answered(open_page(), "How long was the strike of the dockers in Port Mallory?")
    said = answer.locator(".cw-source .cw-meta", has_text="also in").first
    expect(said).to_contain_text(re.compile("also in (Northern Wire|The Evening Ledger)"))


def test_a_timeline_is_shown_day_by_day(open_page: Open, snap: Snap) -> None:
    page = open_page()
    answer = asked_and_answered(page, "What happened in the Port Mallory strike, as a timeline?")
    expect(answer.locator(".cw-items .cw-item-head").first).to_contain_text("Mar 2025")
    snap(page, "1280-light-18-timeline")


@pytest.mark.parametrize("width", [375, 1280])
def test_an_opinion_with_a_word_is_kept_on_this_machine(open_page: Open, snap: Snap, paced: Any, width: int) -> None:
    page = open_page(width)
    answer = asked_and_answered(page, BRIDGE)
    thumb = answer.locator(".cw-thumb.cw-up")
    thumb.click()
    field = page.locator(".cw-opinion input")
    expect(field).to_be_focused()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    snap(page, f"{width}-light-19-opinion")
    page.keyboard.type("<b>both</b> figures")
    page.keyboard.press("Enter")
    expect(page.locator(".cw-opinion")).to_be_hidden()
    expect(thumb).to_be_focused()
    expect(page.locator("#cw-live")).to_have_text("Thank you.")  # said once it is kept
    page.reload()
    thumb = page.locator(".cw-thumb.cw-up")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    kept = Feedback.beside(paced.index_dir).rows()[-1]
    assert (kept["rating"], kept["word"], kept["question"]) == ("up", "<b>both</b> figures", BRIDGE)
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert kept["id"] not in [row["id"] for row in Feedback.beside(paced.index_dir).rows()]


def test_an_opinion_that_was_not_kept_is_not_thanked_for(open_page: Open, paced: Any, tmp_path: Path) -> None:
    page, file = open_page(), Feedback.beside(paced.index_dir).path
    answer = asked_and_answered(page, BRIDGE)
    thumb, said = answer.locator(".cw-thumb.cw-up"), page.locator("#cw-live")
    if file.exists():
        file.rename(tmp_path / "away")
    file.mkdir()
    try:
        thumb.click()
        expect(said).to_have_text("Your opinion was not kept.")
        expect(answer.locator(".cw-unkept")).to_be_visible()
        expect(thumb).to_have_attribute("aria-pressed", "false")
    finally:
        file.rmdir()
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(answer.locator(".cw-unkept")).to_have_count(0)
    page.locator(".cw-opinion input").fill("Right.")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Thank you.")
    assert Feedback.beside(paced.index_dir).rows()[-1]["word"] == "Right."
