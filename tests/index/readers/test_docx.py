from __future__ import annotations

import zipfile
from io import BytesIO

import pytest


def test_paragraphs_title_and_author(read_as, make_docx):
    content = make_docx(
        ("Title", "Harbour bridge reopens"), ("", "It reopened on Sunday."), ("", ""), ("", "Noon & later."), author="Anna"
    )
    article = read_as("a.docx", content).article
    assert article.text == "Harbour bridge reopens\n\nIt reopened on Sunday.\n\nNoon & later."
    assert (article.title, article.author, article.published) == ("Harbour bridge reopens", "Anna", None)


def test_title_of_the_properties(read_as, make_docx):
    assert read_as("a.docx", make_docx(("", "It reopened on Sunday."), title="Bridge open")).article.title == "Bridge open"


def test_deleted_and_hidden_text_is_not_read(read_as, make_docx):
    paragraph = (
        "<w:p><w:r><w:t>seen</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText><w:t>gone</w:t></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:tab/><w:t>too</w:t></w:r></w:p>"
    )
    assert read_as("a.docx", make_docx(paragraph)).article.text == "seen too"


def test_tables_and_text_boxes_are_read_once(read_as, make_docx):
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:p><w:r><w:t>in the box</w:t></w:r></w:p>"
    paragraph = (
        f"<w:p><w:r><w:t>around</w:t></w:r><w:r><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    assert read_as("a.docx", make_docx(paragraph)).article.text == "around\n\nin the box\n\ncell"


def test_entities_are_not_expanded(read_as):
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr(
            "word/document.xml",
            '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:document xmlns:w="http://schemas.openxmlformats.org/'
            'wordprocessingml/2006/main"><w:p><w:r><w:t>before &x; after</w:t></w:r></w:p></w:document>',
        )
    outcome = read_as("a.docx", made.getvalue())
    assert "root" not in "".join(outcome.texts)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"plain text", "not a Word file"),
        (b"PK\x03\x04 cut", "not a Word file"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
    ],
)
def test_what_is_no_docx(read_as, content, word):
    assert word in read_as("a.docx", content).reason


def test_a_zip_that_is_no_docx(read_as, make_zip):
    assert "no Word file" in read_as("a.docx", make_zip({"a.txt": b"text"})).reason


def test_without_text(read_as, make_docx):
    assert "no text" in read_as("a.docx", make_docx()).reason


def test_a_bomb_is_refused(read_as, monkeypatch, make_docx):
    monkeypatch.setattr("index.readers.docx._MAX_PART_BYTES", 100_000)
    assert "bomb" in read_as("a.docx", make_docx(("", "a" * 200_000))).reason


def test_moved_text_is_read_where_it_is_now(read_as, make_docx):
    moved = "<w:moveFrom><w:r><w:t>It moved.</w:t></w:r></w:moveFrom>"
    paragraphs = (f"<w:p>{moved}<w:r><w:t>First.</w:t></w:r></w:p>", f"<w:p>{moved.replace('From', 'To')}</w:p>")
    assert read_as("a.docx", make_docx(*paragraphs)).article.text == "First.\n\nIt moved."


@pytest.mark.parametrize(("mark", "shown"), [('w:val="0"', True), ('w:val="false"', True), ('w:val="1"', False), ("", False)])
def test_vanished_text_may_be_shown_again(read_as, make_docx, mark, shown):
    run = f"<w:r><w:rPr><w:vanish {mark}/></w:rPr><w:t> and more</w:t></w:r>"
    article = read_as("a.docx", make_docx(f"<w:p><w:r><w:t>Seen</w:t></w:r>{run}</w:p>")).article
    assert article.text == ("Seen and more" if shown else "Seen")
