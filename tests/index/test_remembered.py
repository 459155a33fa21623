"""A file that is as it was is not read again, and whatever is done to files, an index is as if all of them had been read."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index import build, remembered
from index.catalog import Catalog
from index.passages import ChunkOptions
from index.readers import ReadOptions, read_sources, sources
from index.readers.unread import readers_version
from index.types import Article
from tests.index.conftest import HashEncoder, corpus, write_articles

pytestmark = pytest.mark.slow  # many builds


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Names of the files that were read since it was last cleared."""
    names: list[str] = []
    read_file = sources.read_file

    def noted(file, name, *rest):  # type: ignore[no-untyped-def]
        names.append(name)
        return read_file(file, name, *rest)

    monkeypatch.setattr(sources, "read_file", noted)
    return names


def held(index_dir: Path) -> dict[str, tuple[str, str]]:
    """id -> text and origin of every article of the catalog."""
    with closing(Catalog(index_dir / "catalog.sqlite", read_only=True)) as catalog:
        return {str(row[0]): (str(row[1]), str(row[-1])) for _, row, _ in catalog.articles()}


def test_only_what_is_new_or_different_is_read(tmp_path: Path, encoder: HashEncoder, opened: list[str]) -> None:
    folder, index_dir = tmp_path / "articles", tmp_path / "index"
    write_articles(folder, corpus(4))
    (folder / "r.jsonl").write_text('{"id": "17", "text": "The ferry sailed."}\n', encoding="utf-8")
    first = build([folder], index_dir, encoder=encoder)
    opened.clear()
    again = build([folder], index_dir, encoder=encoder)
    assert (opened, again.unchanged, again.generation) == ([], first.added, first.generation)
    (folder / "new.txt").write_text("The mill burned on Tuesday.", encoding="utf-8")
    a001 = folder / "a001.txt"
    before = a001.stat()
    a001.write_text(a001.read_text(encoding="utf-8").replace("Report 1", "Report 7"), encoding="utf-8")
    os.utime(a001, ns=(before.st_atime_ns, before.st_mtime_ns))  # as large and as old as it was
    (folder / "a002.txt").unlink()
    report = build([folder], index_dir, encoder=encoder)
    assert sorted(opened) == ["a001.txt", "new.txt"]
    assert (report.added, report.changed, report.removed) == (["new.txt"], ["a001.txt"], ["a002.txt"])


def test_another_way_of_reading_or_cutting_reads_everything(
    tmp_path: Path, encoder: HashEncoder, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, index_dir = tmp_path / "r.jsonl", tmp_path / "index"
    path.write_text('{"id": "17", "text": "The ferry sailed. It came home.", "body": "The mill burned."}\n', encoding="utf-8")
    build([path], index_dir, encoder=encoder)
    opened.clear()
    build([path], index_dir, encoder=encoder, chunk_options=ChunkOptions(6))
    assert opened == ["r.jsonl"]
    build([path], index_dir, encoder=encoder, read_options=ReadOptions(fields={"text": "body"}))
    assert len(opened) == 2 and held(index_dir)["17"][0] == "The mill burned."
    monkeypatch.setattr(remembered, "readers_version", lambda: "another version of Citewire")
    build([path], index_dir, encoder=encoder, read_options=ReadOptions(fields={"text": "body"}))
    assert len(opened) == 3


@pytest.mark.parametrize("name", ["markup.py", "digests.py", "types.py"])
def test_files_are_read_anew_where_our_own_code_has_changed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read_bytes, before = Path.read_bytes, readers_version.__wrapped__()
    monkeypatch.setattr(Path, "read_bytes", lambda path: read_bytes(path) + (b"#" if path.name == name else b""))
    assert readers_version.__wrapped__() != before


def test_a_file_with_a_failure_is_read_each_time(tmp_path: Path, encoder: HashEncoder, opened: list[str]) -> None:
    path, index_dir = tmp_path / "r.jsonl", tmp_path / "index"
    path.write_text('{"id": "17", "text": "The ferry sailed."}\n{"id": "18"}\n', encoding="utf-8")
    reports = [build([path], index_dir, encoder=encoder) for _ in range(2)]
    assert opened == ["r.jsonl"] * 2 and [len(report.failed) for report in reports] == [1, 1]


def ids_of_files(index_dir: Path) -> dict[str, list[str]]:
    """file -> id of each of its articles; "" for one that another file gave as well."""
    with closing(Catalog(index_dir / "catalog.sqlite", read_only=True)) as catalog:
        return {path: [one[1] for one in json.loads(gave)] for path, gave in catalog.files()}


def test_a_build_that_remembers_is_as_one_that_reads_everything(tmp_path: Path, encoder: HashEncoder) -> None:
    """Files of two folders that claim each other's ids come, change, move and go, in random order."""
    chance, index_dir = random.Random(1), tmp_path / "index"
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / "steady.txt").write_text(f"The lamp of {folder.name} was lit.", encoding="utf-8")
    places = [folder / name for folder in folders for name in ("one.txt", "two.txt", "x.jsonl", "y.jsonl")]
    for _ in range(25):
        before, touched = ids_of_files(index_dir), chance.sample(places, 3)
        for path in touched:
            texts = [f"The ferry{chance.randrange(3)} sailed." for _ in range(2)]
            if path.exists() and chance.random() < 0.4:
                path.unlink()
            elif path.suffix == ".txt":
                path.write_text(texts[0], encoding="utf-8")
            else:
                ids = chance.sample(["1", "2", "x.jsonl/1"], 2)
                records = ({"id": i, "text": text} for i, text in zip(ids, texts, strict=True))
                path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
        build(folders, index_dir, encoder=encoder)
        read = [item for item in read_sources(folders) if isinstance(item, Article)]
        assert sorted(held(index_dir).values()) == sorted((article.text, article.origin) for article in read)
        now = ids_of_files(index_dir)
        for path in before.keys() & now.keys() - {str(path) for path in touched}:
            moved = [(was, it_is) for was, it_is in zip(before[path], now[path], strict=True) if was and it_is not in (was, "")]
            assert moved == [], f"the articles of {path}, which nobody touched, got other ids"
