"""`kill -9` at any moment of a build: the index is the old one or the new one, and the next build completes."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from index import build, open_index, publication
from index.doctor import diagnose
from index.errors import IndexCorrupt
from index.generations import KEEP, names
from index.history import bytes_of
from index.search import Generation
from index.verify import problems
from index.verifying import Verifier
from tests.index.conftest import HashEncoder, corpus, write_articles

KILLS = 60
SEED = 20251115
STEADY = 40
#: loaded once in the process that all others are forked from
PRELOADED = ["chromadb", "bm25s", "rensa", "Stemmer", "sentencex", "trafilatura", "tests.index.test_crash"]


def edition(number: int) -> dict[str, str]:
    """What the sources hold: two articles that change each time (a small change); in every third edition all of them do."""
    texts = corpus(STEADY)
    texts |= {f"lead{i}": f"This is edition{number} of the lead {i}.\n\nIt was printed {number} times." for i in range(2)}
    texts |= {f"only{number}": f"An article that only edition{number} has, about herring{number}."}
    return {name: f"{text} Volume{number // 3} it is." for name, text in texts.items()}


def number_of(generation: Generation) -> int:
    """Which edition this is. :raises AssertionError: if it is a mixture of two, or anything else than one of them exactly."""
    texts = {article.id.removesuffix(".txt"): article.text for article in generation.articles()}
    number = next(int(name.removeprefix("only")) for name in texts if name.startswith("only"))
    wanted = edition(number)
    assert texts == wanted
    for query, few in ((f"edition{number} herring{number}", 3), (f"volume{number // 3}", len(wanted))):
        hits = generation.search(query, top_k=len(wanted) + 5)
        assert len({hit.article_id for hit in hits}) >= few
        for hit in hits:
            assert wanted[hit.article_id.removesuffix(".txt")][hit.start : hit.end] == hit.text
    assert generation.search(f"herring{number}", top_k=1)[0].article_id == f"only{number}.txt"
    return number


def build_once(sources: Path, index_dir: Path) -> None:
    """Build in this process. Its verification is a process of its own as always, but one forked before Chroma is used."""
    ours, theirs = multiprocessing.Pipe()
    if os.fork() == 0:
        ours.close()
        _verify_for(theirs)
    theirs.close()

    class ForkedVerifier(Verifier):
        def __enter__(self) -> Verifier:
            return self

        def __call__(self, folder: Path) -> None:
            ours.send(folder)
            if faults := ours.recv():
                raise IndexCorrupt("; ".join(faults))

    publication.Verifier = ForkedVerifier
    build([sources], index_dir, encoder=HashEncoder())


def _verify_for(builder: Connection) -> None:
    status = 1
    try:
        while True:
            builder.send(problems(builder.recv()))
    except EOFError:  # the builder is done
        status = 0
    finally:
        os._exit(status)


def read_on(index_dir: Path, stop: Event, told: Connection) -> None:
    """Ask all the time from two threads, as a chat does; tell the editions seen and what went wrong."""
    index = open_index(index_dir, HashEncoder())
    seen, wrong = [], []

    def ask() -> None:
        while not stop.is_set():
            try:
                with index.pinned() as generation:
                    seen.append(number_of(generation))
            except Exception as error:  # told below
                wrong.append(repr(error))
                return
            time.sleep(0.1)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.send((seen, wrong))


def published(index_dir: Path) -> int:
    generation = Generation(index_dir, HashEncoder())
    try:
        return number_of(generation)
    finally:
        generation.close()


@pytest.fixture
def context() -> ForkServerContext:
    """Where processes are forked from one that has loaded everything and used none of it."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(PRELOADED)
    return forking


@dataclass
class Builds:
    """Builds of editions, each in a process of its own."""

    context: ForkServerContext
    sources: Path
    index_dir: Path

    def start(self, number: int) -> BaseProcess:
        write_articles(self.sources, edition(number))
        process = self.context.Process(target=build_once, args=(self.sources, self.index_dir))
        process.start()
        return process

    def complete(self, number: int) -> float:
        """:return: seconds that it took."""
        started = time.monotonic()
        process = self.start(number)
        process.join()
        took = time.monotonic() - started
        assert process.exitcode == 0 and published(self.index_dir) == number
        return took


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_kill_breaks_an_index(tmp_path: Path, context: ForkServerContext) -> None:
    index_dir, moments = tmp_path / "index", random.Random(SEED)
    builds = Builds(context, tmp_path / "articles", index_dir)
    builds.complete(0)
    took, size = builds.complete(1), bytes_of(index_dir)
    stop, (ours, theirs) = context.Event(), context.Pipe()
    reader = context.Process(target=read_on, args=(index_dir, stop, theirs), daemon=True)
    reader.start()
    kills, number = 0, 1
    while kills < KILLS:
        process = builds.start(number + 1)
        process.join(moments.uniform(0, 1.1 * took))
        if process.is_alive():
            os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        kills += process.exitcode == -signal.SIGKILL
        assert published(index_dir) in (number, number + 1)
        took = 0.5 * took + 0.5 * builds.complete(number + 1)
        number += 1
        assert len(names(index_dir)) <= KEEP + 1  # one more while the reader is still in it
        assert bytes_of(index_dir) < 3 * size
    stop.set()
    seen, wrong = ours.recv()
    reader.join()
    assert wrong == []
    assert len(set(seen)) > KILLS / 3 and seen[-1] >= number - 1
    assert not list((index_dir / "generations").glob("*.tmp"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_fifty_rebuilds_need_no_more_room_than_a_few(tmp_path: Path, context: ForkServerContext) -> None:
    builds, sizes = Builds(context, tmp_path / "articles", tmp_path / "index"), []
    for number in range(50):
        builds.complete(number)
        sizes.append(bytes_of(builds.index_dir))
        assert len(names(builds.index_dir)) <= KEEP
    assert max(sizes[25:]) < 1.2 * max(sizes[3:10])
    assert diagnose(builds.index_dir, HashEncoder.fingerprint) == []
