"""Builds: what changed is done, what did not is left alone, what is gone is gone."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from index import build, open_index
from index.encoder import default_encoder
from index.errors import ArticleNotFound, IndexBusy, IndexCorrupt, IndexMismatch, IndexMissing, SourceError, StorageError
from index.generations import folder_of
from index.known_sources import known_read_options, known_sources, read_options_for
from index.readers import ReadOptions
from index.verify import problems


@pytest.fixture
def folder(articles_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(articles_dir, tmp_path / "articles"))


def write(path: Path, title: str, text: str) -> None:
    path.write_text(f"---\ntitle: {title}\n---\n{text}\n", encoding="utf-8")


def test_a_build_reports_what_it_did_and_the_next_does_nothing(folder: Path, tmp_path: Path) -> None:
    first = build([folder], tmp_path / "index")
    assert len(first.added) == first.articles == 10
    assert not first.failed
    assert first.embedded >= first.passages - 1 > 0
    second = build([folder], tmp_path / "index")
    assert (second.generation, second.embedded, second.added, second.changed, second.removed) == (first.generation, 0, [], [], [])
    assert second.unchanged == first.added


def test_only_what_changed_is_embedded(folder: Path, tmp_path: Path) -> None:
    build([folder], tmp_path / "index")
    path = folder / "bridge-cost.md"
    path.write_text(path.read_text(encoding="utf-8").replace("Two lanes", "Three lanes"), encoding="utf-8")
    (folder / "new.md").write_text(
        "---\ntitle: Lighthouse lit again\n---\nThe lighthouse of Sorrel Point was lit again.\n", encoding="utf-8"
    )
    (folder / "vaccine.html").unlink()
    report = build([folder], tmp_path / "index")
    assert (report.added, report.changed, report.removed) == (["new.md"], ["bridge-cost.md"], ["vaccine.html"])
    assert report.embedded == 2
    with_three = open_index(tmp_path / "index").search("bus lanes on the bridge")[0]
    assert "Three lanes" in with_three.text


def test_a_removed_article_is_in_no_store_and_no_file_that_readers_open(folder: Path, tmp_path: Path) -> None:
    index_dir = tmp_path / "index"
    build([folder], index_dir)
    (folder / "hostile.txt").unlink()
    report = build([folder], index_dir)
    assert report.removed == ["hostile.txt"]
    index = open_index(index_dir)
    assert all(hit.article_id != "hostile.txt" for hit in index.search("weather station on Mount Cullen", top_k=50))
    with pytest.raises(ArticleNotFound):
        index.article("hostile.txt")
    with sqlite3.connect(index_dir / "catalog.sqlite") as db:
        assert db.execute("SELECT count(*) FROM articles WHERE id = 'hostile.txt'").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM passages WHERE article_id = 'hostile.txt'").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM vectors WHERE key NOT IN (SELECT key FROM passages)").fetchone() == (0,)
    current = folder_of(index_dir, report.generation)
    assert not [p for p in current.rglob("*") if p.is_file() and b"hostile.txt" in p.read_bytes()]


def test_every_passage_is_an_exact_slice_and_its_vector_finds_it(fixtures_index: Path) -> None:
    with open_index(fixtures_index).pinned() as generation:
        assert problems(folder_of(fixtures_index, generation.name)) == []
        for article in generation.articles():
            spans = generation.passage_spans(article.id)
            assert "".join("".join(article.text[s:e].split()) for s, e in spans) == "".join(article.text.split())


def test_verification_notices_each_store_that_lost_something(folder: Path, tmp_path: Path) -> None:
    index_dir = tmp_path / "index"
    generation = folder_of(index_dir, build([folder], index_dir).generation)
    with sqlite3.connect(generation / "articles.sqlite") as db:
        db.execute("DELETE FROM passages WHERE number = 3")
    assert any("passages" in problem for problem in problems(generation))
    for segment in (p for p in (generation / "chroma").iterdir() if p.is_dir()):
        shutil.rmtree(segment)
    assert any("vectors" in problem for problem in problems(generation))


def test_a_file_that_can_no_longer_be_read_keeps_its_last_version(folder: Path, tmp_path: Path) -> None:
    build([folder], tmp_path / "index")
    (folder / "bridge-audit.md").write_bytes(b"\x00\x01\x02" * 2000)
    report = build([folder], tmp_path / "index")
    assert [failure.path for failure in report.failed] == ["bridge-audit.md"]
    assert report.removed == []
    assert open_index(tmp_path / "index").article("bridge-audit.md").title.startswith("Auditor")


def lines(*records: dict[str, str] | str) -> str:
    return "\n".join(record if isinstance(record, str) else json.dumps(record) for record in records)


def test_a_record_that_can_no_longer_be_read_keeps_its_last_version(tmp_path: Path) -> None:
    ferry, lamp, mill = ({"id": i, "text": f"The {i} was shown on Monday."} for i in ("ferry", "lamp", "mill"))
    path, index_dir = tmp_path / "export.jsonl", tmp_path / "index"
    path.write_text(lines(ferry, lamp, mill), encoding="utf-8")
    build([path], index_dir)
    path.write_text(lines('{"id": "ferry", "te', lamp, mill | {"text": "The mill burned down."}), encoding="utf-8")
    report = build([path], index_dir)
    assert [failure.path for failure in report.failed] == ["export.jsonl:1"]
    assert (report.removed, report.changed, report.unchanged) == ([], ["mill"], ["ferry", "lamp"])
    assert open_index(index_dir).article("ferry").text == "The ferry was shown on Monday."
    path.write_text(lines(lamp, mill), encoding="utf-8")
    assert build([path], index_dir).removed == ["ferry"], "all that is there reads, so what is not there goes"


def test_a_broken_record_in_a_zip_keeps_its_last_version_and_nothing_of_other_files(tmp_path: Path) -> None:
    def packed(**files: str) -> None:
        with zipfile.ZipFile(tmp_path / "articles" / "old.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(f"{name}.jsonl", text)

    (tmp_path / "articles").mkdir()
    packed(a=lines({"id": "ferry", "text": "The ferry sailed."}), b=lines({"id": "mill", "text": "The mill burned."}))
    build([tmp_path / "articles"], tmp_path / "index")
    packed(a="{broken", b=lines({"id": "lamp", "text": "The lamp was lit."}))
    report = build([tmp_path / "articles"], tmp_path / "index")
    assert (report.removed, report.added, report.unchanged) == (["mill"], ["lamp"], ["ferry"])


def test_a_second_record_of_an_id_keeps_nothing_that_is_gone(tmp_path: Path) -> None:
    ferry, lamp = ({"id": i, "text": f"The {i} was shown on Monday."} for i in ("ferry", "lamp"))
    path = tmp_path / "export.jsonl"
    path.write_text(lines(ferry, lamp, lamp), encoding="utf-8")
    build([path], tmp_path / "index")
    path.write_text(lines(lamp, lamp), encoding="utf-8")
    report = build([path], tmp_path / "index")
    assert (report.removed, len(report.failed)) == (["ferry"], 1)


def test_an_index_inside_a_source_is_not_read_but_its_own_folder_of_files_is_where_it_is_named(tmp_path: Path) -> None:
    index_dir, added = tmp_path / "data", tmp_path / "data" / "uploads"
    (tmp_path / "ferry.txt").write_text("The ferry sailed on Monday.", encoding="utf-8")
    build([tmp_path], index_dir)
    (index_dir / "feedback.jsonl").write_text('{"vote": 1}\n', encoding="utf-8")
    (added / "uploaded").mkdir(parents=True)
    (added / "uploaded" / "mill.txt").write_text("The mill burned on Tuesday.", encoding="utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "data").symlink_to(index_dir)
    report = build([tmp_path, added], index_dir)
    assert (report.added, report.unchanged, report.failed) == (["uploaded/mill.txt"], ["ferry.txt"], [])


def test_how_the_sources_were_read_is_remembered(tmp_path: Path) -> None:
    path, index_dir = tmp_path / "export.jsonl", tmp_path / "index"
    path.write_text(lines({"id": "ferry", "main_body": "The ferry sailed."}), encoding="utf-8")
    options = ReadOptions(2_000_000, {"text": "main_body"})
    assert known_read_options(index_dir) == ReadOptions()
    build([path], index_dir, read_options=options)
    assert (known_sources(index_dir), known_read_options(index_dir)) == ([path], options)
    assert read_options_for(index_dir, [path]) == options
    assert read_options_for(index_dir, [path, tmp_path / "other.jsonl"]) == ReadOptions()
    (index_dir / "sources.json").write_text(json.dumps([str(path)]), encoding="utf-8")  # as earlier versions did
    assert (known_sources(index_dir), known_read_options(index_dir)) == ([path], ReadOptions())


def test_a_dry_run_tells_and_does_nothing(folder: Path, tmp_path: Path) -> None:
    report = build([folder], tmp_path / "index", dry_run=True)
    assert len(report.added) == 10
    with pytest.raises(IndexMissing):
        open_index(tmp_path / "index")


def test_nothing_to_read_leaves_the_old_index(folder: Path, tmp_path: Path) -> None:
    build([folder], tmp_path / "index")
    with pytest.raises(SourceError):
        build([tmp_path / "nowhere"], tmp_path / "index")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError):
        build([tmp_path / "empty"], tmp_path / "index")
    assert open_index(tmp_path / "index").article("note-1").title == "Library hours"


def test_a_second_builder_is_told_who_builds(folder: Path, tmp_path: Path) -> None:
    hold = (
        "import sys,time; from pathlib import Path; from index.writer import writer\n"
        "with writer(Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", hold, str(tmp_path / "index")], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout and other.stdout.readline() == "held\n"
        with pytest.raises(IndexBusy, match=f"process {other.pid} on "):
            build([folder], tmp_path / "index")
    finally:
        other.kill()
        other.wait()
    assert build([folder], tmp_path / "index").articles == 10  # the lock died with its holder


@pytest.mark.slow
def test_an_open_index_follows_the_next_generation_and_the_old_one_goes(folder: Path, tmp_path: Path) -> None:
    index_dir = tmp_path / "index"
    build([folder], index_dir)
    index = open_index(index_dir)
    with index.pinned() as pinned:
        for i in range(3):
            (folder / "news.md").write_text(
                f"---\ntitle: Ferry {i}\n---\nThe ferry carried {i} sheep to Sorrel Point.\n", encoding="utf-8"
            )
            build([folder], index_dir)
        assert pinned.name == "000001"
        with pytest.raises(ArticleNotFound):
            pinned.article("news.md")  # never a mixture
        assert folder_of(index_dir, "000001").is_dir()
    assert "2 sheep" in index.search("sheep ferry Sorrel Point")[0].text
    assert index.generation == "000004"
    (folder / "news.md").unlink()
    build([folder], index_dir)
    names = sorted(p.name for p in (index_dir / "generations").iterdir() if p.is_dir())
    assert names == ["000004", "000005"]
    assert all(h.article_id != "news.md" for h in index.search("sheep ferry Sorrel Point"))


def write_edition(folder: Path, days: int) -> None:
    """Two articles that say the same figure, which no other edition has."""
    write(folder / "harbor-strike.md", "Dockers end strike", f"The dockers of Port Mallory ended their strike after {days} days.")
    write(
        folder / "strike-over.md", "Cranes move again", f"The strike of the dockers in Port Mallory lasted {days} days, it said."
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_four_threads_ask_during_ten_rebuilds(folder: Path, tmp_path: Path) -> None:
    from assistant import Assistant

    index_dir, question = tmp_path / "index", "How many days did the strike of the dockers in Port Mallory last?"
    for wire in folder.glob("harbor-strike*"):
        wire.unlink()
    write_edition(folder, 40)
    build([folder], index_dir)
    assistant, stop = Assistant(index_dir, llm="none"), threading.Event()
    seen: set[str] = set()
    wrong: list[str] = []

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = assistant.answer(question)
                quotes = [citation.quote for citation in answer.citations if "strike" in citation.quote]
                figures = set(re.findall(r"\b\d+(?= days)", " ".join([answer.text, *quotes])))
                if answer.abstained or len(figures) != 1 or not quotes:
                    wrong.append(f"{figures} in {answer.text!r} with {quotes}")
                seen.update(figures)
            except Exception as error:  # asserted below
                wrong.append(repr(error))
            time.sleep(0.5)  # leave the builds some of the machine

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for days in range(40, 51):
            if days > 40:
                write_edition(folder, days)
                build([folder], index_dir)
            deadline = time.monotonic() + 60
            # a fast machine builds several editions between two questions of a thread
            while str(days) not in seen and not wrong and time.monotonic() < deadline:
                time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert seen == {str(days) for days in range(40, 51)}


def test_a_new_generation_that_cannot_be_opened_leaves_the_old_one_answering(folder: Path, tmp_path: Path) -> None:
    index_dir = tmp_path / "index"
    build([folder], index_dir)
    index = open_index(index_dir)
    for name in ("000009", "\x00\xff nonsense"):
        (index_dir / "CURRENT").write_text(name, encoding="latin-1")
        assert index.search("Silver Bridge cost") and index.generation == "000001"
        with pytest.raises(IndexCorrupt, match="Build the index again|citewire"):
            open_index(index_dir)
    (folder / "hostile.txt").unlink()
    build([folder], index_dir)
    assert all(hit.article_id != "hostile.txt" for hit in index.search("weather station on Mount Cullen", top_k=50))


class OtherEncoder:
    """Another embedding model: vectors that cannot be compared with the index's."""

    fingerprint, dimensions, max_tokens = "other", 3, 100

    def token_starts(self, texts: list[str]) -> list[list[int]]:
        return default_encoder().token_starts(texts)

    def encode_passages(self, texts: list[str]) -> np.ndarray:
        return np.tile(np.array([1, 0, 0], dtype=np.float32), (len(texts), 1))

    def encode_query(self, text: str) -> np.ndarray:
        return np.array([1, 0, 0], dtype=np.float32)


def test_an_index_of_another_model_is_refused_and_a_build_replaces_it(folder: Path, tmp_path: Path) -> None:
    build([folder], tmp_path / "index", encoder=OtherEncoder())
    with pytest.raises(IndexMismatch, match="Build it again"):
        open_index(tmp_path / "index")
    report = build([folder], tmp_path / "index")
    assert len(report.unchanged) == 10
    assert open_index(tmp_path / "index").search("Silver Bridge cost")


def test_a_place_that_cannot_be_written_is_said_so(folder: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):  # not even root may write there
        build([folder], "/sys/citewire-index")
