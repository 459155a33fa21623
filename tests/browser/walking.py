"""What every walk through the chat does: ask, wait for the answer, and which sizes and colours it is done in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

expect.set_options(timeout=30_000)  # a busy machine with two cores

Open = Callable[..., Page]
Snap = Callable[[Page, str], None]
MEETING = "Whom did Zelensky meet in Berlin on Monday and for how long?"
BRIDGE = "How much will the Silver Bridge cost?"
SIZES = pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")], ids=lambda value: str(value)
)


def ask(page: Page, question: str) -> None:
    page.locator("#cw-box textarea").fill(question)
    page.keyboard.press("Enter")


def asked_and_answered(page: Page, question: str) -> Any:
    """Ask, wait for the end, return the locator of the new answer."""
    before = page.locator(".cw-answer").count()
    ask(page, question)
    answer = page.locator(".cw-answer").nth(before)
    expect(answer.locator(".cw-foot, .cw-abstained, .cw-notice").first).to_be_visible()
    expect(page.locator("#cw-send")).to_be_visible()
    return answer
