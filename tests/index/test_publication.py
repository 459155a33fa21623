"""Small changes take over the vector store of the last generation; damage is repaired from the catalog, without embedding."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import bm25s
import numpy as np
import pytest

from index import build, open_index, verifying
from index.counts import no_counts
from index.errors import ArticleNotFound, IndexCorrupt
from index.generations import folder_of, names, point_to, read_manifest
from index.integrity import damage, file_hashes
from index.lexical import K1, B, Lexical, write_lexical
from index.terms import terms as terms_of
from index.verify import problems
from index.verifying import Verifier, kept_verifier
from tests.index.conftest import HashEncoder, corpus, write_articles

pytestmark = pytest.mark.slow  # each test builds several indexes, each verified in a process of its own


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    write_articles(tmp_path / "articles", corpus(60))
    return tmp_path / "articles"


def current(index_dir: Path) -> Path:
    return folder_of(index_dir, names(index_dir)[-1])


def log_is_empty(generation: Path) -> bool:
    """True if HNSW holds every vector itself, so that no reader has to replay (and write) anything."""
    with closing(sqlite3.connect(generation / "chroma" / "chroma.sqlite3")) as db:
        newest = db.execute("SELECT max(seq_id) FROM embeddings_queue").fetchone()[0]
        return {row[0] for row in db.execute("SELECT seq_id FROM max_seq_id")} == {newest}


@pytest.mark.parametrize(("added", "removed"), [(1, 0), (0, 1), (2, 2)])
def test_a_small_change_takes_over_the_vectors(
    added: int, removed: int, tmp_path: Path, sources: Path, encoder: HashEncoder
) -> None:
    index_dir = tmp_path / "index"
    build([sources], index_dir, encoder=encoder)
    articles = dict(list(corpus(60).items())[removed:])
    articles |= {f"new{i}": f"The herring fleet {i} came home early." for i in range(added)}
    write_articles(sources, articles)
    build([sources], index_dir, encoder=encoder)
    generation = current(index_dir)
    manifest = read_manifest(generation)
    assert manifest.churn == added + removed
    assert problems(generation) == [] and damage(generation, manifest) == []
    assert log_is_empty(generation)
    gone = [f"a{i:03d}.txt".encode() for i in range(removed)]
    assert not [p for p in generation.rglob("*") if p.is_file() for name in gone if name in p.read_bytes()]
    before = file_hashes(generation)
    with open_index(index_dir, encoder).pinned() as reader:
        found = reader.search("herring fleet", top_k=5)
        assert sum("herring" in hit.text for hit in found) == added
        for i in range(removed):
            with pytest.raises(ArticleNotFound):
                reader.article(f"a{i:03d}.txt")
        assert reader.search("item41 place41")[0].article_id == "a041.txt"
    assert file_hashes(generation) == before


def test_many_changes_write_all_vectors_anew(tmp_path: Path, sources: Path, encoder: HashEncoder) -> None:
    index_dir = tmp_path / "index"
    build([sources], index_dir, encoder=encoder)
    churns = []
    for i in range(1, 8):
        write_articles(sources, dict(list(corpus(60 + 3 * i).items())[3 * i :]))  # three go, three come: 10 % of sixty
        build([sources], index_dir, encoder=encoder)
        churns.append(read_manifest(current(index_dir)).churn)
        assert problems(current(index_dir)) == []
    assert churns == [6, 12, 18, 0, 6, 12, 18]
    write_articles(sources, corpus(60))
    build([sources], index_dir, encoder=encoder)
    assert read_manifest(current(index_dir)).churn == 0


def test_a_date_that_changed_reaches_the_filter(tmp_path: Path, encoder: HashEncoder) -> None:
    from datetime import date

    sources, index_dir = tmp_path / "articles", tmp_path / "index"
    write_articles(sources, corpus(30))
    dated = sources / "dated.md"
    dated.write_text("---\ntitle: Herring\ndate: 2025-03-01\n---\nThe herring fleet came home.\n", encoding="utf-8")
    build([sources], index_dir, encoder=encoder)
    dated.write_text(dated.read_text(encoding="utf-8").replace("2025-03-01", "2025-06-01"), encoding="utf-8")
    assert build([sources], index_dir, encoder=encoder).embedded == 0
    assert read_manifest(current(index_dir)).churn == 2
    index = open_index(index_dir, encoder)
    assert [hit.article_id for hit in index.search("herring", since=date(2025, 5, 1))] == ["dated.md"]
    assert index.search("herring", until=date(2025, 5, 1)) == []


def remove_vectors(generation: Path) -> None:
    shutil.rmtree(next(p for p in (generation / "chroma").iterdir() if p.is_dir()))


def truncate_articles(generation: Path) -> None:
    path = generation / "articles.sqlite"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_byte(generation: Path) -> None:
    path = generation / "bm25" / "passages" / "data.csc.index.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 0xFF
    path.write_bytes(bytes(content))


def spoil_chroma(generation: Path) -> None:
    path = generation / "chroma" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[:5000])


DAMAGE = {
    "vectors gone": remove_vectors,
    "articles truncated": truncate_articles,
    "a byte of BM25": flip_a_byte,
    "Chroma's database truncated": spoil_chroma,
    "manifest gone": lambda generation: (generation / "manifest.json").unlink(),
    "manifest is no JSON": lambda generation: (generation / "manifest.json").write_text("[1"),
    "everything gone": shutil.rmtree,
    "no lock to hold": lambda generation: generation.with_suffix(".lock").unlink(),
    "CURRENT points nowhere": lambda generation: point_to(generation.parent.parent, "000777"),
    "CURRENT is empty": lambda generation: (generation.parent.parent / "CURRENT").write_text(""),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_damaged_is_written_again_without_embedding(name: str, tmp_path: Path, encoder: HashEncoder) -> None:
    sources, index_dir = tmp_path / "articles", tmp_path / "index"
    write_articles(sources, corpus(12))
    build([sources], index_dir, encoder=encoder)
    DAMAGE[name](current(index_dir))
    encoder.embedded = 0
    report = build([sources], index_dir, encoder=encoder)
    assert encoder.embedded == report.embedded == 0
    assert report.generation > "000001" and problems(folder_of(index_dir, report.generation)) == []
    assert open_index(index_dir, encoder).search("item7 place7")[0].article_id == "a007.txt"
    again = build([sources], index_dir, encoder=encoder)
    assert again.generation == report.generation and len(again.unchanged) == 12


def test_bm25_scores_are_those_of_bm25s_itself(tmp_path: Path) -> None:
    texts = [*corpus(40).values(), "the the of", "herring herring herring fleet"]
    documents = [terms_of(text) for text in texts]
    write_lexical(tmp_path / "ours", no_counts(len(documents)).with_documents(enumerate(documents)))
    ours, theirs = Lexical(tmp_path / "ours"), bm25s.BM25(k1=K1, b=B)
    theirs.index(documents, show_progress=False)
    for query in ("report item7 percent", "herring fleet", "figure3 person4 report"):
        assert np.allclose(ours.scores(query), theirs.get_scores(list(dict.fromkeys(terms_of(query)))), atol=1e-6)
        assert ours.scores(query).max() > 0


def test_a_verifier_that_is_kept_finds_what_is_wrong_and_outlives_its_end(tmp_path: Path, encoder: HashEncoder) -> None:
    write_articles(tmp_path / "articles", corpus(3))
    index_dir = tmp_path / "index"
    with kept_verifier():
        build([tmp_path / "articles"], index_dir, encoder=encoder)
        folder = current(index_dir)
        with Verifier() as verify:
            verify(folder)
            (folder / "chroma" / "chroma.sqlite3").write_bytes(b"no database")
            with pytest.raises(IndexCorrupt, match="did not verify"):
                verify(folder)
            with pytest.raises(IndexCorrupt, match="no readable manifest"):
                verify(tmp_path)
        assert verifying._kept is not None
        verifying._kept._popen.kill()
        verifying._kept._popen.wait()
        write_articles(tmp_path / "articles", corpus(4))
        assert len(build([tmp_path / "articles"], index_dir, encoder=encoder).added) == 1


def test_a_verifier_that_warns_much_still_answers(tmp_path: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a pipe holds, which is 64 KB."""
    write_articles(tmp_path / "articles", corpus(3))
    build([tmp_path / "articles"], tmp_path / "index", encoder=encoder)
    monkeypatch.setenv("PYTHONVERBOSE", "1")  # a line for each module, a megabyte in all
    with kept_verifier():
        kept, found = verifying._kept, list[list[str]]()
        assert kept is not None
        asking = threading.Thread(target=lambda: found.append(kept.faults(current(tmp_path / "index"))), daemon=True)
        asking.start()
        asking.join(120)
        if asking.is_alive():
            kept._popen.kill()
        assert found == [[]]


