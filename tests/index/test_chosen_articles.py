"""A search of single articles: only theirs are found, as exactly as if the index held no others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index import build, open_index
from tests.index.conftest import HashEncoder, corpus, write_articles

COST, AUDIT, CORRECTION = "bridge-cost.md", "bridge-audit.md", "bridge-correction.md"


@pytest.mark.parametrize("chosen", [[COST], [COST, AUDIT], [AUDIT, "note-1", "vaccine.html"]])
def test_only_the_chosen_articles_are_found(fixtures_index: Path, chosen: list[str]) -> None:
    index = open_index(fixtures_index)
    for query in ("How much will the Silver Bridge cost?", "library on Sundays", "nothing has these words: zyx"):
        hits = index.search(query, top_k=50, articles=chosen)
        assert hits and {hit.article_id for hit in hits} <= set(chosen)
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert {hit.article_id for hit in index.search("Silver Bridge", top_k=50, articles=[COST, AUDIT])} == {COST, AUDIT}


def test_similarity_is_that_of_the_search_of_all(fixtures_index: Path) -> None:
    index = open_index(fixtures_index)
    everywhere = {hit.passage_id: hit.dense_score for hit in index.search("What does the bridge cost?", top_k=100)}
    chosen = index.search("What does the bridge cost?", top_k=100, articles=[COST, "vaccine.html"])
    assert {hit.article_id for hit in chosen} == {COST, "vaccine.html"}
    np.testing.assert_allclose([hit.dense_score for hit in chosen], [everywhere[hit.passage_id] for hit in chosen], atol=1e-5)


def test_an_unknown_article_is_left_out(fixtures_index: Path) -> None:
    index = open_index(fixtures_index)
    assert {hit.article_id for hit in index.search("Silver Bridge", articles=["gone.md", COST])} == {COST}
    for unknown in (["gone.md"], ["' OR 1=1 --"], ["\ud800", "a\0b", ""]):
        assert index.search("Silver Bridge", articles=unknown) == []
    assert index.search("Silver Bridge", articles=[]) == index.search("Silver Bridge"), "none chosen: all are searched"


def test_filters_are_combined(fixtures_index: Path) -> None:
    index, chosen = open_index(fixtures_index), [COST, AUDIT, CORRECTION]
    late = index.search("Silver Bridge", since=date(2025, 4, 9), articles=chosen)
    assert {hit.article_id for hit in late} == {AUDIT, CORRECTION}
    ledger = index.search("Silver Bridge", until=date(2025, 4, 9), sources=["the evening ledger"], articles=chosen)
    assert {hit.article_id for hit in ledger} == {AUDIT}
    assert index.search("Silver Bridge", since=date(2025, 4, 9), articles=[COST]) == []


def test_a_removed_article_is_no_longer_found(tmp_path: Path, encoder: HashEncoder) -> None:
    sources, index_dir = tmp_path / "articles", tmp_path / "index"
    write_articles(sources, corpus(6))
    build([sources], index_dir, encoder=encoder)
    index, chosen = open_index(index_dir, encoder), ["a002.txt", "a003.txt"]
    assert {hit.article_id for hit in index.search("report item2", articles=chosen)} == set(chosen)
    (sources / "a002.txt").unlink()
    build([sources], index_dir, encoder=encoder)
    assert {hit.article_id for hit in index.search("report item2", articles=chosen)} == {"a003.txt"}
    (sources / "a003.txt").unlink()
    build([sources], index_dir, encoder=encoder)
    assert index.search("report item2", articles=chosen) == [] and index.search("report item2")
