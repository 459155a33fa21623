"""Files of one relative path in several source folders: each is in the index, under an id that later builds do not change."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from index import build, open_index
from index.catalog import Catalog
from tests.index.conftest import HashEncoder


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.txt").write_text(f"The ferry of harbour {name} came home.", encoding="utf-8")
    return tmp_path / "a", tmp_path / "b"


def texts(index_dir: Path) -> dict[str, str]:
    catalog = Catalog(index_dir / "catalog.sqlite", read_only=True)
    try:
        return {row[0]: row[1] for _, row, _ in catalog.articles()}  # type: ignore[misc]
    finally:
        catalog.close()


BOTH = {"report.txt": "The ferry of harbour a came home.", "b/report.txt": "The ferry of harbour b came home."}


def test_both_are_found_and_keep_their_ids(folders: tuple[Path, Path], tmp_path: Path, encoder: HashEncoder) -> None:
    a, b = folders
    report = build([a, b], tmp_path / "index", encoder=encoder)
    assert (report.added, report.failed) == (["b/report.txt", "report.txt"], [])
    assert {hit.article_id for hit in open_index(tmp_path / "index", encoder).search("ferry harbour")} == set(BOTH)
    embedded = encoder.embedded
    again = build([b, a], tmp_path / "index", encoder=encoder)  # the order of the first build goes on
    assert (again.unchanged, encoder.embedded, texts(tmp_path / "index")) == (["b/report.txt", "report.txt"], embedded, BOTH)


def test_an_index_of_one_folder_renames_nothing_when_another_comes(
    folders: tuple[Path, Path], tmp_path: Path, encoder: HashEncoder
) -> None:
    a, b = folders
    build([a], tmp_path / "index", encoder=encoder)
    report = build([b, a], tmp_path / "index", encoder=encoder)
    assert (report.added, report.unchanged, report.changed) == (["b/report.txt"], ["report.txt"], [])
    assert texts(tmp_path / "index") == BOTH


@pytest.mark.parametrize("broken", ["a", "b"])
def test_one_that_cannot_be_read_gives_its_id_to_no_other(
    broken: str, folders: tuple[Path, Path], tmp_path: Path, encoder: HashEncoder
) -> None:
    build(folders, tmp_path / "index", encoder=encoder)
    (tmp_path / broken / "report.txt").write_bytes(b"%PDF-1.7 damaged")
    report = build(folders, tmp_path / "index", encoder=encoder)
    assert [failure.path for failure in report.failed] == ["report.txt"]
    assert (report.unchanged, texts(tmp_path / "index")) == (["b/report.txt", "report.txt"], BOTH)


def test_records_of_a_file_that_cannot_be_read_keep_their_ids(tmp_path: Path, encoder: HashEncoder) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "17", "text": "The ferry sailed."}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text('{"id": "17", "text": "The mill burned."}\n', encoding="utf-8")
    sources = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    build(sources, tmp_path / "index", encoder=encoder)
    before = texts(tmp_path / "index")
    (tmp_path / "a.jsonl").write_bytes(b"\0\0\0\0")
    build(sources, tmp_path / "index", encoder=encoder)
    assert texts(tmp_path / "index") == before == {"17": "The ferry sailed.", "b.jsonl/17": "The mill burned."}


def test_folders_of_one_name_are_told_by_what_holds_them(tmp_path: Path, encoder: HashEncoder) -> None:
    sources = [tmp_path / year / "news" for year in ("2023", "2024", "2025")]
    for folder in sources:
        folder.mkdir(parents=True)
        (folder / "report.txt").write_text(f"The ferry of {folder.parent.name} came home.", encoding="utf-8")
        (folder / "same.txt").write_text("The mill burned on Tuesday.", encoding="utf-8")
    report = build(sources, tmp_path / "index", encoder=encoder)
    assert report.added == ["2025/news/report.txt", "news/report.txt", "report.txt", "same.txt"]
    assert report.failed == []  # what says the same under the same name is one article


def test_files_in_archives_are_told_by_their_archive(tmp_path: Path, encoder: HashEncoder) -> None:
    for name in ("old", "new"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr("2024/a.txt", f"The {name} ferry came home.")
    report = build([tmp_path / "old.zip", tmp_path / "new.zip"], tmp_path / "index", encoder=encoder)
    assert (report.added, report.failed) == (["2024/a.txt", "new.zip/2024/a.txt"], [])


def test_a_newcomer_takes_no_id_of_a_file_that_breaks_in_the_same_build(tmp_path: Path, encoder: HashEncoder) -> None:
    sources, index_dir = tmp_path / "news", tmp_path / "index"
    for name in "AB":
        (sources / name).mkdir(parents=True)
    (sources / "b.jsonl").write_text('{"id": "1", "text": "The mill burned."}\n', encoding="utf-8")
    (sources / "B" / "report.txt").write_text("The lamp was lit.", encoding="utf-8")
    folders = [sources / "A", sources / "B", sources]
    build(folders, index_dir, encoder=encoder)
    before = texts(index_dir)
    assert before == {"1": "The mill burned.", "report.txt": "The lamp was lit."}
    (sources / "a.jsonl").write_text('{"id": "1", "text": "The ferry sailed."}\n', encoding="utf-8")
    (sources / "A" / "report.txt").write_text("The quay was swept.", encoding="utf-8")
    (sources / "b.jsonl").write_bytes(b"\0\0\0\0")
    (sources / "B" / "report.txt").write_text("", encoding="utf-8")
    both = before | {"a.jsonl/1": "The ferry sailed.", "A/report.txt": "The quay was swept."}
    for _ in range(2):  # what is broken keeps its ids at the builds that follow, too
        build(folders, index_dir, encoder=encoder)
        assert texts(index_dir) == both
    (sources / "b.jsonl").write_text('{"id": "1", "text": "The mill was mended."}\n', encoding="utf-8")
    (sources / "B" / "report.txt").write_text("The lamp was lit again.", encoding="utf-8")
    build(folders, index_dir, encoder=encoder)
    assert texts(index_dir) == both | {"1": "The mill was mended.", "report.txt": "The lamp was lit again."}


def test_an_article_keeps_its_id_whatever_comes_before_it_or_goes(
    folders: tuple[Path, Path], tmp_path: Path, encoder: HashEncoder
) -> None:
    a, b = folders
    (b / "b.jsonl").write_text('{"id": "1", "text": "The mill burned."}\n', encoding="utf-8")
    build([a, b], tmp_path / "index", encoder=encoder)
    (b / "a.jsonl").write_text('{"id": "1", "text": "The ferry sailed."}\n', encoding="utf-8")
    (a / "report.txt").unlink()
    dry, report = (build([a, b], tmp_path / "index", encoder=encoder, dry_run=dry_run) for dry_run in (True, False))
    assert (report.added, report.removed, report.changed) == (["a.jsonl/1"], ["report.txt"], [])
    assert (dry.added, dry.removed, dry.changed) == (report.added, report.removed, report.changed)


def test_a_newcomer_that_cannot_be_read_keeps_nothing_of_another_file(tmp_path: Path, encoder: HashEncoder) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.mkdir()
    b.mkdir()
    (b / "report.txt").write_text("The lamp was lit.", encoding="utf-8")
    build([a, b], tmp_path / "index", encoder=encoder)
    (a / "report.txt").write_text("", encoding="utf-8")
    (b / "report.txt").write_text("The lamp went out.", encoding="utf-8")
    report = build([a, b], tmp_path / "index", encoder=encoder)
    assert (report.changed, report.kept, texts(tmp_path / "index")) == (["report.txt"], [], {"report.txt": "The lamp went out."})
