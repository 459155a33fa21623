"""The library page and the login as people meet them: finding, reading, adding, deleting, in a browser on a real index.

A page is left only when its answer has ended: Gradio's own client logs an error about a stream that is cut off.
"""

from __future__ import annotations

import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.walking import BRIDGE, Snap, asked_and_answered

if TYPE_CHECKING:
    from ui.app import Options

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
SIZES = pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark"), (320, "light"), (1920, "dark")]
)
HOSTILE = "<img src=http://tracker.example/t.png onerror=alert(1)> **Lamp** <script>alert(2)</script> \u202egnp\u202c"
FERRY = "Ferry line to Skerryholm reopens\n\nThe Skerryholm ferry runs again from Friday, its owner Tilda Marsh said on Monday.\n"
QUESTION = "Who owns the Skerryholm ferry that runs again from Friday?"
OUTLETS = ("The Mallory Courier", "Northern Wire", "The Evening Ledger", "")


@dataclass
class Site:
    """A running application."""

    address: str
    articles: Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles of the tests, a hostile one, one that cannot be read, and 120 notes from eleven years."""
    articles = shutil.copytree(ROOT / "tests" / "fixtures" / "articles", tmp_path_factory.mktemp("newsroom") / "articles")
    hostile = {
        "id": f"../{HOSTILE}",
        "title": HOSTILE,
        "text": "The lamp was lit on Monday.",
        "date": "2025-01-05",
        "source": HOSTILE,
    }
    (articles / "hostile.jsonl").write_text(json.dumps(hostile) + "\n{broken <b>record</b>\n", encoding="utf-8")
    notes = [
        {"id": f"council-{i}", "title": f"Council note {i} on the harbour budget",
         "text": f"The council met on day {i} about its budget.",
         "date": f"{2015 + i % 11}-{i % 12 + 1:02}-1{i % 9}", "source": OUTLETS[i % 4]}
        for i in range(120)
    ]  # fmt: skip
    (articles / "notes.jsonl").write_text("\n".join(map(json.dumps, notes)), encoding="utf-8")
    return articles


@pytest.fixture(scope="module")
def serve(folder: Path) -> Iterator[Callable[[Callable[[Path], Options]], Site]]:
    """Serves an application of its own over a fresh index. :param: makes the options from the folder of the index."""
    import uvicorn

    from assistant import Assistant
    from index import build
    from ui.app import create_app
    from ui.serving import address, listen

    running: list[tuple[uvicorn.Server, threading.Thread, Any]] = []
    build([folder], folder.parent / "data")

    def start(options: Callable[[Path], Options]) -> Site:
        assistant = Assistant(index_dir=folder.parent / "data", llm="none")
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(
            uvicorn.Config(create_app(assistant, options=options(folder.parent / "data")), log_level="warning")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.05)
        running.append((server, thread, assistant))
        return Site(address(listener), folder)

    yield start
    for server, thread, assistant in running:
        server.should_exit = True
        thread.join(10)
        assistant.close()


@pytest.fixture(scope="module")
def open_site(serve: Any) -> Site:
    """Where everything may be changed."""
    from ui.app import Options
    from ui.library.changes import Changes

    return serve(lambda data: Options(changes=Changes(data, max_file_mb=1), questions_per_minute=0))


@pytest.fixture(scope="module")
def closed_site(serve: Any, folder: Path) -> Site:
    """Where one has to log in."""
    from ui.app import Options
    from ui.auth.users import Users, add_user

    file = folder.parent / "users.txt"
    for name in ("dana", "mo"):
        add_user(file, name, f"{name} has a long word")
    return serve(lambda _: Options(users=Users(file)))


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own. What was asked of others, failed or logged is asserted at the end.

    :param expected: statuses that are part of the test, such as 401 for a wrong password.
    """
    wrong: list[str] = []
    contexts = []

    def open_one(site: Site, path: str = "", width: int = 1280, scheme: str = "light", expected: tuple[int, ...] = ()) -> Page:
        viewport = {"width": width, "height": 740 if width <= 640 else 860}
        context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        own = (site.address, "data:", "blob:")
        page.on("request", lambda r: wrong.append(f"asked {r.url}") if not r.url.startswith(own) else None)
        page.on(
            "response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 and r.status not in expected else None
        )
        page.on("console", lambda m: _note(wrong, m.text, expected) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: wrong.append(f"script: {e}"))
        page.goto(site.address + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not wrong, wrong


def _note(wrong: list[str], text: str, expected: tuple[int, ...]) -> None:
    if not any(f"status of {status}" in text for status in expected):
        wrong.append(f"console: {text}")


def sound(page: Page) -> None:
    """Nothing serious for axe-core, enough contrast, and nothing beside the screen."""
    found = Axe().run(page).response
    assert len(found["passes"]) > 5, "axe-core did not look at the page"
    grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert not grave, [f"{v['id']}: {node['html'][:200]}" for v in grave for node in v["nodes"]]
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@SIZES
def test_the_library_at_every_size(visit: Any, open_site: Site, snap: Snap, width: int, scheme: str) -> None:
    page = visit(open_site, "library", width, scheme)
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    expect(page.locator("#found-line")).to_have_text(re.compile(r"13\d articles"))
    sound(page)
    snap(page, f"library-{width}-{scheme}-1")
    page.locator("#articles").scroll_into_view_if_needed()
    page.locator("input[name=article]").nth(1).check()
    page.evaluate("document.querySelector('#articles').scrollIntoView()")
    snap(page, f"library-{width}-{scheme}-2-articles")
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.locator(".cw-failed-files")).to_contain_text("hostile.jsonl:2")
    sound(page)
    page.evaluate("scrollTo(0, 0)")
    snap(page, f"library-{width}-{scheme}-3-opened")


