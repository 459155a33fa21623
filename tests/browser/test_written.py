"""The main path with nothing replaced: the real answer model writes, in a browser, on a real index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import served
from tests.browser.walking import MEETING, Open, Snap, ask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MODEL = "qwen2.5-coder-1.5b-instruct"
_PATIENCE_MS = 400_000  #: a model on two cores that others use, too


@pytest.fixture(scope="module")
def written(paced: Any) -> Iterator[Any]:
    from assistant import Assistant

    with closing(Assistant(paced.index_dir, MODEL)) as assistant, served(assistant) as address:
        yield assistant, address


def test_a_model_writes_and_every_sentence_is_quoted(open_page: Open, snap: Snap, written: Any) -> None:
    assistant, address = written
    page = open_page(at=address)
    ask(page, MEETING)
    expect(page.locator(".cw-live .cw-card").first).to_be_visible()
    foot = page.locator(".cw-foot")
    expect(foot).to_contain_text(f"written by {MODEL}", timeout=_PATIENCE_MS)
    expect(foot).to_contain_text(re.compile(r"(\d+) of \1 sentences? quoted"))
    sentences, cites = page.locator(".cw-sentence"), page.locator(".cw-text a.cw-cite")
    assert cites.count() >= sentences.count() >= 1
    snap(page, "1280-light-21-written")
    for note in page.locator(".cw-note").all():
        text = assistant.article(note.locator("a").evaluate("node => new URL(node.href).searchParams.get('id')")).text
        assert note.locator(".cw-quote").text_content() in text
    cites.first.click()
    expect(page.locator(".cw-panel mark")).to_be_visible()
    page.keyboard.press("Escape")
    page.close()
