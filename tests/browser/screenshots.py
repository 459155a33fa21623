"""Make the pictures of README anew: `python -m tests.browser.screenshots` writes docs/screenshots/*.png.

They show the real page over the seed article and the articles written for the tests, answered with quotes.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

import ui.offline  # noqa: F401  before anything heavy
from tests.browser.conftest import ARTICLES, BROWSERS, QUIET, REPOSITORY, served
from tests.browser.walking import BRIDGE, MEETING, asked_and_answered

FOLDER = REPOSITORY / "docs" / "screenshots"
_COLOURS = 64


def article(page: Page) -> None:
    """An answer with its article beside it."""
    asked_and_answered(page, MEETING).locator("a.cw-cite").first.click()
    expect(page.locator(".cw-panel mark")).to_be_visible()


def differ(page: Page) -> None:
    """Two articles that differ."""
    asked_and_answered(page, BRIDGE)


def timeline(page: Page) -> None:
    """A timeline, and what was narrowed."""
    asked_and_answered(page, "What happened in the Port Mallory strike since 1 March 2025, as a timeline?")


def phone(page: Page) -> None:
    """What the articles do not say, on a phone."""
    asked_and_answered(page, "Who won the 2022 World Cup?")


SHOTS: tuple[tuple[Callable[[Page], None], int, int, str], ...] = (
    (article, 1280, 800, "light"),
    (differ, 1280, 800, "dark"),
    (timeline, 1280, 800, "light"),
    (phone, 390, 780, "light"),
)


def library(folder: Path) -> Path:
    """An index over articles that anybody may see, the hostile ones left out."""
    from index import build

    sources = folder / "articles"
    shutil.copytree(REPOSITORY / "seeds", sources)
    shutil.copytree(REPOSITORY / "tests" / "fixtures" / "articles", sources, dirs_exist_ok=True)
    (sources / "hostile.txt").unlink()
    for name, text in ARTICLES.items():
        if name.endswith(".md"):
            (sources / name).write_text(text, encoding="utf-8")
    build([sources], folder / "data")
    return folder / "data"


def save(page: Page, name: str) -> None:
    """A PNG with few colours: text needs no more, and a repository keeps every version for ever."""
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(_COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


def main() -> None:
    from assistant import Assistant

    FOLDER.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Assistant(library(Path(folder)), "none")) as assistant,
        served(assistant) as address,
        sync_playwright() as playwright,
    ):
        assistant.warm()
        for question in (MEETING, BRIDGE):
            assistant.answer(question)  # the first one loads what all need: its time would be no answer's own
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        for shot, width, height, scheme in SHOTS:
            size = {"width": width, "height": height}
            context = chromium.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce", device_scale_factor=1.5)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.goto(address)
            page.locator("#cw-status .cw-status").wait_for()
            shot(page)
            page.mouse.move(0, 0)
            page.wait_for_timeout(500)
            save(page, shot.__name__)
            context.close()
        chromium.close()


if __name__ == "__main__":
    main()
