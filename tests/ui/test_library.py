"""The library: its page, and what may be changed in it, over an index that is really rebuilt meanwhile."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from index import build
from index.known_sources import known_sources
from index.types import Failure
from ui.errors import ChangesRefused
from ui.library.health import Health, health
from ui.library.page import View, library_page
from ui.library.query import Query, query_of
from ui.library.timeline import bars, picture
from ui.library.uploads import Uploads

if TYPE_CHECKING:
    from starlette.testclient import TestClient

CHANGE = {"X-Citewire": "1"}
HOSTILE = "<img src=http://tracker.example/x onerror=alert(1)> \"' <script>alert(2)</script> \u202egnp"
FERRY = "Ferry line reopens\n\nThe Brannock ferry runs again from Friday, its owner Tilda Marsh said on Monday.\n"


class Parsed(HTMLParser):
    """The tags of a page, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def library(fixtures_index: Path) -> Iterator[TestClient]:
    """The application over the articles written for the tests; nothing may be changed."""
    from starlette.testclient import TestClient

    from assistant import Assistant
    from ui.app import create_app

    with (
        closing(Assistant(index_dir=fixtures_index, llm="none")) as assistant,
        TestClient(create_app(assistant), base_url="http://127.0.0.1") as client,
    ):
        yield client


class TestPage:
    def test_it_shows_every_article_and_how_the_library_is(self, library: TestClient) -> None:
        page = Parsed(library.get("/library").text)
        for said in ("10 articles", "Copies of another", "Without a date", "5 Nov 2024 – 2 Jun 2025", "The Mallory Courier"):
            assert said in page.text
        rows = [attrs for tag, attrs in page.tags if tag == "input" and attrs.get("type") == "checkbox"]
        assert len(rows) == 10 and all(attrs["aria-label"] for attrs in rows)
        assert not [tag for tag, _ in page.tags if tag == "progress"], "nothing may be changed here"

    def test_searching_sorting_and_narrowing_are_addresses(self, library: TestClient) -> None:
        def headlines(query: str) -> list[str]:
            page = Parsed(library.get(f"/library{query}").text)
            return [attrs["value"] or "" for tag, attrs in page.tags if tag == "input" and attrs.get("name") == "article"]

        assert headlines("?q=bridge+audit") == ["bridge-audit.md"]
        by_title = headlines("?sort=headline")
        assert headlines("?sort=headline&way=desc") != by_title and sorted(by_title) == sorted(headlines(""))
        assert set(headlines("?source=northern+wire&source=Health+Desk")) < set(by_title)
        assert set(headlines("?copies=1")) == {"harbor-strike-wire.md", "harbor-strike-wire-2.md"}
        assert headlines("?since=2025-05-01&until=2025-06-30") and headlines("?since=2030-01-01") == []
        assert headlines("?since=soon&sort=colour&way=up&page=x&source=") == headlines("")

    def test_asking_only_these_keeps_days_and_outlets_and_leaves_out_words(self, library: TestClient) -> None:
        page = Parsed(library.get("/library?q=bridge&since=2025-04-01&source=The+Evening+Ledger&source=Northern+Wire").text)
        (ask,) = [attrs["href"] for _, attrs in page.tags if attrs.get("id") == "ask"]
        said = parse_qs(urlsplit(ask or "").query)
        assert said == {"since": ["2025-04-01"], "source": ["The Evening Ledger", "Northern Wire"]}
        assert "Ask only these" in page.text and "not by the words" in page.text

    def test_nothing_of_an_article_is_markup(self, fixtures_index: Path, tmp_path: Path) -> None:
        from starlette.testclient import TestClient

        from assistant import Assistant
        from ui.app import create_app

        record = {"id": f"../{HOSTILE}", "title": HOSTILE, "text": FERRY, "source": HOSTILE, "date": "2025-01-05"}
        (tmp_path / "h.jsonl").write_text(json.dumps(record) + "\n{broken <b>", encoding="utf-8")
        build([tmp_path / "h.jsonl"], tmp_path / "data")
        with closing(Assistant(index_dir=tmp_path / "data", llm="none")) as assistant:
            client = TestClient(create_app(assistant), base_url="http://127.0.0.1")
            page = Parsed(client.get("/library", params={"q": HOSTILE[:10], "source": HOSTILE}).text)
            page_of_all = Parsed(client.get("/library").text)
        for parsed in (page, page_of_all):
            tags = {tag for tag, _ in parsed.tags}
            assert "img" not in tags and sum(tag == "script" for tag, _ in parsed.tags) == 1
            assert not [name for _, attrs in parsed.tags for name in attrs if name.startswith("on")]
        assert HOSTILE[:50] in page_of_all.text and "h.jsonl:2" in page_of_all.text
        boxes = [attrs for _, attrs in page_of_all.tags if attrs.get("name") == "article"]
        assert boxes[0]["value"] == f"../{HOSTILE}", "the id comes back as it is"

    def test_what_could_not_be_read_is_listed_with_its_reason(self) -> None:
        failed = [Failure("old/<b>.doc", "is not in a format that Citewire reads: save it as .docx")]
        page = library_page(_view(health=Health([], ["The last build published nothing: the disk is full"], failed)))
        assert "1 file could not be read" in page and "old/&lt;b&gt;.doc" in page and "the disk is full" in page

    def test_what_a_build_kept_unread_is_told(self, tmp_path: Path) -> None:
        notes = [json.dumps({"id": f"r{i}", "title": f"Note {i}", "text": f"Note {i}. {FERRY}"}) for i in range(3)]
        for lines in (notes, [notes[0], "{broken"]):
            (tmp_path / "notes.jsonl").write_text("\n".join(lines), encoding="utf-8")
            build([tmp_path / "notes.jsonl"], tmp_path / "data")
        problems = health(tmp_path / "data").problems
        assert problems[0] == "1 record could not be read; see below."
        assert problems[1].startswith("Kept 2 articles of notes.jsonl, because one of its records cannot be read: r1, r2")

    def test_a_library_that_cannot_be_opened_says_so(self, tmp_path: Path, fixtures_index: Path) -> None:
        from starlette.testclient import TestClient

        from assistant import Assistant
        from ui.app import create_app

        shutil.copytree(fixtures_index, tmp_path / "data")
        with closing(Assistant(index_dir=tmp_path / "data", llm="none")) as assistant:
            (tmp_path / "data" / "CURRENT").unlink()
            page = TestClient(create_app(assistant), base_url="http://127.0.0.1").get("/library")
        assert page.status_code == 200 and "There is no index" in page.text