def test_what_a_verifier_said_before_it_died_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.stderr.write('x' * 100_000 + '\\nno more memory\\n')\nimport os\nos._exit(1)\n"
    )
    with kept_verifier(), pytest.raises(IndexCorrupt, match="did not verify .no more memory"):
        Verifier()(tmp_path)


def test_a_verifier_that_dies_in_the_middle_of_its_answer_is_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nsys.stdin.readline()\nos.write(1, b'[\"half')\nos.write(2, b'no more memory\\n')\nos._exit(1)\n"
    )
    with kept_verifier(), pytest.raises(IndexCorrupt, match="did not verify .no more memory"):
        Verifier()(tmp_path)


def test_what_lies_in_the_folder_where_a_build_runs_has_no_say(
    tmp_path: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's own `index.py` or `json.py` is not run in the place of ours."""
    write_articles(tmp_path / "articles", corpus(3))
    for name in ("index.py", "json.py", "chromadb.py"):
        (tmp_path / name).write_text("raise SystemExit('this is not for you')\n")
    monkeypatch.chdir(tmp_path)
    with kept_verifier():  # not the one that was started before, elsewhere
        assert len(build(["articles"], "index", encoder=encoder).added) == 3


def test_another_verifier_answers_for_one_that_died(tmp_path: Path, encoder: HashEncoder) -> None:
    write_articles(tmp_path / "articles", corpus(3))
    build([tmp_path / "articles"], tmp_path / "index", encoder=encoder)
    with Verifier() as verify:
        for _ in range(2):
            assert verify._process is not None
            verify._process._popen.kill()
            verify._process._popen.wait()
            verify(current(tmp_path / "index"))
