"""A full disk is one sentence and costs nothing; a dry run writes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import build, open_index
from index.doctor import diagnose
from index.errors import StorageError
from index.history import rollback
from index.last_build import last_build
from tests.index.conftest import HashEncoder, corpus, write_articles

pytestmark = pytest.mark.slow  # each test builds several indexes, each verified in a process of its own

ROOT = Path(__file__).resolve().parents[2]
#: a build in a process that can write no file beyond a size: for the system it is a disk that is full, for root as for a user
LIMITED = """
import json, resource, sys
from pathlib import Path
from index import build
from index.errors import CitewireIndexError
from tests.index.conftest import HashEncoder
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
try:
    build([sys.argv[2]], sys.argv[3], encoder=HashEncoder())
    told = ["", ""]
except CitewireIndexError as error:
    told = [type(error).__name__, str(error)]
sys.stdout.write(json.dumps(told))
"""


def limited_build(limit: int, sources: Path, index_dir: Path) -> list[str]:
    """:return: class and text of the error, both empty if the build went well."""
    command = [sys.executable, "-c", LIMITED, str(limit), str(sources), str(index_dir)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def state(index_dir: Path, encoder: HashEncoder) -> dict[str, str]:
    with open_index(index_dir, encoder).pinned() as generation:
        return {article.id.removesuffix(".txt"): article.text for article in generation.articles()}


@pytest.mark.parametrize(
    ("catalog_is_full", "limit", "store"),
    [(False, 30_000, "catalog"), (False, 300_000, "catalog"), (True, 100_000, "articles"), (True, 300_000, "vectors")],
    ids=["catalog, first page", "catalog, later", "articles", "vectors"],
)
def test_a_full_disk_leaves_the_old_index_and_says_so(
    catalog_is_full: bool, limit: int, store: str, tmp_path: Path, encoder: HashEncoder
) -> None:
    sources, index_dir = tmp_path / "articles", tmp_path / "index"
    old, new = corpus(12), corpus(400)
    write_articles(sources, old)
    build([sources], index_dir, encoder=encoder)
    write_articles(sources, new)
    if catalog_is_full:  # so that the generation is what is left to write
        build([sources], index_dir, encoder=encoder)
        rollback(index_dir)
    kind, text = limited_build(limit, sources, index_dir)
    assert kind == "StorageError"
    assert "old index still serves" in text and len(text.splitlines()) == 1
    assert ("The vectors cannot be written" in text) == (store == "vectors")
    assert state(index_dir, encoder) == old
    assert not list((index_dir / "generations").glob("*.tmp"))
    last = last_build(index_dir)
    assert last and last.error == text
    assert limited_build(100_000_000, sources, index_dir) == ["", ""]
    assert state(index_dir, encoder) == new
    assert diagnose(index_dir, encoder.fingerprint) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1.5 MB, which only root may make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk; the tests above do without")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, tmp_path: Path, encoder: HashEncoder) -> None:
    sources, index_dir = tmp_path / "articles", small_disk / "index"
    write_articles(sources, corpus(12))
    build([sources], index_dir, encoder=encoder)
    index = open_index(index_dir, encoder)
    for count in (250, 700):  # too many for the generation, and for the catalog
        write_articles(sources, corpus(count))
        with pytest.raises(StorageError, match="old index still serves"):
            build([sources], index_dir, encoder=encoder)
        assert state(index_dir, encoder) == corpus(12)
        assert index.search("item7 place7")[0].article_id == "a007.txt"
        assert not list((index_dir / "generations").glob("*.tmp"))
    subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)  # some space is freed
    write_articles(sources, corpus(13))
    assert build([sources], index_dir, encoder=encoder).added == ["a012.txt"]
    assert diagnose(index_dir, encoder.fingerprint) == []


def test_a_file_in_the_place_of_an_index(tmp_path: Path, encoder: HashEncoder) -> None:
    write_articles(tmp_path / "articles", corpus(2))
    place = tmp_path / "index"
    place.write_text("a letter")
    with pytest.raises(StorageError, match="is a file"):
        build([tmp_path / "articles"], place, encoder=encoder)
    (finding,) = diagnose(place, encoder.fingerprint)
    assert "is a file" in finding.message and finding.remedy
    assert place.read_text() == "a letter"


def test_a_dry_run_makes_no_folder(tmp_path: Path, encoder: HashEncoder) -> None:
    write_articles(tmp_path / "articles", corpus(3))
    report = build([tmp_path / "articles"], tmp_path / "index", encoder=encoder, dry_run=True)
    assert len(report.added) == 3 and encoder.embedded == 0
    assert not (tmp_path / "index").exists()


def test_a_dry_run_touches_no_file_and_needs_no_lock(tmp_path: Path, encoder: HashEncoder) -> None:
    from index.writer import writer

    sources, index_dir = tmp_path / "articles", tmp_path / "index"
    write_articles(sources, corpus(3))
    build([sources], index_dir, encoder=encoder)
    write_articles(sources, corpus(5))
    with writer(index_dir):
        before = {path: path.read_bytes() for path in index_dir.rglob("*") if path.is_file()}
        report = build([sources], index_dir, encoder=encoder, dry_run=True)
        after = {path: path.read_bytes() for path in before}
    assert (len(report.added), len(report.unchanged)) == (2, 3)
    assert before == after
