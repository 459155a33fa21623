"""Files from outside: under which names they are kept, what is refused, and that no name leads anywhere else."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.readers.discovery import is_passed_over
from ui.errors import ChangesRefused
from ui.library.names import ENDINGS, numbered, safe_name
from ui.library.uploads import Added, Uploads

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
    with uploads.incoming() as file:
        file.write(content)
        file.flush()
        return uploads.keep(Path(file.name), name)


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
    monkeypatch.setattr("ui.library.uploads._MAX_ALL_BYTES", 100)
    with pytest.raises(ChangesRefused, match="delete some first"):
        uploads.check_room(50)
