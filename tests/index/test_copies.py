"""What is one article under two names, and what only tells of the same event."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from index import build, open_index
from index.copies import groups, signature
from tests.index.conftest import HashEncoder

REPORT = (
    "Customs officers in the port of Mallory found eleven crates of forged passports on Tuesday night, hidden under a load of "
    "frozen herring. The ship, the Anna Wickstrom, had come from Dunmere by way of two smaller harbours. Nobody was arrested, "
    "the head of customs said, because the crew had left the ship by the time the crates were opened. The passports carry the "
    "names of real people whose papers were stolen from a travel agency in May, according to a list that officers compared "
    "with them on Wednesday morning. The travel agency, which has forty branches, had told the police about the theft but not "
    "its customers. A spokeswoman said that it would write to all of them this week and pay for new papers. The ministry of "
    "the interior wants to know by Friday how the crates passed two earlier inspections. It is the third such find this year: "
    "in February officers stopped a lorry with blank driving licences, and in April a parcel with stamps of the land registry."
)
OTHER_REPORTER = (
    "Forged passports have turned up again in Mallory. Eleven crates of them lay beneath herring aboard the Anna Wickstrom, a "
    "freighter out of Dunmere that tied up on Tuesday. Her sailors were gone when customs came aboard, so the cells stayed "
    "empty. Each document bears the name of somebody whose own papers vanished from a travel agency this May; officers matched "
    "the two lists the next day. That agency informed the police then, yet left its customers in the dark. Now letters will go "
    "out, and replacements are to be paid for. How two inspections could miss the crates is what the interior minister asks, "
    "and he wants an answer before the weekend. Finds of licences and of registry stamps had come before, in February and April."
)


def edited(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    return text


SMALL_EDITS = {"on Tuesday night": "late on Tuesday", "eleven crates": "11 crates", "Nobody was arrested": "No one was arrested",
    "had told the police": "told police", "this week": "within a week", "wants to know": "has asked to know"}  # fmt: skip
COPIES = {
    "the same words": REPORT,
    "a new byline and dateline": f"By Ines Waldau\n\nMALLORY (Northern Wire) - {REPORT}",
    "another case and other marks": REPORT.upper().replace(",", " -"),
    "small edits": edited(REPORT, SMALL_EDITS),
    "cut before the last sentence": REPORT[: REPORT.index("It is the third")],
    "a sentence added": f"{REPORT} The port reopened on Thursday after a search of all other ships at its northern quay.",
}
NOT_COPIES = {
    "another reporter on the same event": OTHER_REPORTER,
    "only the first two sentences": REPORT[: REPORT.index("Nobody was")],
    "a short quote inside a longer article": f"{OTHER_REPORTER} {REPORT[:120]}",
}


@pytest.mark.parametrize("name", COPIES)
def test_what_counts_once(name: str) -> None:
    assert groups([signature(REPORT), signature(COPIES[name])]) == [[0, 1]]


@pytest.mark.parametrize("name", NOT_COPIES)
def test_what_counts_on_its_own(name: str) -> None:
    assert groups([signature(REPORT), signature(NOT_COPIES[name])]) == []


def test_texts_of_a_word_or_none() -> None:
    assert groups([signature(t) for t in ("", "Hello", " \n", "hello!", "Hello there", "…")]) == [[1, 3]]


def test_groups_are_those_of_comparing_every_pair() -> None:
    variants = [REPORT, OTHER_REPORTER, *COPIES.values(), *NOT_COPIES.values()]
    texts = [f"{v} Edition {i} of paper {i}." for i, v in enumerate(variants)] + [
        f"Note {i}: item{i} cost {i}." for i in range(60)
    ]
    signatures = [signature(text) for text in texts]
    alone = {(i, j) for i, j in itertools.combinations(range(len(texts)), 2) if groups([signatures[i], signatures[j]])}
    found = groups(signatures)
    assert {pair for group in found for pair in itertools.combinations(group, 2)} >= alone
    assert all(any(i in pair for pair in alone) for group in found for i in group)


def test_an_index_knows_the_copies_of_an_article(articles_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    folder, index_dir = Path(shutil.copytree(articles_dir, tmp_path / "articles")), tmp_path / "index"
    build([folder], index_dir, encoder=encoder)
    with open_index(index_dir, encoder).pinned() as generation:
        assert generation.copies_of("harbor-strike-wire.md") == ["harbor-strike-wire-2.md"]
        assert generation.copies_of("harbor-strike.md") == []  # twice as long: it says more than the wire
        assert generation.manifest.copies == 1
        hits = {hit.article_id: hit.copies for hit in generation.search("Dockers strike Port Mallory", top_k=20)}
        assert hits["harbor-strike-wire-2.md"] == ("harbor-strike-wire.md",)
        assert hits["harbor-strike.md"] == ()
    shutil.copy(folder / "harbor-strike-wire.md", folder / "again.md")
    (folder / "harbor-strike-wire-2.md").unlink()
    report = build([folder], index_dir, encoder=encoder)
    assert report.embedded == 0  # the same words have their vectors
    with open_index(index_dir, encoder).pinned() as generation:
        assert generation.copies_of("again.md") == ["harbor-strike-wire.md"]
