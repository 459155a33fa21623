"""An index that is served for long: threads that come and go, and errors that pass."""

from __future__ import annotations

import gc
import sqlite3
import threading
from pathlib import Path

import pytest

from index import build, following, open_index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("Ferry home early\n\nThe ferry came home early on Monday, the port said.\n")
    build([tmp_path / "a.txt"], tmp_path / "data")
    return tmp_path


def test_threads_that_ended_leave_no_open_file(folder: Path) -> None:
    index = open_index(folder / "data")
    with index.pinned() as generation:
        for _ in range(20):
            thread = threading.Thread(target=index.article, args=("a.txt",))
            thread.start()
            thread.join()
        del thread
        gc.collect()
        assert len(generation._connections) <= 2
    index.close()


def test_a_generation_that_could_not_be_opened_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = open_index(folder / "data")
    (folder / "a.txt").write_text("Ferry home late\n\nThe ferry came home late on Tuesday, the port said.\n")
    build([folder / "a.txt"], folder / "data")
    real = following.Generation

    def fails(*args: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(following, "Generation", fails)
    assert "early" in index.article("a.txt").text
    monkeypatch.setattr(following, "Generation", real)
    assert "early" in index.article("a.txt").text  # not at each question: opening costs
    monkeypatch.setattr(following, "RETRY_S", 0.0)
    index._try_again = 0.0
    assert "late" in index.article("a.txt").text
    index.close()