def _view(**changed: Any) -> View:
    from index.listing import Page

    view = View("Citewire", Query(), Page([], 0, "000001"), Health([], [], []), {}, {}, lambda row: False)
    return replace(view, **changed)


class TestTimeline:
    def test_every_article_is_in_one_bar_and_every_bar_has_its_days(self) -> None:
        months = {(2007, 11): 2, (2012, 2): 1, (2025, 12): 40}
        drawn = bars(months)
        assert sum(bar.articles for bar in drawn) == 43 and len(drawn) <= 48
        for before, after in zip(drawn, drawn[1:], strict=False):
            assert before.since <= before.until < after.since

    def test_months_of_one_year_are_named(self) -> None:
        drawn = bars({(2024, 11): 1, (2025, 2): 3})
        assert [(b.label, b.articles) for b in drawn] == [("Nov 2024", 1), ("Dec 2024", 0), ("Jan 2025", 0), ("Feb 2025", 3)]
        assert (drawn[-1].since, drawn[-1].until) == ("2025-02-01", "2025-02-28")
        assert bars({(2024, 2): 1})[0].until == "2024-02-29"

    def test_the_picture_says_in_words_what_it_draws(self) -> None:
        drawn = picture(bars({(2024, 11): 1, (2025, 2): 3}), "library?since={since}&until={until}")
        assert 'aria-label="Feb 2025: 3 articles"' in drawn and "<caption" not in drawn and "<td>3</td>" in drawn
        assert "library?since=2025-02-01&amp;until=2025-02-28" in drawn
        assert "No article has a date" in picture([], "")


class TestQuery:
    def test_an_address_says_what_it_was_made_of(self) -> None:
        query = query_of("peace talks", ["A&B", "C"], "2025-01-01", "2025-02-01", "source", "asc", "1", 3)
        said = parse_qs(urlsplit(query.href(page=3)).query)
        again = query_of(
            said["q"][0], said["source"], said["since"][0], said["until"][0], said["sort"][0], said["way"][0], "1", 3
        )
        assert again == query
        assert query_of().href() == "library" and query_of().ask_href() == "./"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one article, and the index over it. Only to be copied."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "articles").mkdir()
    bakery = "Bakery closes\n\nThe bakery on Mill Lane closes in June, its owners said.\n"
    (folder / "articles" / "bakery.txt").write_text(bakery, encoding="utf-8")
    build([folder / "articles"], folder / "data")
    return folder


