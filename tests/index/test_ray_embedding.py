"""A local Ray with two workers fills the embedding cache: the same index as without, whatever is killed on the way."""

from __future__ import annotations

import builtins
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import build
from index.encoder import default_encoder
from index.errors import EncoderMissing, RayFailed
from index.ray_embedding import OnRay
from index.types import Progress
from tests.index.conftest import HashEncoder, corpus, write_articles


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ray") / "articles"
    write_articles(folder, corpus(12))
    return folder


@pytest.fixture(scope="module")
def without_ray(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    index_dir = tmp_path_factory.mktemp("without")
    build([articles], index_dir)
    return vectors(index_dir)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.builder.EMBED_BATCH", 2)


def vectors(index_dir: Path) -> dict[str, bytes]:
    """key -> vector of the cache."""
    with closing(sqlite3.connect(index_dir / "catalog.sqlite")) as db:
        return dict(db.execute("SELECT key, vector FROM vectors"))


def descendants(pid: int) -> Iterator[int]:
    """The processes below this one."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            yield int(child)
            yield from descendants(int(child))


def workers() -> list[int]:
    return [pid for pid in descendants(os.getpid()) if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"ray::_embed")]


def listening(pids: set[int]) -> set[str]:
    """The addresses, in hexadecimal, at which these processes accept connections."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed since it was listed
                target = os.readlink(descriptor)
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {row[1].rpartition(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}


@pytest.mark.slow
def test_two_workers_make_the_same_index_and_one_killed_costs_a_retry(
    articles: Path, without_ray: dict[str, bytes], tmp_path: Path
) -> None:
    killed, seen, open_to = [], [], set[str]()

    def watch(progress: Progress) -> None:
        if progress.stage != "embedding":
            return
        seen.append(progress.done)
        if progress.done and not killed and (busy := workers()):  # between two texts a worker has another name
            open_to.update(listening({os.getpid(), *descendants(os.getpid())}))
            killed.append(busy[0])
            os.kill(killed[0], signal.SIGKILL)

    report = build([articles], tmp_path / "data", embed=OnRay("local", workers=2), on_progress=watch)
    assert killed and report.embedded == len(without_ray) and seen == [0, *range(2, len(without_ray) + 1, 2)]
    assert vectors(tmp_path / "data") == without_ray
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert open_to and open_to <= loopback, "Ray listens beyond loopback"
    assert not list(descendants(os.getpid())) or not workers(), "Ray was left running"
    again = build([articles], tmp_path / "data", embed=OnRay("local", workers=2))
    assert again.embedded == 0 and again.generation == report.generation


@pytest.mark.slow
def test_an_interrupted_build_keeps_what_was_embedded(articles: Path, without_ray: dict[str, bytes], tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "embedding" and progress.done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build([articles], tmp_path / "data", embed=OnRay("local", workers=2), on_progress=interrupt)
    kept = vectors(tmp_path / "data")
    assert len(kept) == 4 and kept.items() <= without_ray.items()
    report = build([articles], tmp_path / "data")
    assert report.embedded == len(without_ray) - 4 and vectors(tmp_path / "data") == without_ray


@pytest.mark.slow
def test_workers_with_another_model_are_refused(articles: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="this build uses hash: give all the same"):
        build([articles], tmp_path / "data", encoder=HashEncoder(), embed=OnRay("local", workers=1))
    assert not vectors(tmp_path / "data")


def test_no_ray_at_the_address(tmp_path: Path) -> None:
    with pytest.raises(RayFailed, match=r"There is no Ray at nowhere\.invalid:6379 .* use --ray local"):
        list(OnRay("nowhere.invalid:6379")(default_encoder(), [["text"]]))


def test_nothing_to_embed_starts_nothing() -> None:
    assert list(OnRay("nowhere.invalid:6379")(default_encoder(), [])) == []


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "ray":
            raise ModuleNotFoundError("No module named 'ray'", name="ray")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(RayFailed, match=r"pip install 'citewire\[ray\]'"):
        OnRay("local")


def test_batches_may_be_done_in_any_order(articles: Path, without_ray: dict[str, bytes], tmp_path: Path) -> None:
    def backwards(encoder: Any, batches: Any) -> Iterator[tuple[int, np.ndarray]]:
        yield from [(number, encoder.encode_passages(texts)) for number, texts in enumerate(batches)][::-1]

    build([articles], tmp_path / "data", embed=backwards)  # type: ignore[arg-type]
    assert vectors(tmp_path / "data") == without_ray
