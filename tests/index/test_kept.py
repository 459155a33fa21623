"""What cannot be read this time: its articles stay, are named with the reason, and are found under the file they are in now."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from index import build, open_index
from index.errors import IndexCorrupt, SourceError
from index.kept import Origins
from index.last_build import last_build
from index.listing import Listing
from index.types import Kept, Progress
from tests.index.conftest import HashEncoder

NAMES = ("ferry", "lamp", "mill")


def write_records(path: Path, names: Iterable[str], *more: str) -> None:
    records = (json.dumps({"id": name, "text": f"The {name} was shown on Monday."}) for name in names)
    path.write_text("\n".join([*records, *more]), encoding="utf-8")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    write_records(tmp_path / "articles" / "a.jsonl", NAMES)
    (tmp_path / "articles" / "note.txt").write_text("The harbour was closed on Friday.", encoding="utf-8")
    return tmp_path / "articles"


def test_a_renamed_file_that_cannot_be_read_keeps_its_articles(sources: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    index_dir, renamed = tmp_path / "index", sources / "b.jsonl"
    build([sources], index_dir, encoder=encoder)
    (sources / "a.jsonl").rename(renamed)
    moved = build([sources], index_dir, encoder=encoder)
    assert (moved.added, moved.changed, moved.removed, moved.embedded) == ([], [], [], 0)
    with closing(Listing(index_dir)) as listing:
        assert (listing.of_origin("a.jsonl"), listing.of_origin("b.jsonl")) == ([], list(NAMES))
    assert build([sources], index_dir, encoder=encoder).generation == moved.generation
    renamed.write_bytes(bytes(5000))
    report = build([sources], index_dir, encoder=encoder)
    assert (report.removed, report.kept) == ([], [Kept("b.jsonl", "it cannot be read", list(NAMES))])


def test_what_is_kept_is_named_with_its_file_and_why(sources: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    index_dir = tmp_path / "index"
    build([sources], index_dir, encoder=encoder)
    write_records(sources / "a.jsonl", ["mill"], "{bad")
    (sources / "note.txt").write_bytes(b"\x00\x01\x02" * 2000)
    kept = [
        Kept("a.jsonl", "one of its records cannot be read", ["ferry", "lamp"]),
        Kept("note.txt", "it cannot be read", ["note.txt"]),
    ]
    for dry_run in (True, False):
        report = build([sources], index_dir, encoder=encoder, dry_run=dry_run)
        assert (report.kept, report.removed, report.articles) == (kept, [], 4)
    found = last_build(index_dir)
    assert found and found.kept == kept
    assert open_index(index_dir, encoder).article("ferry").text
    write_records(sources / "a.jsonl", ["mill"])
    (sources / "note.txt").unlink()
    report = build([sources], index_dir, encoder=encoder)
    assert (report.kept, report.removed) == ([], ["ferry", "lamp", "note.txt"])


def test_reading_one_large_file_tells_its_articles(tmp_path: Path, encoder: HashEncoder) -> None:
    write_records(tmp_path / "all.jsonl", [f"n{i}" for i in range(70)])
    told: list[Progress] = []
    build([tmp_path / "all.jsonl"], tmp_path / "index", encoder=encoder, on_progress=told.append)
    reading = [(step.done, step.total, step.articles) for step in told if step.stage == "reading"]
    assert reading == [(0, 1, 0), (0, 1, 20), (0, 1, 40), (0, 1, 60), (1, 1, 70)]


def test_a_source_that_cannot_be_listed_loses_nothing(
    sources: Path, tmp_path: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, scandir = tmp_path / "other", os.scandir
    other.mkdir()
    (other / "mole.txt").write_text("The mole was repaired.", encoding="utf-8")
    build([sources, other], tmp_path / "index", encoder=encoder)

    def refusing(path: Path) -> object:
        if Path(path) == sources:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)  # root may read what others may not
    with pytest.raises(SourceError, match=r"articles cannot be listed .Permission denied.: allow"):
        build([sources, other], tmp_path / "index", encoder=encoder)
    assert open_index(tmp_path / "index", encoder).article("ferry").text


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE articles SET text = replace(text, 'Monday', 'Sunday') WHERE id = 'lamp'",
        "DELETE FROM passages WHERE article_id = 'lamp'",
    ],
)
def test_what_was_damaged_in_the_catalog_is_read_again(harm: str, sources: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    index_dir = tmp_path / "index"
    build([sources], index_dir, encoder=encoder)
    with closing(sqlite3.connect(index_dir / "catalog.sqlite")) as db, db:
        db.execute(harm)
    whole = (sources / "a.jsonl").read_bytes()
    (sources / "a.jsonl").write_bytes(bytes(5000))
    with pytest.raises(IndexCorrupt, match="lamp is damaged in the catalog"):
        build([sources], index_dir, encoder=encoder)
    (sources / "a.jsonl").write_bytes(whole)
    (sources / "new.txt").write_text("The quay was swept.", encoding="utf-8")
    report = build([sources], index_dir, encoder=encoder)
    assert (report.added, report.changed, report.passages) == (["new.txt"], [], 5)
    assert "Monday" in open_index(index_dir, encoder).article("lamp").text


def test_what_came_from_a_file_or_from_inside_it_is_found() -> None:
    names = ["a", "a.b", "a/b", "a0", "a/b/c", "a-", "a\x01", "b/a", "é/a"]
    known = {f"{name} {i}": (f"digest {i}", "recipe", name) for i, name in enumerate(names * 2)}
    for path in (*names, "a/b/c/d", "é", "b"):
        of_path = {i: digest for i, (digest, _, origin) in known.items() if origin == path or origin.startswith(f"{path}/")}
        assert Origins(known).under(path) == Origins(known).of_failure(f"{path}:12") == of_path
