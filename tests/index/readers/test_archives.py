from __future__ import annotations

import json
import stat
import zipfile
from io import BytesIO
from pathlib import Path

import pytest


def test_a_zip_is_read_as_a_folder(read_as, make_zip, make_docx):
    content = make_zip(
        {
            "b.txt": b"Text b.",
            "2024/a.txt": b"Text a.",
            "r.jsonl": json.dumps({"text": "Record."}).encode(),
            "w.docx": make_docx(("", "Word.")),
            "picture.JPG": b"\xff\xd8",
            "__MACOSX/._b.txt": b"\0\0",
            ".DS_Store": b"\0",
        }
    )
    outcome = read_as("old.zip", content)
    assert not outcome.failures
    assert outcome.ids == ["2024/a.txt", "b.txt", "r.jsonl:1", "w.docx"]
    assert [article.origin for article in outcome.articles][:2] == ["old.zip/2024/a.txt", "old.zip/b.txt"]


def test_in_a_folder_the_name_of_the_zip_is_part_of_the_id(tmp_path, read, make_zip):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "old.zip").write_bytes(make_zip({"a.txt": b"Text."}))
    assert read(tmp_path).article.id == "sub/old.zip/a.txt"


def test_one_zip_in_a_zip_and_no_deeper(read_as, make_zip):
    innermost = make_zip({"deep.txt": b"Deep."})
    inner = make_zip({"a.txt": b"Inner.", "more.zip": innermost})
    outcome = read_as("old.zip", make_zip({"in.zip": inner, "b.txt": b"Outer."}))
    assert outcome.ids == ["b.txt", "in.zip/a.txt"]
    assert (outcome.failures[0].path, "zip in a zip in a zip" in outcome.reason) == ("old.zip/in.zip/more.zip", True)


@pytest.mark.parametrize(
    "name", ["../evil.txt", "a/../../evil.txt", "/etc/evil.txt", "..\\evil.txt", "C:\\evil.txt", "C:/evil.txt"]
)
def test_a_path_out_of_the_zip_costs_its_member_only(read_as, tmp_path, make_zip, name):
    outcome = read_as("old.zip", make_zip({name: b"Evil.", "good.txt": b"Good."}))
    assert outcome.texts == ["Good."]
    assert "leads out of the zip" in outcome.reason
    assert [path.name for path in Path(tmp_path).iterdir()] == ["old.zip"]  # nothing is unpacked to disk


def test_a_bomb_is_refused_before_it_is_unpacked(read_as, make_zip):
    outcome = read_as("bomb.zip", make_zip({"zeros.txt": bytes(60_000_000), "good.txt": b"Good."}))
    assert not outcome.articles
    assert "zip bomb" in outcome.reason


def test_many_small_members_are_a_bomb_too(read_as, make_zip):
    assert "zip bomb" in read_as("bomb.zip", make_zip({f"{i}.txt": bytes(1_000_000) for i in range(30)})).reason


def test_a_member_beyond_the_limit(read_as, make_zip):
    outcome = read_as("old.zip", make_zip({"big.txt": b"Ten bytes." * 30_000, "good.txt": b"Good."}), max_file_bytes=100_000)
    assert outcome.texts == ["Good."]
    assert "more than the limit" in outcome.reason


def test_a_zip_that_lies_about_a_size(read_as, make_zip):
    content = bytearray(make_zip({"a.txt": b"word " * 2000, "b.txt": b"Good."}))
    start = content.index(b"PK\x01\x02")
    content[start + 24 : start + 28] = (10).to_bytes(4, "little")
    outcome = read_as("old.zip", bytes(content))
    assert outcome.texts == ["Good."]
    assert "cannot be unpacked" in outcome.reason


def test_links_and_encrypted_members(read_as):
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("locked.txt", "Secret.")
        archive.writestr("good.txt", "Good.")
    content = bytearray(made.getvalue())
    at = content.index(b"locked.txt", content.index(b"PK\x01\x02")) - 46
    content[at + 8] |= 1
    outcome = read_as("old.zip", bytes(content))
    assert outcome.texts == ["Good."]
    assert ["link" in failure.reason or "encrypted" in failure.reason for failure in outcome.failures] == [True, True]


def test_a_damaged_member_costs_itself_only(read_as, make_zip):
    content = make_zip({"a.txt": b"One two three four five six.", "b.txt": b"Good."})
    at = content.index(b"a.txt") + len("a.txt") + 2
    outcome = read_as("old.zip", content[:at] + b"\xff\xff\xff" + content[at + 3 :])
    assert outcome.texts == ["Good."]
    assert "cannot be unpacked" in outcome.reason


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_zip(read_as, content):
    assert "not a zip" in read_as("old.zip", content).reason


def test_an_empty_zip_says_so(read_as, make_zip):
    assert "nothing" in read_as("old.zip", make_zip({"a.png": b"x"})).reason


def test_failures_inside_are_named_by_their_path(read_as, make_zip):
    outcome = read_as("old.zip", make_zip({"x/a.pdf": b"no pdf", "b.xyz": b"?", "c.txt": b"Good."}))
    assert outcome.texts == ["Good."]
    assert [failure.path for failure in outcome.failures] == ["old.zip/b.xyz", "old.zip/x/a.pdf"]
