"""One question on its way: its steps are said, it can be stopped at each of them, and a busy server says where one stands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

import ui.chat
from tests.browser.conftest import PacedAssistant, served
from tests.browser.walking import MEETING, Open, Snap, ask, asked_and_answered

pytestmark = pytest.mark.slow


def test_the_steps_of_an_answer_are_said(open_page: Open, snap: Snap, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 1.5
    ask(page, MEETING)
    expect(page.locator(".cw-step")).to_have_text("Writing; each sentence is checked before it is shown")
    expect(page.locator(".cw-done")).to_have_text(re.compile(r"\d passages found"))
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    expect(page.locator(".cw-done").nth(1)).to_have_text("1 sentence checked")
    expect(page.locator(".cw-step")).to_have_text("Writing and checking the next")
    snap(page, "1280-light-14-writing")
    expect(page.locator(".cw-foot")).to_be_visible()
    expect(page.locator(".cw-step")).to_have_count(0)


def test_stop_keeps_what_was_checked(open_page: Open, paced: Any) -> None:
    page = open_page()
    paced.pause_s = 2.0
    ask(page, MEETING)
    expect(page.locator(".cw-sentence")).to_have_count(1)
    page.locator("#cw-stop").click()
    expect(page.locator(".cw-stopped .cw-foot")).to_have_text(
        "Stopped by you. What stands here is quoted; the rest was not written."
    )
    expect(page.locator(".cw-stopped .cw-sentence")).to_have_count(1)
    expect(page.locator(".cw-stopped .cw-quote").first).to_be_visible()


def test_a_busy_server_says_where_one_stands_and_the_queue_can_be_left(
    open_page: Open, snap: Snap, paced: PacedAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ui.chat, "CONCURRENT_ANSWERS", 1)
    monkeypatch.setattr(ui.chat, "WAITING_ROOM", 2)
    with served(paced) as busy:
        pages = [open_page(at=busy) for _ in range(4)]
        paced.pause_s = 5.0
        for page in pages[:3]:
            ask(page, MEETING)
            expect(page.locator(".cw-live")).to_be_visible()
        expect(pages[0].locator(".cw-live .cw-card").first).to_be_visible()
        expect(pages[1].locator(".cw-step")).to_have_text("Others are being answered: yours is next")
        expect(pages[2].locator(".cw-step")).to_have_text("Others are being answered: yours is number 2 of 2 in the queue")
        snap(pages[2], "1280-light-15-queue")
        ask(pages[3], MEETING)
        expect(pages[3].locator(".cw-failed")).to_contain_text(ui.chat.BUSY)
        expect(pages[3].locator("#cw-send")).to_be_visible()
        open_page.wrong[:] = [line for line in open_page.wrong if "503" not in line]  # what a browser says of a refusal
        pages[2].locator("#cw-stop").click()
        expect(pages[2].locator(".cw-stopped")).to_contain_text("Stopped by you.")
        expect(pages[2].locator("#cw-send")).to_be_visible()
        pages[0].locator("#cw-stop").click()
        expect(pages[1].locator(".cw-live .cw-card").first).to_be_visible()
        paced.pause_s = 0.0
        expect(pages[1].locator(".cw-text")).to_contain_text("about two hours")
        expect(asked_and_answered(pages[2], MEETING)).to_contain_text("about two hours")
        for page in pages:
            page.close()
