"""The doctor sees what is wrong in each store, says what to do, and does it from the catalog alone."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index import build, open_index
from index.doctor import diagnose
from index.errors import IndexCorrupt, IndexMissing
from index.generations import FORMAT, current_name, folder_of, names, point_to, read_manifest, write_manifest
from index.history import generations, rollback
from index.integrity import file_hashes
from index.mending import fix
from index.overview import overview
from index.vectors import update_vectors
from tests.index.conftest import HashEncoder, corpus, write_articles

pytestmark = pytest.mark.slow  # each test builds several indexes, each verified in a process of its own

HASH = HashEncoder.fingerprint


@pytest.fixture
def index_dir(tmp_path: Path, encoder: HashEncoder) -> Path:
    write_articles(tmp_path / "articles", corpus(12))
    build([tmp_path / "articles"], tmp_path / "index", encoder=encoder)
    return tmp_path / "index"


def current(index_dir: Path) -> Path:
    return folder_of(index_dir, current_name(index_dir) or "")


def rehash(generation: Path, **fields: object) -> None:
    """Make the hashes right again, so that only the content can tell."""
    from dataclasses import replace

    write_manifest(generation, replace(read_manifest(generation), files=file_hashes(generation), **fields))  # type: ignore[arg-type]


def change_text(generation: Path) -> None:
    with sqlite3.connect(generation / "articles.sqlite") as db:
        db.execute("UPDATE articles SET text = replace(text, 'rose', 'fell') WHERE number = 3")
    rehash(generation)


def shift_passage(generation: Path) -> None:
    with sqlite3.connect(generation / "articles.sqlite") as db:
        db.execute("UPDATE passages SET start = start + 2 WHERE number = 5")
    rehash(generation)


def drop_passage(generation: Path) -> None:
    with sqlite3.connect(generation / "articles.sqlite") as db:
        db.execute("DELETE FROM passages WHERE number = 5")
    rehash(generation)


def swap_vectors(generation: Path) -> None:
    with sqlite3.connect(generation / "articles.sqlite") as db:
        a, b = (row[0] for row in db.execute("SELECT id FROM passages WHERE number IN (1, 2)"))
    swapped = HashEncoder().encode_passages(["herring", "fleet"])
    update_vectors(generation / "chroma", [a, b], 2, [([a, b], swapped, [{"published": 0, "source": ""}] * 2)])
    rehash(generation)


def lose_terms(generation: Path) -> None:
    from index.counts import no_counts
    from index.lexical import write_lexical

    shutil.rmtree(generation / "bm25" / "articles")
    write_lexical(generation / "bm25" / "articles", no_counts(1).with_documents([(0, ["herring"])]))
    rehash(generation)


WOUNDS = {
    "a changed text": (change_text, "differs from what was indexed"),
    "a shifted passage": (shift_passage, "is no passage of its article"),
    "a lost passage": (drop_passage, "passages where 12 belong"),
    "foreign vectors": (swap_vectors, "not those of their passages"),
    "lost terms": (lose_terms, "BM25 articles where 12 belong"),
    "wrong dimensions": (lambda generation: rehash(generation, dimensions=7), "not those of their passages"),
    "a file too many": (lambda generation: (generation / "note").write_text("x"), "note does not belong there"),
    "a changed file": (lambda g: (g / "bm25/articles/params.index.json").write_text("{}"), "params.index.json has changed"),
    "vectors gone": (lambda generation: shutil.rmtree(generation / "chroma"), "chroma.sqlite3 is missing"),
    "manifest gone": (lambda generation: (generation / "manifest.json").unlink(), "no readable manifest"),
    "CURRENT astray": (lambda generation: point_to(generation.parent.parent, "000042"), "which is not there"),
    "CURRENT gone": (lambda generation: (generation.parent.parent / "CURRENT").unlink(), "no current generation"),
    "a leftover": (lambda generation: (generation.parent / "000009-77.tmp").mkdir(), "Killed builds left 000009-77.tmp"),
}


@pytest.mark.parametrize("name", WOUNDS)
def test_each_wound_is_named_and_healed(name: str, index_dir: Path, encoder: HashEncoder) -> None:
    assert diagnose(index_dir, HASH) == []
    wound, sign = WOUNDS[name]
    wound(current(index_dir))
    findings = diagnose(index_dir, HASH)
    assert any(sign in finding.message for finding in findings)
    assert all(finding.fixable and finding.remedy for finding in findings)
    assert fix(index_dir)
    assert diagnose(index_dir, HASH) == []
    assert open_index(index_dir, encoder).search("item7 place7")[0].article_id == "a007.txt"


@pytest.mark.parametrize("by_build", [True, False])
def test_a_catalog_alone_is_enough(by_build: bool, index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    for path in index_dir.iterdir():
        if not path.name.startswith("catalog.sqlite"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    encoder.embedded = 0
    if by_build:
        build([tmp_path / "articles"], index_dir, encoder=encoder)
    else:
        assert any("no current generation" in finding.message for finding in diagnose(index_dir, HASH))
        fix(index_dir)
    assert encoder.embedded == 0
    assert diagnose(index_dir, HASH) == []
    index = open_index(index_dir, encoder)
    assert {article.id.removesuffix(".txt"): article.text for article in _articles(index)} == corpus(12)
    assert index.search("item7 place7")[0].article_id == "a007.txt"


def _articles(index) -> list:  # noqa: ANN001
    with index.pinned() as generation:
        return list(generation.articles())


def test_a_broken_catalog_is_set_aside_and_the_index_serves_on(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    (index_dir / "catalog.sqlite").write_bytes(b"not a database at all" * 500)
    for extra in index_dir.glob("catalog.sqlite-*"):
        extra.unlink()
    with pytest.raises(IndexCorrupt, match="doctor --fix"):
        build([tmp_path / "articles"], index_dir, encoder=encoder)
    assert any("catalog cannot be trusted" in finding.message for finding in diagnose(index_dir, HASH))
    assert "catalog-broken.sqlite" in fix(index_dir)[0]
    assert open_index(index_dir, encoder).search("item7")[0].article_id == "a007.txt"
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    assert diagnose(index_dir, HASH) == []


def in_catalog(index_dir: Path, change: str) -> None:
    with closing(sqlite3.connect(index_dir / "catalog.sqlite")) as db, db:
        db.execute(change)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE articles SET text = replace(text, 'rose', 'fell') WHERE id = 'a003.txt'",
        "DELETE FROM passages WHERE article_id = 'a003.txt'",
    ],
)
def test_nothing_is_written_from_a_damaged_catalog(harm: str, index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    in_catalog(index_dir, harm)
    (finding,) = diagnose(index_dir, HASH)
    assert "a003.txt" in finding.message and "citewire build" in finding.remedy and not finding.fixable
    (current(index_dir) / "bm25" / "counts.npz").unlink()
    with pytest.raises(IndexCorrupt, match="citewire build"):
        fix(index_dir)
    assert current_name(index_dir) == "000001"
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    assert diagnose(index_dir, HASH) == []
    assert "rose by 3 percent" in open_index(index_dir, encoder).article("a003.txt").text


def test_a_damaged_vector_of_the_catalog_is_not_published(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    one, other = "(SELECT min(key) FROM vectors)", "(SELECT max(key) FROM vectors)"
    in_catalog(index_dir, f"UPDATE vectors SET vector = (SELECT vector FROM vectors WHERE key = {other}) WHERE key = {one}")
    (finding,) = diagnose(index_dir, HASH)
    assert "1 vectors of the catalog" in finding.message and finding.fixable
    shutil.rmtree(current(index_dir))
    with pytest.raises(IndexCorrupt, match="doctor --fix"):
        build([tmp_path / "articles"], index_dir, encoder=encoder)
    with pytest.raises(IndexCorrupt, match="lacks articles or vectors"):
        fix(index_dir)
    encoder.embedded = 0
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    assert encoder.embedded == 1 and diagnose(index_dir, HASH) == []


def test_without_a_catalog_a_good_generation_is_found_and_no_catalog_made(index_dir: Path, encoder: HashEncoder) -> None:
    for path in index_dir.glob("catalog.sqlite*"):
        path.unlink()
    (index_dir / "CURRENT").unlink()
    assert fix(index_dir) == ["Made generation 000001 current."]
    assert open_index(index_dir, encoder).search("item7 place7")[0].article_id == "a007.txt"
    shutil.rmtree(current(index_dir) / "bm25")
    assert "no good generation" in fix(index_dir)[0]
    assert not (index_dir / "catalog.sqlite").exists()


def test_a_folder_that_is_no_index_is_left_alone(tmp_path: Path) -> None:
    write_articles(tmp_path / "articles", corpus(2))
    (finding,) = diagnose(tmp_path / "articles", HASH)
    assert "holds no index" in finding.message and not finding.fixable
    with pytest.raises(IndexMissing, match="citewire build"):
        fix(tmp_path / "articles")
    assert sorted(path.name for path in (tmp_path / "articles").iterdir()) == ["a000.txt", "a001.txt"]


@pytest.mark.parametrize("catalog_is_whole", [True, False])
def test_a_leftover_is_removed_and_nothing_else_done(
    catalog_is_whole: bool, index_dir: Path, tmp_path: Path, encoder: HashEncoder
) -> None:
    write_articles(tmp_path / "articles", corpus(13))
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    assert rollback(index_dir) == "000001"
    if not catalog_is_whole:
        in_catalog(index_dir, "DELETE FROM vectors WHERE key = (SELECT min(key) FROM vectors)")
    (index_dir / "generations" / "000009-77.tmp").mkdir()
    assert fix(index_dir) == ["Removed what killed builds left: 000009-77.tmp."]
    assert (current_name(index_dir), names(index_dir)) == ("000001", ["000001", "000002"])
    assert not any("Killed" in finding.message for finding in diagnose(index_dir, HASH))


def test_what_only_a_build_can_cure(index_dir: Path) -> None:
    (finding,) = diagnose(index_dir, "another model")
    assert "another model" in finding.message and not finding.fixable and "build" in finding.remedy
    (nowhere,) = diagnose(index_dir / "nowhere", HASH)
    assert "citewire build" in nowhere.remedy


def test_an_overview_tells_what_is_there_and_what_is_missing(tmp_path: Path, articles_dir: Path, encoder: HashEncoder) -> None:
    sources, index_dir = Path(shutil.copytree(articles_dir, tmp_path / "articles")), tmp_path / "index"
    (sources / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    (sources / "plain.txt").write_text("only some words without a headline or date, going on and on.", encoding="utf-8")
    build([sources], index_dir, encoder=encoder)
    found = overview(index_dir)
    assert (found.articles, found.copies) == (11, 1)
    assert str(found.oldest) < str(found.newest)
    assert "plain.txt" in found.undated and "harbor-strike.md" not in found.undated
    assert sum(found.sources.values()) == 11 and "Northern Wire" in found.sources
    assert found.languages == {"English": 11}
    assert found.last_build and [failure.path for failure in found.last_build.failed] == ["picture.txt"]
    assert found.last_build.added == 11 and found.bytes > 100_000 and found.age_s < 600
    with pytest.raises(IndexMissing):
        overview(tmp_path / "nowhere")


def test_a_failed_build_is_remembered(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    from index.errors import SourceError

    with pytest.raises(SourceError):
        build([tmp_path / "nowhere"], index_dir, encoder=encoder)
    last = overview(index_dir).last_build
    assert last and "nowhere" in last.error


def test_a_rollback_and_the_build_after_it(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    with pytest.raises(IndexMissing, match="no good generation before"):
        rollback(index_dir)
    write_articles(tmp_path / "articles", corpus(12) | {"bad": "Herring herring herring."})
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    index = open_index(index_dir, encoder)
    assert index.search("herring")[0].article_id == "bad.txt"
    assert rollback(index_dir) == "000001"
    assert all(hit.article_id != "bad.txt" for hit in index.search("herring"))  # also in what is open
    assert [(g.name, g.current, g.held) for g in generations(index_dir)] == [("000002", False, False), ("000001", True, True)]
    assert rollback(index_dir, "000002") == "000002"
    assert rollback(index_dir) == "000001"
    with pytest.raises(IndexMissing, match="000077"):
        rollback(index_dir, "000077")
    encoder.embedded = 0
    report = build([tmp_path / "articles"], index_dir, encoder=encoder)
    assert (report.added, report.embedded) == (["bad.txt"], 0)
    assert index.search("herring")[0].article_id == "bad.txt"
    assert diagnose(index_dir, HASH) == []


def test_a_damaged_generation_is_never_rolled_back_to(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    (tmp_path / "articles" / "new.txt").write_text("Herring.", encoding="utf-8")
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    shutil.rmtree(folder_of(index_dir, "000001") / "bm25")
    with pytest.raises(IndexMissing, match="no good generation"):
        rollback(index_dir)
    with pytest.raises(IndexCorrupt, match="damaged"):
        rollback(index_dir, "000001")
    assert generations(index_dir)[1].fault
    assert current_name(index_dir) == "000002"


def test_a_damaged_earlier_generation_is_named_and_removed(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    (tmp_path / "articles" / "new.txt").write_text("Herring.", encoding="utf-8")
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    vectors = next((folder_of(index_dir, "000001") / "chroma").glob("*/data_level0.bin"))
    vectors.write_bytes(b"\0" * vectors.stat().st_size)
    (finding,) = diagnose(index_dir, HASH)
    assert (finding.severity, finding.fixable) == ("warning", True)
    assert "000001" in finding.message and "data_level0.bin has changed" in finding.message
    with closing(open_index(index_dir, encoder)) as index:
        assert fix(index_dir) == ["Removed generation 000001, which could not be used."]
        assert diagnose(index_dir, HASH) == [] and names(index_dir) == ["000002"]
        assert index.search("herring")[0].article_id == "new.txt"


def test_a_damaged_earlier_generation_is_removed_without_a_catalog(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    (tmp_path / "articles" / "new.txt").write_text("Herring.", encoding="utf-8")
    build([tmp_path / "articles"], index_dir, encoder=encoder)
    shutil.rmtree(folder_of(index_dir, "000001") / "bm25")
    (index_dir / "catalog.sqlite").unlink()
    assert fix(index_dir) == ["Removed generation 000001, which could not be used."]
    assert names(index_dir) == ["000002"]


def test_a_damaged_generation_that_a_reader_holds_is_left(index_dir: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    with closing(open_index(index_dir, encoder)) as index:
        index.search("herring")
        (tmp_path / "articles" / "new.txt").write_text("Herring.", encoding="utf-8")
        build([tmp_path / "articles"], index_dir, encoder=encoder)
        shutil.rmtree(folder_of(index_dir, "000001") / "bm25")
        assert fix(index_dir) == [] and names(index_dir) == ["000001", "000002"]
        assert [finding.severity for finding in diagnose(index_dir, HASH)] == ["warning"]


def test_a_manifest_of_another_version_is_said_to_be_one(index_dir: Path) -> None:
    path = current(index_dir) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"format": FORMAT - 1}), encoding="utf-8")
    assert any("another version" in finding.message for finding in diagnose(index_dir, HASH))