def test_finding_sorting_and_asking_only_these(visit: Any, open_site: Site) -> None:
    page = visit(open_site)
    expect(page.get_by_role("link", name="Library")).to_have_attribute("href", "library")
    page.goto(open_site.address + "library")
    expect(page).to_have_title("Library · Citewire")
    page.get_by_label("Search").fill("silver bridge")
    expect(page.locator("#found-line")).to_have_text(re.compile(r"^\d articles? like that"))
    assert "q=silver+bridge" in page.url
    page.get_by_label("Choose Correction: Silver Bridge opening date").check()
    expect(page.locator("#ask")).to_have_text("Ask only this one")
    expect(page.locator("#ask")).to_have_attribute("href", "./?article=bridge-correction.md")
    page.get_by_label("Choose Council puts cost of Silver Bridge at $84 million").check()
    expect(page.locator("#ask")).to_have_text("Ask only these 2")
    page.locator("#ask").click()
    page.wait_for_url(re.compile(r"/\?article=[^&]+&article=[^&]+$"))
    expect(page.locator("#cw-scope-bar .cw-chip")).to_have_text(["2 chosen articles"])
    answer = asked_and_answered(page, BRIDGE)
    expect(answer.locator(".cw-text")).to_contain_text("$84 million")
    expect(answer.locator(".cw-text")).not_to_contain_text("$112 million")
    page.goto(open_site.address + "library?since=2025-04-01&until=2025-04-30&q=bridge")
    link = page.locator("#ask")
    whole = link.get_attribute("href")
    page.get_by_label("Choose Correction: Silver Bridge opening date").check()
    expect(link).to_have_text("Ask only this one")
    expect(page.locator("#ask-note")).to_be_hidden()
    page.get_by_label("Choose Correction: Silver Bridge opening date").uncheck()
    expect(link).to_have_text("Ask only these")
    assert link.get_attribute("href") == whole == "./?since=2025-04-01&until=2025-04-30"
    expect(page.locator("#ask-note")).to_be_visible()
    page.goto(open_site.address + "library")
    page.locator("th.cw-headline a").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Headline")
    titles = page.locator("td .cw-headline").all_text_contents()
    assert titles == sorted(titles, key=str.casefold) and len(titles) == 50
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="2", exact=True).click()
    expect(page.locator("[aria-current=page]")).to_have_text("2")
    assert not set(page.locator("td .cw-headline").all_text_contents()) & set(titles) - {"Council note 0 on the harbour budget"}
    page.locator(".cw-timeline svg a").last.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("since="))
    page.locator("#ask").click()
    page.wait_for_url(re.compile(r"/\?since=\d{4}"))
    expect(page.locator("#cw-scope-bar .cw-chip").first).to_be_visible()


def test_an_article_is_read_and_one_comes_back(visit: Any, open_site: Site) -> None:
    page = visit(open_site, "library?q=silver")
    title = page.locator("td .cw-headline").first.text_content()
    page.locator("td.cw-headline-cell a").first.click()
    expect(page.locator("h1")).to_have_text(title or "")
    page.go_back()
    expect(page.locator("#found-line")).to_be_visible()


def test_hostile_words_are_words(visit: Any, open_site: Site, snap: Snap) -> None:
    page = visit(open_site, "library?q=onerror")
    expect(page.locator("td .cw-headline")).to_have_text(HOSTILE)
    assert page.evaluate("document.images.length") == 0 and page.evaluate("document.scripts.length") == 1
    page.locator("input[name=article]").check()
    snap(page, "library-hostile")
    page.locator("td.cw-source-cell a").click()
    expect(page.locator("#found-line")).to_have_text("1 article like that")
    expect(page.get_by_label("Outlet", exact=True)).to_have_value(HOSTILE)