@pytest.fixture
def open_library(built: Path, tmp_path: Path) -> Iterator[tuple[TestClient, Path]]:
    """An application that allows changes, and its folder of articles."""
    from starlette.testclient import TestClient

    from assistant import Assistant
    from ui.app import Options, create_app
    from ui.library.changes import Changes

    folder = shutil.copytree(built, tmp_path / "library")
    articles, data = folder / "articles", folder / "data"
    with closing(Assistant(index_dir=data, llm="none")) as assistant:
        app = create_app(assistant, options=Options(changes=Changes(data, [articles], max_file_mb=1)))
        with TestClient(app, base_url="http://127.0.0.1", headers=CHANGE) as client:
            yield client, articles


def rebuilt(client: TestClient) -> dict[str, Any]:
    """Rebuild, and wait for the end."""
    assert client.post("/api/library/rebuild").status_code == 202
    while (job := client.get("/api/library/job").json())["running"]:
        time.sleep(0.1)
    return job


def upload(client: TestClient, name: str, content: bytes, **options: Any) -> Any:
    return client.put("/api/library/files", params={"name": name}, content=content, **options)


class TestChanges:
    @pytest.mark.slow
    def test_an_article_is_added_asked_and_deleted_while_the_chat_goes_on(self, open_library: tuple[TestClient, Path]) -> None:
        client, articles = open_library
        question = {"question": "Who owns the Brannock ferry that runs again from Friday?"}
        assert client.post("/api/answer", json=question).json()["abstained"]
        added = upload(client, "../ferry.txt", FERRY.encode())
        assert added.status_code == 201 and added.json() == {"name": "ferry.txt", "articles": 1, "failed": [], "known": False}
        job = rebuilt(client)
        assert job["report"]["added"] == ["uploaded/ferry.txt"] and not job["error"]
        answer = client.post("/api/answer", json=question).json()
        assert "Tilda Marsh" in answer["text"] and answer["citations"][0]["article_id"] == "uploaded/ferry.txt"
        page = client.get("/library").text
        assert 'data-id="uploaded/ferry.txt"' in page and 'data-id="bakery.txt"' not in page
        deleted = client.delete("/api/library/articles", params={"id": "uploaded/ferry.txt"})
        assert deleted.json() == {"file": "ferry.txt", "articles": ["uploaded/ferry.txt"]}
        assert rebuilt(client)["report"]["removed"] == ["uploaded/ferry.txt"]
        assert client.post("/api/answer", json=question).json()["abstained"]
        assert client.get("/api/articles/uploaded/ferry.txt").status_code == 404
        assert (articles / "bakery.txt").exists()

    def test_a_file_of_the_users_own_folder_is_never_deleted(self, open_library: tuple[TestClient, Path]) -> None:
        client, articles = open_library
        refused = client.delete("/api/library/articles", params={"id": "bakery.txt"})
        assert (
            refused.status_code == 409 and "bakery.txt in a folder of yours, which Citewire only reads" in refused.json()["error"]
        )
        assert (articles / "bakery.txt").exists()
        assert client.delete("/api/library/articles", params={"id": "../../etc/passwd"}).status_code == 404

    @pytest.mark.slow
    def test_a_file_with_several_articles_goes_only_as_a_whole_and_knowingly(self, open_library: tuple[TestClient, Path]) -> None:
        client, _ = open_library
        notes = [{"id": f"n{i}", "title": f"Note {i}", "text": f"The ferry {i} sailed on Monday."} for i in range(3)]
        upload(client, "notes.jsonl", "\n".join(map(json.dumps, notes)).encode())
        rebuilt(client)
        asked = client.delete("/api/library/articles", params={"id": "n1"})
        assert asked.status_code == 428 and "holds 3 articles: all of them would go" in asked.json()["error"]
        gone = client.delete("/api/library/articles", params={"id": "n1", "all_of_file": True})
        assert gone.json()["articles"] == ["n0", "n1", "n2"]
        assert rebuilt(client)["report"]["removed"] == ["n0", "n1", "n2"]

    def test_a_change_without_our_header_is_refused(self, open_library: tuple[TestClient, Path]) -> None:
        client, _ = open_library
        client.headers.pop("X-Citewire")
        for response in (
            upload(client, "ferry.txt", FERRY.encode()),
            client.delete("/api/library/articles", params={"id": "bakery.txt"}),
            client.post("/api/library/rebuild"),
        ):
            assert response.status_code == 403 and "X-Citewire" in response.json()["error"]
        foreign = {**CHANGE, "origin": "http://evil.example"}
        assert upload(client, "ferry.txt", FERRY.encode(), headers=foreign).status_code == 403
        assert (
            client.options("/api/library/files", headers={**foreign, "access-control-request-method": "PUT"}).status_code == 403
        )

    def test_what_is_too_large_or_no_article_is_refused_and_leaves_nothing(self, open_library: tuple[TestClient, Path]) -> None:
        client, articles = open_library

        def chunks() -> Iterator[bytes]:  # without a length, so that it is counted as it comes
            for _ in range(12):
                yield b"x" * 100_000

        assert upload(client, "long.txt", b"x" * 1_000_001).status_code == 413
        assert client.put("/api/library/files", params={"name": "long.txt"}, content=chunks()).status_code == 413
        assert upload(client, "photo.png", b"\x89PNG").status_code == 415
        picture_as_text = upload(client, "photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
        assert picture_as_text.status_code == 422 and picture_as_text.json()["error"].startswith("photo.txt")
        left = [path for path in Uploads(articles.parent / "data").source.rglob("*") if path.is_file()]
        assert left == []

    @pytest.mark.slow
    def test_uploaded_html_is_read_as_text_and_never_served(self, open_library: tuple[TestClient, Path]) -> None:
        client, _ = open_library
        says = (
            "The Brannock ferry runs again from Friday.",
            "Its owner spoke in the harbour on Monday.",
            "Tickets cost the same.",
        )
        body = "".join(f"<p>{sentence} Nobody on the island had expected it before the summer season.</p>" for sentence in says)
        page = f"<html><head><title>Ferry</title></head><body><article><script>alert(1)</script>{body}</article></body></html>"
        assert upload(client, "ferry.html", page.encode()).status_code == 201
        rebuilt(client)
        shown = client.get("/read", params={"id": "uploaded/ferry.html"})
        assert "alert(1)" not in shown.text and "Brannock ferry" in shown.text
        for path in ("/uploads/uploaded/ferry.html", "/uploaded/ferry.html", "/api/library/files?name=ferry.html",
                     "/gradio_api/file=data/uploads/uploaded/ferry.html"):  # fmt: skip
            assert client.get(path).status_code == 404, path

    @pytest.mark.slow
    def test_a_rebuild_that_fails_says_why_and_the_index_stays(self, open_library: tuple[TestClient, Path]) -> None:
        client, articles = open_library
        (articles / "bakery.txt").unlink()
        articles.rmdir()
        job = rebuilt(client)
        assert "does not exist" in job["error"] and job["report"] is None
        assert client.get("/api/status").json()["articles"] == 1

    @pytest.mark.slow
    def test_the_last_articles_stay(self, open_library: tuple[TestClient, Path]) -> None:
        client, articles = open_library
        upload(client, "ferry.txt", FERRY.encode())
        (articles / "bakery.txt").unlink()
        assert rebuilt(client)["report"]["removed"] == ["bakery.txt"]
        refused = client.delete("/api/library/articles", params={"id": "uploaded/ferry.txt"})
        assert refused.status_code == 409 and "cannot be empty" in refused.json()["error"]
        assert [path.name for path in known_sources(articles.parent / "data")] == ["articles", "uploads"]

    def test_articles_that_are_damaged_are_a_problem_and_no_failure_of_the_page(
        self, open_library: tuple[TestClient, Path]
    ) -> None:
        client, articles = open_library
        for path in (articles.parent / "data" / "generations").glob("*/articles.sqlite"):
            path.write_bytes(b"no database at all " * 400)
        page = client.get("/library")
        assert page.status_code == 200 and "cannot be read" in Parsed(page.text).text
        refused = client.get("/api/articles")
        assert refused.status_code == 503 and "Build the index again" in refused.json()["error"]

    def test_without_permission_there_is_nothing_to_call(self, library: TestClient) -> None:
        for method, path in (
            ("PUT", "/api/library/files?name=a.txt"),
            ("POST", "/api/library/rebuild"),
            ("GET", "/api/library/job"),
        ):
            assert library.request(method, path, headers=CHANGE).status_code == 404


def test_a_library_of_unknown_origin_is_not_rebuilt(tmp_path: Path) -> None:
    from ui.library.changes import Changes

    changes = Changes(tmp_path)
    with pytest.raises(ChangesRefused, match="not known which folders"):
        changes.rebuild()
    assert Changes(tmp_path, [tmp_path / "articles"]).sources() == [tmp_path / "articles"]
