"""The catalog's file: read where nothing may be written beside it, and as an earlier version left it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.catalog import Catalog, CutPassage
from index.contents import faults_of
from index.types import Article, Passage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(Catalog(tmp_path / "catalog.sqlite")) as catalog:
        catalog.put_vectors("hash", ["a", "b"], np.eye(2, 4, dtype=np.float32))
        catalog.commit()
    return tmp_path / "catalog.sqlite"


def test_a_catalog_in_a_folder_that_is_read_only_is_read_without_a_file_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write what others may not
    with closing(Catalog(path, read_only=True)) as catalog:
        assert catalog.vectors("hash", ["b"]).tolist() == [[0, 1, 0, 0]]
        assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert faults_of(path) == []
    with closing(Catalog(path)) as builder:
        builder.put_vectors("hash", ["c"], np.ones((1, 4), dtype=np.float32))
        builder.commit()
        with closing(Catalog(path, read_only=True)) as catalog:
            assert catalog.vector("hash", "c") is not None, "what is in the log is seen"


def test_a_catalog_without_checksums_is_read_and_gets_them_when_it_is_written(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE vectors DROP COLUMN sum")
    with closing(Catalog(path, read_only=True)) as catalog:
        assert catalog.vectors("hash", ["a", "b"]).shape == (2, 4) and catalog.damaged_vectors() == 0
    with closing(Catalog(path)) as catalog:
        catalog.put_vectors("hash", ["c"], np.ones((1, 4), dtype=np.float32))
        catalog.commit()
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE vectors SET vector = zeroblob(16)")
        assert catalog.damaged_vectors() == catalog.drop_damaged_vectors() == 1, "of the others nobody knows"


def test_a_text_that_two_articles_share_is_asked_for_where_one_of_them_has_it(path: Path) -> None:
    text = "The ferry was late again on Monday."
    articles = [Article("a", f"{'Before it stands much else. ' * 3}{text}"), Article("b", text), Article("c", f"No. {text}")]
    with closing(Catalog(path)) as catalog:
        for article in articles:
            start = article.text.index(text)
            passage = Passage("", article.id, start, start + len(text), text)
            catalog.put(article, article.id, "recipe", [CutPassage(passage, "key", ["ferry"])])
        [(key, article_id, start, end)] = catalog.missing_vectors("hash")
        assert (key, catalog.article(article_id).text[start:end]) == ("key", text)