def test_an_article_is_added_asked_about_and_deleted(visit: Any, open_site: Site, snap: Snap, tmp_path: Path) -> None:
    page = visit(open_site, "library", expected=(413, 415, 422))
    (tmp_path / "a <b>&'ferry'.txt").write_text(FERRY, encoding="utf-8")
    (tmp_path / "photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "long.txt").write_bytes(b"x" * 1_100_000)
    page.locator("#files").set_input_files(sorted(tmp_path.iterdir()))
    lines = page.locator("#uploads li")
    expect(lines).to_have_count(4)
    expect(lines.filter(has_text="ferry")).to_contain_text("1 article, kept as a _b_&'ferry'.txt")
    expect(page.locator("#uploads .cw-wrong")).to_have_count(3)
    expect(lines.filter(has_text="long.txt")).to_contain_text("more than 1 MB")
    expect(lines.filter(has_text="film.mp4")).to_contain_text("not in a format that Citewire reads")
    snap(page, "library-upload-1-building")
    expect(page.locator("#job")).to_have_text("Done: 1 added, 1 not readable.", timeout=120_000)
    snap(page, "library-upload-2-done")
    sound(page)
    page.locator("a[href='./']").first.click()
    answer = asked_and_answered(page, QUESTION)
    expect(answer.locator(".cw-text")).to_contain_text("Tilda Marsh")
    page.goto(open_site.address + "library?q=skerryholm+ferry")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("^Delete")).click()
    expect(page.locator("#job")).to_have_text("Done: 1 removed, 1 not readable.", timeout=120_000)
    expect(page.locator("#found")).to_contain_text("No article is like that")
    page.goto(open_site.address)
    answer = asked_and_answered(page, QUESTION)
    expect(answer).to_contain_text("The articles do not say")


def test_files_are_dropped(visit: Any, open_site: Site) -> None:
    page = visit(open_site, "library", expected=(415,))
    transfer = page.evaluate_handle(
        "() => { const data = new DataTransfer(); for (const name of ['a.exe', 'b.exe']) data.items.add(new File(['x'], name));"
        " return data; }"
    )
    page.locator("#drop").dispatch_event("dragenter", {"dataTransfer": transfer})
    expect(page.locator("#drop")).to_have_class(re.compile("cw-over"))
    page.locator("#drop").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.locator("#uploads .cw-wrong")).to_have_count(2)
    expect(page.locator("#drop")).not_to_have_class(re.compile("cw-over"))


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (375, "dark")])
def test_logging_in_asking_and_out(visit: Any, closed_site: Site, snap: Snap, width: int, scheme: str) -> None:
    page = visit(closed_site, "library?q=bridge", width, scheme, expected=(401,))
    expect(page.get_by_role("heading", name="Citewire")).to_be_visible()
    sound(page)
    snap(page, f"login-{width}-{scheme}-1")
    page.get_by_label("Name").fill("dana")
    page.get_by_label("Password").fill("a guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Name and password do not fit.")
    sound(page)
    snap(page, f"login-{width}-{scheme}-2-wrong")
    page.get_by_label("Password").fill("dana has a long word")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(re.compile(r"/library\?q=bridge$"))
    expect(page.locator("header")).to_contain_text("dana")
    snap(page, f"login-{width}-{scheme}-3-library")
    page.goto(closed_site.address)
    answer = asked_and_answered(page, BRIDGE)
    expect(answer.locator(".cw-text")).to_contain_text("million")
    page.goto(closed_site.address + "library")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(re.compile("/login$"))
    page.goto(closed_site.address)
    page.wait_for_url(re.compile("/login"))


def test_the_description_of_the_interface(visit: Any, open_site: Site, snap: Snap) -> None:
    for width, scheme in ((1280, "light"), (375, "dark")):
        page = visit(open_site, "api/docs", width, scheme)
        expect(page.get_by_role("heading", name="Citewire API")).to_be_visible()
        sound(page)
        snap(page, f"api-docs-{width}-{scheme}")


def test_without_a_script_the_library_still_finds_and_sorts(browser: Browser, open_site: Site) -> None:
    with closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto(f"{open_site.address}library")
        page.get_by_label("Search").fill("silver bridge")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("#found-line")).to_have_text(re.compile("like that"))
        page.locator("th.cw-date a").click()
        page.wait_for_url(re.compile(r"q=silver\+bridge.*way=asc"))
        expect(page.locator("input[name=article]").first).to_be_visible()
