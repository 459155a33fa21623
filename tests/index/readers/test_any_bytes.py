"""Whatever bytes a file holds, and whatever its name: articles and failures come out, never an exception."""

from __future__ import annotations

import gzip
import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.readers import ReadOptions, read_sources
from index.readers.dates import find_dateline, parse_date
from index.readers.encoding import decode
from index.readers.headline import find_headline
from index.readers.markup import visible_text
from index.readers.text import read_text
from index.types import Article, Failure

ENDINGS = "txt md html pdf docx json jsonl csv tsv xml rss zip gz jsonl.gz json.gz txt.gz zip.gz unknown".split()
#: Pieces that lead deeper into a reader than chance would.
PIECES = [
    *(b"%PDF-1.4\n", b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n", b"stream\n", b"endstream", b"startxref\n0\n%%EOF"),
    *(
        b"trailer << /Root 1 0 R >>",
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        b"\x1f\x8b\x08\x00",
        b"---\n",
        b"+++\n",
        b"title: a: b\n",
    ),
    *(
        b"[",
        b"]",
        b"{",
        b"}",
        b'"',
        b",",
        b'{"text": "',
        b'"id": 1, ',
        b'"text": "\\ud800"',
        b"text,id\n",
        b"\r\n",
        b"\t",
        b"\0",
        b"\xff\xfe",
    ),
    *(
        b"<html>",
        b"<p>",
        b"<!--",
        b"-->",
        b"<rss><channel>",
        b"<item>",
        b"<description>",
        b"<![CDATA[",
        b"]]>",
        b"<?xml version='1.0'?>",
    ),
    *(
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"&b;",
        b"&#0;",
        b"&#xD800;",
        b"<ol start='99'><li>",
        b"<meta charset=utf-7>",
        b"<time datetime=",
    ),
    *(
        b"May 2, 2026",
        b"A sentence that is long enough to be the text of an article, and then some more of it. ",
        b"\xed\xa0\x80",
        b"\xe9",
    ),
]
CONTENT = st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=25).map(b"".join))
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
#: What JSON can carry and an article can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)


def outcomes_of(path: Path) -> list[Article | Failure]:
    items = list(read_sources([path], ReadOptions(max_file_bytes=100_000)))
    for item in items:
        if isinstance(item, Article):
            assert item.id and item.text.strip()
            json.dumps([item.id, item.text, item.title, item.source, item.url, item.author], ensure_ascii=False).encode()
        else:
            assert isinstance(item, Failure)
            assert item.path and item.reason
    return items


@pytest.mark.parametrize("ending", ENDINGS)
def test_any_bytes_in_any_file(tmp_path, ending):
    path = tmp_path / f"a.{ending}"

    @RELAXED
    @given(CONTENT)
    def check(content: bytes) -> None:
        path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
        items = outcomes_of(path)
        if ending in ("txt", "md", "html", "pdf", "docx", "unknown", "txt.gz"):
            assert len(items) == 1

    check()


@pytest.mark.parametrize("kind", ["pdf", "docx", "zip"])
def test_damaged_files_of_every_kind(tmp_path, kind, make_pdf, make_docx, make_zip):
    line = "The harbour bridge reopened on Sunday after nine days of repairs."
    whole = {
        "pdf": make_pdf([line] * 3, title="Bridge"),
        "docx": make_docx(("Title", "Bridge"), ("", line)),
        "zip": make_zip({"a.txt": line.encode(), "b/c.jsonl": b'{"text": "x"}'}),
    }[kind]
    path = tmp_path / f"a.{kind}"
    path.write_bytes(whole)
    assert all(isinstance(item, Article) for item in outcomes_of(path))

    @RELAXED
    @given(st.data())
    def check(data: st.DataObject) -> None:
        content = bytearray(whole)
        for _ in range(data.draw(st.integers(1, 4))):
            at = data.draw(st.integers(0, len(content) - 1))
            content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
        path.write_bytes(bytes(content))
        outcomes_of(path)

    check()


@RELAXED
@given(st.lists(TEXT, min_size=1, max_size=8), st.booleans(), st.sampled_from(["a.jsonl", "a.json", "a.jsonl.gz"]))
def test_the_text_of_a_record_is_exact(tmp_path, texts, ascii_only, name):
    records = [{"id": f"r{i}", "text": text} for i, text in enumerate(texts)]
    if name == "a.json":
        content = json.dumps(records, ensure_ascii=ascii_only).encode()
    else:
        content = "".join(json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    items = outcomes_of(tmp_path / name)
    assert [(item.id, item.text) for item in items] == [(record["id"], record["text"]) for record in records]


@RELAXED
@given(TEXT, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_text_goes_through_unchanged(text, encoding):
    text = "A plain line first, so that it is no binary.\n" * 20 + "".join(c for c in text if c.isprintable() or c == "\n")
    article = read_text(text.encode(encoding), "a.txt")
    assert article.text == text.removeprefix("\ufeff")
    assert article.title in text


@RELAXED
@given(TEXT)
def test_headlines_and_dates_of_any_text(text):
    assert find_headline(text) in text
    assert find_headline(text, record=True) in text
    find_dateline(text)
    parse_date(text)


@RELAXED
@given(st.one_of(st.integers(), st.floats(), st.none(), st.booleans(), st.text(max_size=30), st.lists(st.integers())))
def test_any_value_is_a_date_or_none(value):
    parse_date(value)


@RELAXED
@given(CONTENT)
def test_any_markup_has_a_visible_text(content):
    shown = visible_text(content.decode("latin-1").replace("\0", ""))
    assert shown == shown.strip()
    assert "<!--" not in shown


@settings(deadline=None, max_examples=300)
@given(st.binary())
def test_decoding_gives_text_or_a_read_error(content):
    from index.errors import ReadError

    try:
        text = decode(content)
    except ReadError:
        return
    assert "\0" not in text


@RELAXED
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12), CONTENT, max_size=4
    )
)
def test_any_names_in_a_zip(tmp_path, members):
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in members.items():
            archive.writestr(name + ".txt", content)
    (tmp_path / "a.zip").write_bytes(made.getvalue())
    outcomes_of(tmp_path / "a.zip")
