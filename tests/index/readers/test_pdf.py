from __future__ import annotations

from datetime import date

import pytest

LINES = [
    "Harbour bridge reopens after storm",
    "LINDHOLM, May 12, 2024 - The harbour bridge in Lindholm reopened on Sunday after engi-",
    "neers had spent nine days repairing the damage that the spring storm had done to it,",
    "the mayor said.",
    "Traffic returned to normal levels by noon, and the ferry that had stood in for it made",
    "its last crossing.",
]


def test_text_headline_and_dateline(read_as, make_pdf):
    article = read_as("a.pdf", make_pdf(LINES, ["A second page ends the story."])).article
    assert article.text == (
        "Harbour bridge reopens after storm\n\n"
        "LINDHOLM, May 12, 2024 - The harbour bridge in Lindholm reopened on Sunday after engineers had spent nine days "
        "repairing the damage that the spring storm had done to it, the mayor said.\n\n"
        "Traffic returned to normal levels by noon, and the ferry that had stood in for it made its last crossing.\n\n"
        "A second page ends the story."
    )
    assert article.title == "Harbour bridge reopens after storm"
    assert article.published == date(2024, 5, 12)  # not the day the file was made


def test_stated_title_and_author(read_as, make_pdf):
    article = read_as("a.pdf", make_pdf(LINES[1:], title="Bridge open again", author="Anna Berg")).article
    assert (article.title, article.author) == ("Bridge open again", "Anna Berg")


@pytest.mark.parametrize("title", ["Microsoft Word - draft 3.docx", "untitled document", "bridge_final.indd", "4711"])
def test_titles_that_programs_write_do_not_count(read_as, make_pdf, title):
    assert read_as("a.pdf", make_pdf(LINES, title=title)).article.title == LINES[0]


def test_an_empty_password_opens_it(read_as, make_pdf):
    assert "reopened on Sunday" in read_as("a.pdf", make_pdf(LINES, password="")).article.text


def test_encrypted(read_as, make_pdf):
    reason = read_as("a.pdf", make_pdf(LINES, password="secret")).reason
    assert reason == "is encrypted: save it without a password and build again"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off(read_as, make_pdf, share):
    whole = make_pdf(LINES)
    assert "cut off" in read_as("a.pdf", whole[: int(len(whole) * share)]).reason


def test_a_scan_has_no_text(read_as, make_pdf):
    assert "scan" in read_as("a.pdf", make_pdf([])).reason


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"plain text", "not a PDF"), (b"%PDF-1.4 nothing %%EOF", "damaged")]
)
def test_what_is_no_pdf(read_as, content, word):
    assert word in read_as("a.pdf", content).reason


def test_what_is_appended_behind_the_end_costs_nothing(read_as, make_pdf):
    whole = make_pdf(LINES)
    for tail in (b"\n" * 5000, b"<!-- sent by an object server -->\n" * 100, bytes(3000)):
        assert "reopened on Sunday" in read_as("a.pdf", whole + tail).article.text


def test_an_end_before_the_last_objects_is_none(read_as, make_pdf):
    head, tail = make_pdf(LINES).split(b"2 0 obj", 1)
    cut = (
        (head + b"startxref\n0\n%%EOF\n2 0 obj" + tail)
        .replace(b"%%EOF", b"", 2)
        .replace(b"startxref\n0\n", b"startxref\n0\n%%EOF\n", 1)
    )
    assert "cut off" in read_as("a.pdf", cut).reason
