"""A real browser before a real page: the real assistant, with the real embedding model, over `seeds/` and some articles.

Every page fails its test if it asks anything beyond 127.0.0.1, is answered with an error, or logs one.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ui.offline  # noqa: F401  before anything heavy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from assistant.assistant import Assistant
    from assistant.types import Event

REPOSITORY = Path(__file__).parents[2]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
HOSTILE_TITLE = "<img src=http://tracker.example/t.png onerror=alert(1)> **Lighthouse** <script>alert(2)</script>"
HOSTILE_SENTENCE = (
    "The keeper <script>alert(3)</script> of the Skerryholm lighthouse paid *exactly* 4,211 crowns `for` the "
    "[new lamp](javascript:alert(4)) &lt;b&gt; <style>*{display:none}</style> in $$March$$."
)
HOSTILE = {
    "id": "../hostile?<b>&#1",
    "title": HOSTILE_TITLE,
    "date": "2025-01-05",
    "source": "<b>Out</b>let",
    "url": "javascript:alert(5)",
    "text": f"{HOSTILE_SENTENCE} \u202egnp.exe\u202c zero\u200bwidth.\n\n{'x' * 1_000_000}\n",
}
ARTICLES = {
    "ferry.md": "---\ntitle: Ferry crews end their strike\ndate: 2025-10-02\nsource: The Harbour Courier\n"
    "url: https://harbour-courier.example/ferry\n---\nFerry crews on the Brannock line ended their strike on Thursday "
    "after nineteen days 😀.\n\nThe crews accepted a pay rise of 6 percent over two years. Ships sail again from Friday.\n",
    "wind.md": "---\ntitle: Wind farm off Brannock clears its last hurdle\ndate: 2025-11-20\nsource: The Harbour Courier\n"
    "---\nThe regional court dismissed the last complaint against the Brannock wind farm on Thursday. "
    "Building begins in March and 42 turbines are planned.\n",
    "hostile.jsonl": json.dumps(HOSTILE),
}


class PacedAssistant:
    """The real assistant, waiting `pause_s` before each event after the evidence: time enough to press Stop."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self.pause_s, self.closed = assistant, 0.0, threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[Event]:
        self.closed.clear()
        events = self._assistant.stream(*args, **kwargs)
        try:
            for event in events:
                if event.kind != "evidence":
                    time.sleep(self.pause_s)
                yield event
        finally:
            events.close()
            self.closed.set()


@pytest.fixture(scope="session")
def paced(tmp_path_factory: pytest.TempPathFactory) -> PacedAssistant:
    """One assistant for all browser tests; it answers with quotes, so that no test waits for a language model."""
    from assistant import Assistant
    from index import build

    folder = tmp_path_factory.mktemp("library")
    sources = shutil.copytree(REPOSITORY / "seeds", folder / "articles")
    shutil.copytree(REPOSITORY / "tests" / "fixtures" / "articles", sources, dirs_exist_ok=True)
    for name, text in ARTICLES.items():
        (sources / name).write_text(text, encoding="utf-8")
    report = build(sources=[sources], index_dir=folder / "data")
    assert not report.failed, report.failed
    return PacedAssistant(Assistant(index_dir=folder / "data", llm="none"))


@contextmanager
def served(assistant: Any) -> Iterator[str]:
    """Serves the chat over an assistant on a free port. Gives its address."""
    import uvicorn

    from ui.app import Options, address, create_app, listen

    listener = listen("127.0.0.1", 0)
    app = create_app(assistant, options=Options(questions_per_minute=0))  # no person is as fast as these tests
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started, "uvicorn did not start within a minute"
    yield address(listener)
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def site(paced: PacedAssistant) -> Iterator[str]:
    """The address of the chat that most walks go through."""
    with served(paced) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium from the system. Without one these tests fail: a page nobody looked at is not tested.

    It ends with each module: while Playwright is open its event loop counts as running, and no other test could run one.
    """
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail("No Chromium on this machine, which the browser tests need: apt-get install -y chromium", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, site: str, paced: PacedAssistant) -> Iterator[Callable[..., Page]]:
    """Opens the chat: `open_page(width, scheme, path="")`. What went wrong on any page is asserted at the end.

    `beside` opens another tab of the same browser, `at` another server. `open_page.wrong` is the list.
    """
    wrong: list[str] = []
    contexts = []

    def open_one(
        width: int = 1280, scheme: str = "light", path: str = "", height: int = 0, *, beside: Page | None = None, at: str = site
    ) -> Page:
        size = {"width": width, "height": height or (740 if width <= 640 else 820)}
        context = beside.context if beside else browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=at.rstrip("/"))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        own = (at, "data:", f"blob:{at}")
        page.on("request", lambda r: wrong.append(f"asked {r.url}") if not r.url.startswith(own) else None)
        page.on("response", lambda r: wrong.append(f"{r.status} for {r.url}") if r.status >= 400 else None)
        page.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: wrong.append(f"script: {e}"))
        page.on("dialog", lambda d: (wrong.append(f"dialog: {d.message}"), d.dismiss()))
        page.goto(at + path)
        page.locator("#cw-status .cw-status").wait_for()
        return page

    paced.pause_s = 0.0
    open_one.wrong = wrong
    yield open_one
    paced.pause_s = 0.0
    for context in contexts:
        context.close()
    assert not wrong, wrong


@pytest.fixture
def snap() -> Callable[[Page, str], None]:
    """Leaves a screenshot under build/screenshots for somebody to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def save(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return save
