"""Files from outside: under which names they are kept, what is refused, and that no name leads anywhere else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from index import build
from index.listing import Listing
from index.readers import ReadOptions
from index.readers.discovery import is_passed_over
from ui.cli import app
from ui.errors import ChangesRefused
from ui.library.changes import Changes
from ui.library.names import ENDINGS, numbered, safe_name
from ui.library.uploads import Added, Uploads

ROOT = Path(__file__).resolve().parents[2]
TEXT = "Ferry line reopens\n\nThe Brannock ferry runs again from Friday, its owner said on Monday.\n"
PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["../", "..\\", "/", "C:\\", ".", "\x00", "\u202e", "~", "CON", "\u2028", "%2e%2e%2f", "<b>", "'\"", " ", "-", "é"]
    ),
)


@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from(sorted(ENDINGS)))
def test_whatever_a_file_is_called_its_kept_name_is_plain(raw: str, ending: str) -> None:
    name = safe_name(raw + ending)
    folder = Path("/uploads")
    assert (folder / name).parent == folder and name not in (".", "..") and not Path(name).is_absolute()
    assert not set(name) & set('/\\\0:*?"<>|\n\r\t') and name.isprintable() and not name.startswith((".", "-", " ", "~"))
    assert len(name.encode()) < 160 and name.endswith(ending) and not is_passed_over(name)
    assert safe_name(name) == name, "a name that is safe stays"
    assert safe_name(numbered(name, 7)) == numbered(name, 7) != name


@given(st.text(max_size=60))
def test_a_name_is_kept_or_refused_with_the_formats(raw: str) -> None:
    try:
        name = safe_name(raw)
    except ChangesRefused as refused:
        assert refused.status == 415 and "docx" in str(refused)
    else:
        assert f".{name.rpartition('.')[2]}" in ENDINGS


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("report.md", "report.md"), ("../../etc/passwd.txt", "passwd.txt"), ("C:\\Users\\dana\\a.TXT", "a.txt"),
        ("old.jsonl.gz", "old.jsonl.gz"), ("con.txt", "_con.txt"), (".hidden.txt", "hidden.txt"), (".txt", "article.txt"),
        ("a\x00b\n.txt", "a_b_.txt"), ("\u202egpj.txt", "_gpj.txt"), ("<img src=x>.html", "_img src=x_.html"),
        ("e\u0301tude.md", "étude.md"),
        ("x" * 500 + ".txt", "x" * 120 + ".txt"), ("Ärger am Hafen (2).md", "Ärger am Hafen (2).md"),
    ],
)  # fmt: skip
def test_names_as_people_give_them(raw: str, kept: str) -> None:
    assert safe_name(raw) == kept


@pytest.mark.parametrize(
    "raw", ["", "article", "a.exe", "a.php", "a.txt/", "a.html.exe", "photo.png", "a.gz.exe", "..", "a.txt\x00.exe"]
)
def test_other_endings_are_refused(raw: str) -> None:
    with pytest.raises(ChangesRefused, match="not in a format that Citewire reads"):
        safe_name(raw)


def kept(uploads: Uploads, name: str, content: bytes) -> Added:
    with uploads.incoming() as arriving:
        arriving.write(content)
        return uploads.keep(arriving.path, name)


def files_of(uploads: Uploads) -> list[str]:
    return sorted(str(path.relative_to(uploads.source)) for path in uploads.source.rglob("*") if path.is_file())


def test_a_file_is_kept_once_and_another_of_its_name_beside_it(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    assert not uploads.has_files()
    assert kept(uploads, "ferry.txt", TEXT.encode()) == Added("ferry.txt", 1, [])
    assert kept(uploads, "ferry.txt", TEXT.encode()) == Added("ferry.txt", 1, [], known=True)
    assert kept(uploads, "ferry.txt", TEXT.replace("Friday", "Saturday").encode()).name == "ferry-2.txt"
    assert files_of(uploads) == ["uploaded/ferry-2.txt", "uploaded/ferry.txt"] and uploads.has_files()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "photo.txt"),
        ("program.md", b"\x7fELF" + bytes(2000), "program.md"),
        ("page.pdf", b"<html><script>alert(1)</script></html>", "page.pdf"),
        ("empty.txt", b"", "empty.txt"),
        ("list.json", b"[1, 2", "list.json"),
        ("pack.zip", b"PK\x03\x04 no zip", "pack.zip"),
        ("script.html", b"<script>alert(1)</script>", "script.html"),
    ],
)  # fmt: skip
def test_what_holds_no_article_is_refused_with_its_reason_and_not_kept(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    uploads = Uploads(tmp_path)
    with pytest.raises(ChangesRefused, match=said) as refused:
        kept(uploads, name, content)
    assert refused.value.status == 422 and files_of(uploads) == []


def test_a_zip_with_a_way_out_stays_where_it_is(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "data")
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("good.txt", TEXT)
        archive.writestr("../../evil.txt", TEXT)
    added = kept(uploads, "out.zip", (tmp_path / "out.zip").read_bytes())
    assert added.articles == 1 and len(added.failed) == 1 and "leads out" in added.failed[0]
    assert not list(tmp_path.rglob("evil.txt")) and files_of(uploads) == ["uploaded/out.zip"]


def test_records_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    lines = [json.dumps({"title": "One", "text": TEXT}), "{broken", json.dumps({"title": "Two", "text": TEXT + "More."})]
    added = kept(Uploads(tmp_path), "notes.jsonl", "\n".join(lines).encode())
    assert added.articles == 2 and added.failed and added.failed[0].startswith("notes.jsonl:2")


def test_only_what_was_uploaded_has_a_path(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    kept(uploads, "ferry.txt", TEXT.encode())
    (tmp_path / "secret.txt").write_text("secret")
    (uploads.source / "uploaded" / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert uploads.path_of("uploaded/ferry.txt") and uploads.path_of("uploaded/ferry.txt/inside/an.archive")
    for origin in ("ferry.txt", "uploaded", "uploaded/", "uploaded/..", "uploaded/../../secret.txt", "uploaded/no.txt",
                   "/uploaded/ferry.txt", "other/ferry.txt", "", "uploaded/link.txt"):  # fmt: skip
        assert uploads.path_of(origin) is None, origin


def test_a_file_that_is_too_large_or_one_too_many_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads(tmp_path, max_file_mb=1)
    with pytest.raises(ChangesRefused, match="more than 1 MB"):
        uploads.check_room(1_000_001)
    uploads.check_room(1_000_000)
    kept(uploads, "ferry.txt", TEXT.encode())
    monkeypatch.setattr("ui.library.room._MAX_ALL_BYTES", 100)
    with pytest.raises(ChangesRefused, match="delete some first"):
        uploads.check_room(50)


def test_what_arrives_is_counted_with_what_else_is_arriving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.library.room._MAX_ALL_BYTES", 1000)
    uploads = Uploads(tmp_path, max_file_mb=1)
    kept(uploads, "ferry.txt", TEXT.encode())
    with uploads.incoming() as first, uploads.incoming() as second:
        first.write(b"x" * 500)
        with pytest.raises(ChangesRefused, match="delete some first"):
            uploads.check_room(500)
        second.write(b"x" * 300)
        with pytest.raises(ChangesRefused, match="delete some first"):
            second.write(b"x" * 200)
        assert second.path.stat().st_size == 300, "what is refused is not on the disk"
    uploads.check_room(900)
    assert files_of(uploads) == ["uploaded/ferry.txt"]


def test_a_file_that_grows_too_large_is_refused_as_it_comes(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, max_file_mb=1)
    with uploads.incoming() as arriving:
        for _ in range(10):
            arriving.write(b"x" * 100_000)
        with pytest.raises(ChangesRefused, match="more than 1 MB"):
            arriving.write(b"x")


def test_what_a_killed_server_was_receiving_goes_at_the_next_start_and_nothing_else(tmp_path: Path) -> None:
    left = tmp_path / "uploads" / ".incoming" / "0123456789abcdef"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x" * 1000)
    other_server = Uploads(tmp_path)
    with other_server.incoming() as arriving:
        arriving.write(TEXT.encode())
        Changes(tmp_path, [tmp_path])
        assert not left.exists()
        assert other_server.keep(arriving.path, "ferry.txt").articles == 1


def test_records_are_read_as_the_last_build_read_its_own(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    export.write_text(json.dumps({"main_body": TEXT}), encoding="utf-8")
    build([export], tmp_path / "data", read_options=ReadOptions(fields={"text": "main_body"}))
    more = json.dumps({"main_body": TEXT.replace("Friday", "Sunday")}).encode()
    assert kept(Uploads(tmp_path / "data"), "more.jsonl", more) == Added("more.jsonl", 1, [])


@pytest.fixture(scope="module")
def with_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two uploads, and of nothing else any more."""
    index_dir = tmp_path_factory.mktemp("two") / "data"
    for name in ("ferry", "mill"):
        kept(Uploads(index_dir), f"{name}.txt", TEXT.replace("ferry", name).encode())
    build([index_dir / "uploads"], index_dir)
    return index_dir


