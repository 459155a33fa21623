"""Folders and files of every bad kind: each costs one clear line, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.errors import SourceError
from index.readers import ReadOptions, count_files, read_sources
from index.types import Article, Failure


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text("A good article.")
    return folder


def only_good_and(outcome, path: str) -> str:
    """The good article was read; the one failure is of `path`, and its reason is returned."""
    assert outcome.texts == ["A good article."]
    assert [failure.path for failure in outcome.failures] == [path]
    return outcome.reason


def test_folders_are_read_in_order(folder, read):
    for name in ("z/b.txt", "z/a.md", "a/c.txt", "B.txt", "z/deep/er/d.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"Text of {name}.")
    outcome = read(folder)
    assert outcome.ids == ["B.txt", "good.txt", "a/c.txt", "z/a.md", "z/b.txt", "z/deep/er/d.txt"]
    assert outcome == read(folder)


def test_hidden_files_pictures_and_parts_of_saved_pages_are_passed_over(folder, read):
    (folder / ".git").mkdir()
    (folder / ".git" / "a.txt").write_text("Hidden.")
    (folder / "page_files").mkdir()
    (folder / "page_files" / "frame.html").write_text("<p>Advertisement")
    (folder / "page.html").write_text(
        "<p>" + "The harbour bridge reopened on Sunday after nine days of repairs, the mayor said. " * 2
    )
    for name in (".hidden.txt", ".DS_Store", "Thumbs.db", "a.jpg", "b.PNG", "c.mp3", "d.mp4", "e.css", "f.js"):
        (folder / name).write_bytes(b"\0")
    outcome = read(folder)
    assert outcome.ids == ["good.txt", "page.html"]
    assert not outcome.failures
    assert count_files([folder]) == 2


def test_a_file_of_another_kind_is_said_once(folder, read):
    (folder / "table.xlsx").write_bytes(b"PK")
    reason = only_good_and(read(folder), "table.xlsx")
    assert "not in a format that Citewire reads" in reason
    assert "save it as .csv" in reason


def test_an_empty_file(folder, read):
    (folder / "empty.txt").touch()
    assert "is empty" in only_good_and(read(folder), "empty.txt")


def test_a_200_mb_file_is_not_even_read(folder, read):
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(200_000_000)
    reason = only_good_and(read(folder), "huge.txt")
    assert "has 200 MB, more than the limit of 50 MB" in reason


def test_the_limit_is_an_option(folder, read):
    (folder / "long.txt").write_text("word " * 1000)
    assert "more than the limit" in only_good_and(read(folder, options=ReadOptions(max_file_bytes=4000)), "long.txt")
    assert len(read(folder, options=ReadOptions(max_file_bytes=5000)).articles) == 2


def test_a_binary_called_txt(folder, read):
    (folder / "program.txt").write_bytes(Path(sys.executable).read_bytes()[:50_000])
    assert "binary" in only_good_and(read(folder), "program.txt")


def test_utf16_without_a_mark_is_read(folder, read):
    (folder / "old.txt").write_bytes("Die Brücke öffnete am Sonntag.".encode("utf-16-le"))
    assert read(folder).texts == ["A good article.", "Die Brücke öffnete am Sonntag."]


def test_nul_bytes(folder, read):
    (folder / "nul.txt").write_bytes(b"The bridge\0 reopened on Sunday.")
    assert "NUL bytes" in only_good_and(read(folder), "nul.txt")


def test_a_link_out_of_the_folder_is_not_followed(folder, tmp_path, read):
    (tmp_path / "secret.txt").write_text("Secret.")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert "link out of the folder" in only_good_and(read(folder), "link.txt")
    (folder / "link.txt").unlink()
    (folder / "up").symlink_to(tmp_path)
    assert "link out of the folder" in only_good_and(read(folder), "up")


def test_a_symlink_loop(folder, read):
    (folder / "loop").symlink_to(folder)
    assert "link to a folder" in only_good_and(read(folder), "loop")
    (folder / "loop").unlink()
    (folder / "self.txt").symlink_to(folder / "self.txt")
    assert "leads back to itself" in only_good_and(read(folder), "self.txt")


def test_a_broken_link(folder, read):
    (folder / "gone.txt").symlink_to(folder / "nothing.txt")
    assert "leads to nothing" in only_good_and(read(folder), "gone.txt")


def test_a_link_beside_its_file_adds_nothing(folder, read):
    (folder / "again.txt").symlink_to(folder / "good.txt")
    assert read(folder).article.id == "good.txt"
    assert count_files([folder]) == 1


def test_a_source_that_is_a_link_is_followed(folder, tmp_path, read):
    (tmp_path / "link").symlink_to(folder)
    assert read(tmp_path / "link").article.id == "good.txt"


def test_a_pipe_does_not_block(folder, read):
    os.mkfifo(folder / "pipe.txt")
    assert "no file" in only_good_and(read(folder), "pipe.txt")


def test_a_pipe_that_is_a_source_does_not_block(folder, tmp_path, read):
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert "no file" in only_good_and(read(folder, tmp_path / "pipe.jsonl"), "pipe.jsonl")


def test_a_name_that_is_not_utf8(folder, read):
    with open(os.fsencode(folder) + b"/caf\xe9.txt", "w") as file:
        file.write("Another.")
    outcome = read(folder)
    assert outcome.ids == ["caf\\xe9.txt", "good.txt"]
    assert not outcome.failures
    with open(os.fsencode(folder) + b"/bad\xff.pdf", "w") as file:
        file.write("No pdf.")
    assert read(folder).failures[0].path == "bad\\xff.pdf"


def test_a_file_that_vanishes(folder, read):
    (folder / "a.txt").write_text("First.")
    (folder / "later.txt").write_text("Later.")
    items = read_sources([folder])
    assert isinstance(next(items), Article)
    (folder / "later.txt").unlink()
    article, failure = items
    assert (article.id, failure.path) == ("good.txt", "later.txt")
    assert "vanished while reading" in failure.reason


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
def test_a_file_that_changes_while_it_is_read(folder, read, monkeypatch, name):
    path = folder / name
    path.write_text('{"text": "First."}\n' * 2)
    from index.readers import sources

    def grow(*args: object) -> object:
        outcomes = list(plain(*args))
        if args[1] == name:
            path.write_text('{"text": "Second and longer."}\n')
        return iter(outcomes)

    plain = sources.read_file
    monkeypatch.setattr(sources, "read_file", grow)
    outcome = read(folder)
    assert "A good article." in outcome.texts
    assert "changed while it was being read" in [f.reason.split(":")[0] for f in outcome.failures]
    assert ("a.txt" in outcome.ids) is False


@pytest.mark.parametrize(
    ("error", "word"),
    [(PermissionError(13, "Permission denied"), "may not be read"), (OSError(5, "Input/output error"), "Input/output error")],
)
def test_errors_of_the_file_system(folder, read, monkeypatch, error, word):
    (folder / "bad.txt").write_text("Locked, or on a bad sector.")
    plain = Path.open

    def failing(path: Path, *args: object, **kwargs: object) -> object:
        if path.name == "bad.txt":
            raise error
        return plain(path, *args, **kwargs)

    # Tests may run as root, which may read everything.
    monkeypatch.setattr(Path, "open", failing)
    assert word in only_good_and(read(folder), "bad.txt")


def test_a_librarys_own_bug_costs_one_file(folder, read, monkeypatch):
    (folder / "a.md").write_text("Text.")
    monkeypatch.setattr("index.readers.markdown._render", lambda body: 1 // 0)
    assert "ZeroDivisionError" in only_good_and(read(folder), "a.md")


def test_two_records_with_one_id(folder, tmp_path, read):
    other = tmp_path / "other"
    other.mkdir()
    (folder / "a.jsonl").write_text('{"id": "x", "text": "First."}\n')
    (other / "b.jsonl").write_text('{"id": "y", "text": "Y."}\n{"id": "x", "text": "Second."}\n{"id": "y", "text": "Z."}\n')
    outcome = read(folder, other)
    assert list(zip(outcome.ids, outcome.texts, strict=True)) == [
        ("x", "First."),
        ("good.txt", "A good article."),
        ("y", "Y."),
        ("b.jsonl/x", "Second."),
    ]
    assert outcome.failures[0].path == "b.jsonl:3"
    assert f"{other}/b.jsonl:1" in outcome.reason


def test_exports_that_number_their_records_from_1_are_both_read(folder, read):
    for name in "abc":
        (folder / f"{name}.csv").write_text("id,text\n" + "".join(f"{i},Article {i} of {name}.\n" for i in range(1, 4)))
    outcome = read(folder)
    assert outcome.ids == ["1", "2", "3", "b.csv/1", "b.csv/2", "b.csv/3", "c.csv/1", "c.csv/2", "c.csv/3", "good.txt"]
    assert not outcome.failures
    assert outcome == read(folder)


def test_one_item_in_two_feeds_is_one_article(folder, read):
    item = "<item><guid>g1</guid><title>Bridge</title><description>The bridge reopened.</description></item>"
    for day, more in (("1", ""), ("2", "<item><guid>g2</guid><description>The ferry stopped.</description></item>")):
        (folder / f"day{day}.xml").write_text(f"<rss><channel><title>Harbour News</title>{item}{more}</channel></rss>")
    outcome = read(folder)
    assert (outcome.ids, outcome.failures) == (["g1", "g2", "good.txt"], [])


@pytest.mark.parametrize(
    ("header", "other"),
    [
        ("title: Ferry\nauthor: Ann", "title: Ferry\nauthor: Ben"),
        ("date: 2024-05-01", "date: 2025-05-01"),
        ("source: A", "source: B"),
    ],
)
def test_one_text_under_another_date_outlet_or_author_is_another_article(folder, tmp_path, read, header, other):
    (tmp_path / "other").mkdir()
    (folder / "w.md").write_text(f"---\n{header}\n---\nThe ferry sailed.")
    (tmp_path / "other" / "w.md").write_text(f"---\n{other}\n---\nThe ferry sailed.")
    outcome = read(folder, tmp_path / "other")
    assert (outcome.ids, outcome.failures) == (["good.txt", "w.md", "other/w.md"], [])


def test_repeated_ids_of_one_file_are_summed_up(folder, read):
    (folder / "a.jsonl").write_text("".join(f'{{"id": "x", "text": "Text {i}."}}\n' for i in range(301)))
    outcome = read(folder)
    assert outcome.ids == ["x", "good.txt"]
    assert len(outcome.failures) == 101
    assert (outcome.failures[-1].path, "200 more" in outcome.failures[-1].reason) == ("a.jsonl", True)


def test_a_file_named_by_two_sources_is_read_once(folder, read):
    assert read(folder, folder / "good.txt", folder).article.id == "good.txt"
    assert count_files([folder, folder / "good.txt"]) == 1


def test_a_source_that_does_not_exist(folder):
    with pytest.raises(SourceError, match="missing does not exist"):
        read_sources([folder, folder / "missing"])
    with pytest.raises(SourceError, match="does not exist"):
        count_files([folder / "missing"])


def test_progress_counts_every_file_once(folder):
    (folder / "bad.pdf").write_text("No pdf.")
    (folder / "r.jsonl").write_text('{"text": "a"}\n{"text": "b"}\n')
    seen: list[Path] = []
    items = list(read_sources([folder], on_file=seen.append))
    assert [path.name for path in seen] == ["bad.pdf", "good.txt", "r.jsonl"]
    assert count_files([folder]) == 3
    assert sum(isinstance(item, Failure) for item in items) == 1


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = (
        "import sys, index.readers; heavy = {'trafilatura', 'pypdf', 'lxml', 'yaml', 'markdown_it', 'charset_normalizer'};"
        "sys.exit(', '.join(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr.strip() == ""


def test_readers_work_in_threads(folder, read):
    for i in range(8):
        (folder / f"{i}.md").write_text(f"# Headline number {i}\n\nText *number* {i}.")
    expected, found = read(folder), []
    threads = [threading.Thread(target=lambda: found.append(read(folder))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4
