"""Browsing the articles of an index: what a page of them holds, in which order, and after a rebuild."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from index import build
from index.errors import IndexCorrupt, IndexMissing
from index.generations import folder_of
from index.history import generations, rollback
from index.known_sources import known_sources
from index.listing import Listing, SortKey, Wanted
from index.overview import overview
from index.writer import writer

NOTES = [
    {"id": "a", "title": "Zebra crossing opens", "text": "A crossing opened on Mill Lane.", "date": "2025-03-01",
     "source": "Gazette"},
    {"id": "b", "title": "ärger am Hafen", "text": "Die Fähre blieb im Hafen.", "date": "2025-01-15", "source": "Ärzteblatt"},
    {"id": "c", "title": "", "text": "A note without a headline or a date.", "source": ""},
    {"id": "d", "title": "Alder planted", "text": "Forty alders were planted on Monday by the school.", "date": "2024-12-31",
     "source": "gazette"},
    {"id": "e", "title": "Bakery closes", "text": "The bakery on Mill Lane closes.", "date": "2025-03-02", "source": "Courier"},
]  # fmt: skip


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listing")
    (folder / "notes.jsonl").write_text("\n".join(json.dumps(note) for note in NOTES), encoding="utf-8")
    build([folder / "notes.jsonl"], folder / "data")
    return folder / "data"


def ids(index_dir: Path, wanted: Wanted, offset: int = 0, limit: int = 50) -> str:
    with closing(Listing(index_dir)) as listing:
        return "".join(row.id for row in listing.page(wanted, offset, limit).rows)


@pytest.mark.parametrize(
    ("sort", "descending", "expected"),
    [
        ("date", True, "eabdc"), ("date", False, "dbaec"),
        ("headline", False, "deabc"), ("headline", True, "baedc"),
        ("source", False, "eadbc"), ("source", True, "badec"),
    ],
)  # fmt: skip
def test_what_an_article_does_not_say_sorts_last_in_either_direction(
    index_dir: Path, sort: SortKey, descending: bool, expected: str
) -> None:
    assert ids(index_dir, Wanted(sort=sort, descending=descending)) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted("zebra"), "a"), (Wanted("ÄRGER hafen"), "b"), (Wanted("gazette"), "ad"), (Wanted("zebra bakery"), ""),
        (Wanted("%"), ""), (Wanted("'; DROP TABLE rows; --"), ""), (Wanted(sources=("GAZETTE",)), "ad"),
        (Wanted(sources=("ärzteblatt", "courier")), "eb"), (Wanted(sources=("",)), "c"),
        (Wanted(since=date(2025, 3, 1)), "ea"), (Wanted(until=date(2025, 1, 15)), "bd"),
        (Wanted(since=date(2025, 1, 15), until=date(2025, 3, 1)), "ab"), (Wanted(only_copies=True), ""),
    ],
)  # fmt: skip
def test_what_is_wanted_is_what_is_listed(index_dir: Path, wanted: Wanted, expected: str) -> None:
    assert ids(index_dir, wanted) == expected
    assert bool(wanted)


def test_pages_hold_every_article_once(index_dir: Path) -> None:
    assert "".join(ids(index_dir, Wanted(), offset, 2) for offset in range(0, 6, 2)) == "eabdc"
    assert ids(index_dir, Wanted(), 99, 2) == "" and ids(index_dir, Wanted(), -5, 1) == "e"
    with closing(Listing(index_dir)) as listing:
        assert listing.page(Wanted(), 0, 2).total == 5


def test_the_figures_of_the_whole(index_dir: Path) -> None:
    with closing(Listing(index_dir)) as listing:
        assert listing.months() == {(2024, 12): 1, (2025, 1): 1, (2025, 3): 2}
        assert listing.sources() == {"": 1, "Courier": 1, "Gazette": 1, "gazette": 1, "Ärzteblatt": 1}
        assert listing.of_origin("notes.jsonl") == list("abcde") and listing.of_origin("notes") == []
        row = listing.row("a")
        assert row and (row.title, row.published, row.chars, row.copies) == ("Zebra crossing opens", date(2025, 3, 1), 31, 0)
        assert listing.row("no") is None


def test_copies_are_counted(fixtures_index: Path) -> None:
    with closing(Listing(fixtures_index)) as listing:
        copies = listing.page(Wanted(only_copies=True)).rows
    assert {row.id for row in copies} >= {"harbor-strike-wire.md", "harbor-strike-wire-2.md"}
    assert all(row.copies for row in copies)


def test_a_listing_follows_a_rebuild(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "one.txt").write_text("One lamp\n\nThe lamp was lit on Monday.", encoding="utf-8")
    build([articles], tmp_path / "data")
    with closing(Listing(tmp_path / "data")) as listing:
        assert [row.id for row in listing.page().rows] == ["one.txt"]
        (articles / "two.txt").write_text("Two lamps\n\nA second lamp was lit on Tuesday.", encoding="utf-8")
        build([articles], tmp_path / "data")
        page = listing.page()
        assert ({row.id for row in page.rows}, page.generation) == ({"one.txt", "two.txt"}, "000002")
    assert known_sources(tmp_path / "data") == [articles]


def test_a_listing_is_not_deceived_by_a_rollback(tmp_path: Path) -> None:
    """A number that was used once is never used again: readers tell generations by it."""
    articles, index_dir = tmp_path / "articles", tmp_path / "data"
    articles.mkdir()
    with closing(Listing(index_dir)) as listing:
        for name in ("one", "two"):
            (articles / f"{name}.txt").write_text(f"The lamp {name} was lit on Monday.", encoding="utf-8")
            build([articles], index_dir)
        assert listing.page().total == 2
        assert rollback(index_dir) == "000001"
        (articles / "two.txt").unlink()
        assert build([articles], index_dir).generation == "000001", "nothing differs, but the later one is pruned"
        (articles / "three.txt").write_text("A third lamp was lit on Wednesday.", encoding="utf-8")
        assert build([articles], index_dir).generation == "000003"
        assert {row.id for row in listing.page().rows} == {"one.txt", "three.txt"}


def test_words_find_an_id_whatever_its_case(tmp_path: Path) -> None:
    (tmp_path / "Report-ÄRA.md").write_text("A lamp was lit on Monday.", encoding="utf-8")
    build([tmp_path / "Report-ÄRA.md"], tmp_path / "data")
    for words in ("Report", "report-ära.md", "REPORT-ÄRA"):
        assert ids(tmp_path / "data", Wanted(words)) == "Report-ÄRA.md", words


@pytest.mark.parametrize("damage", [b"no database at all " * 400, b"SQLite format 3\0" + bytes(5000)])
def test_articles_that_are_damaged_are_said_to_be(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "one.txt").write_text("One lamp\n\nThe lamp was lit on Monday.", encoding="utf-8")
    report = build([tmp_path / "one.txt"], tmp_path / "data")
    (folder_of(tmp_path / "data", report.generation) / "articles.sqlite").write_bytes(damage)
    with closing(Listing(tmp_path / "data")) as listing:
        with pytest.raises(IndexCorrupt, match="cannot be read .* Build the index again"):
            listing.page()
        with pytest.raises(IndexCorrupt, match="Build the index again"):
            overview(tmp_path / "data")
        assert build([tmp_path / "one.txt"], tmp_path / "data").articles == 1
        assert [row.id for row in listing.page().rows] == ["one.txt"], "it is open again once it is whole"


def test_where_there_is_no_index_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="no index"):
        Listing(tmp_path).page()
    assert known_sources(tmp_path) == []
    with writer(tmp_path), pytest.raises(IndexMissing, match="first build is under way"):
        overview(tmp_path)
    (tmp_path / "file").touch()
    for look in (overview, generations):
        with pytest.raises(IndexMissing, match="is a file; an index is a folder"):
            look(tmp_path / "file")