def test_the_last_upload_stays_also_before_a_rebuild_and_a_second_wish_is_told_so(with_two: Path, tmp_path: Path) -> None:
    index_dir = Path(shutil.copytree(with_two, tmp_path / "data"))
    own = tmp_path / "articles"
    own.mkdir()
    changes = Changes(index_dir, [own])
    with closing(Listing(index_dir)) as listing:
        assert changes.delete(listing, "uploaded/ferry.txt").articles == ["uploaded/ferry.txt"]
        with pytest.raises(ChangesRefused, match=r"ferry\.txt is deleted already"):
            changes.delete(listing, "uploaded/ferry.txt")
        with pytest.raises(ChangesRefused, match="cannot be empty"):
            changes.delete(listing, "uploaded/mill.txt")
        kept(changes.uploads, "lamp.txt", TEXT.replace("ferry", "lamp").encode())
        assert changes.delete(listing, "uploaded/mill.txt").file == "mill.txt", "another one is there, if not yet in the index"


def test_of_two_deletions_at_once_one_is_refused(with_two: Path, tmp_path: Path) -> None:
    index_dir = Path(shutil.copytree(with_two, tmp_path / "data"))
    changes = Changes(index_dir, [index_dir / "uploads"])

    def delete(article_id: str) -> str:
        try:
            return changes.delete(listing, article_id).file
        except ChangesRefused as refused:
            return str(refused)

    with closing(Listing(index_dir)) as listing, ThreadPoolExecutor(2) as pool:
        said = list(pool.map(delete, ["uploaded/ferry.txt", "uploaded/mill.txt"]))
    assert sorted("cannot be empty" in line for line in said) == [False, True]
    assert len(files_of(changes.uploads)) == 1


def test_a_folder_of_the_users_that_is_called_like_ours_is_theirs(tmp_path: Path) -> None:
    (tmp_path / "articles" / "uploaded").mkdir(parents=True)
    (tmp_path / "articles" / "uploaded" / "ferry.txt").write_text(TEXT, encoding="utf-8")
    index_dir = tmp_path / "data"
    kept(Uploads(index_dir), "mill.txt", TEXT.replace("ferry", "mill").encode())
    changes = Changes(index_dir, [tmp_path / "articles"])
    build(changes.sources(), index_dir)
    with closing(Listing(index_dir)) as listing:
        with pytest.raises(ChangesRefused, match="in a folder of yours"):
            changes.delete(listing, "uploaded/ferry.txt")
        assert changes.delete(listing, "uploaded/mill.txt").file == "mill.txt", "the user's own article stays"


def test_a_build_reads_the_uploads_as_well_and_says_so(tmp_path: Path) -> None:
    articles, index_dir = tmp_path / "articles", tmp_path / "data"
    articles.mkdir()
    (articles / "lamp.txt").write_text(TEXT.replace("ferry", "lamp"), encoding="utf-8")
    command = ["build", str(articles), "--index", str(index_dir), "--json"]
    first = CliRunner().invoke(app, command)
    assert json.loads(first.stdout)["added"] == ["lamp.txt"] and "library page" not in first.stderr
    kept(Uploads(index_dir), "ferry.txt", TEXT.encode())
    second = CliRunner().invoke(app, command)
    assert json.loads(second.stdout)["added"] == ["uploaded/ferry.txt"]
    assert "added on the library page" in second.stderr and str(index_dir / "uploads") in second.stderr
    third = CliRunner().invoke(app, [*command, str(index_dir / "uploads"), "--dry-run"])
    assert json.loads(third.stdout)["unchanged"] == ["lamp.txt", "uploaded/ferry.txt"]


@pytest.mark.slow
def test_a_watched_folder_is_built_with_the_uploads(tmp_path: Path) -> None:
    articles, index_dir = tmp_path / "articles", tmp_path / "data"
    articles.mkdir()
    (articles / "lamp.txt").write_text(TEXT.replace("ferry", "lamp"), encoding="utf-8")
    kept(Uploads(index_dir), "ferry.txt", TEXT.encode())
    command = [sys.executable, "-m", "ui.cli", "build", articles, "--index", index_dir, "--watch"]
    watching = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert watching.stdout and watching.stderr
        while "Watching" not in watching.stderr.readline():
            assert watching.poll() is None
        (articles / "mill.txt").write_text(TEXT.replace("ferry", "mill"), encoding="utf-8")
        while "generation 000002" not in (line := watching.stdout.readline()):
            assert watching.poll() is None
        assert "1 added, 0 changed, 0 removed, 2 unchanged" in line
    finally:
        watching.terminate()
        watching.communicate(timeout=60)


@pytest.mark.slow
def test_a_rebuild_reads_as_the_last_build_did(tmp_path: Path) -> None:
    export, index_dir = tmp_path / "export.jsonl", tmp_path / "data"
    export.write_text(json.dumps({"id": "ferry", "main_body": TEXT}), encoding="utf-8")
    build([export], index_dir, read_options=ReadOptions(fields={"text": "main_body"}))
    changes = Changes(index_dir)
    kept(changes.uploads, "lamp.txt", TEXT.replace("ferry", "lamp").encode())
    changes.rebuild()
    while changes.building.job.running:
        time.sleep(0.1)
    report = changes.building.job.report
    assert report and (report["added"], report["unchanged"], report["removed"]) == (["uploaded/lamp.txt"], ["ferry"], [])
