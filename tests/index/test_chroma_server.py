"""A real `chroma run` on loopback: it alone is enough for a replica, and when it goes away, words answer until it is back."""

from __future__ import annotations

import http.server
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index import build, open_index
from index.chroma_server import Pause
from index.configured import vector_server
from index.doctor import diagnose
from index.errors import IndexBusy, IndexMismatch, UpstreamFailed, VectorsUnreachable
from index.generations import SERVED, Manifest, current_name, folder_of, read_manifest
from index.moving import pull, push
from index.served import write_served
from tests.index.conftest import HashEncoder, corpus, write_articles
from tests.index.test_upstream import Builder, ids, until, upstream

pytestmark = pytest.mark.slow


class ChromaRun:
    """`chroma run` on one port, which can be killed and started again over the same folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self._folder = f"http://127.0.0.1:{self.port}", folder
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1", "--port", str(self.port)]
        log = (self._folder.parent / "chroma.log").open("ab")
        self._process = subprocess.Popen([*command, "--path", str(self._folder)], stdout=log, stderr=log)
        until(self.answers)

    def answers(self) -> bool:
        assert self._process.poll() is None, (self._folder.parent / "chroma.log").read_text()
        try:
            return urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=2).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaRun]:
    server = ChromaRun(tmp_path_factory.mktemp("server") / "chroma")
    yield server
    server.kill()


@pytest.fixture
def named(chroma: ChromaRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment names the server, and an index on it that only this test has."""
    name = f"news-{tmp_path.name.replace('_', '-')[:60]}"
    monkeypatch.setenv("CITEWIRE_CHROMA_URL", chroma.url)
    monkeypatch.setenv("CITEWIRE_CHROMA_NAME", name)
    monkeypatch.setenv("CITEWIRE_FOLLOW_S", "0.05")
    return name


def collections() -> list[str]:
    server = vector_server()
    assert server is not None
    return server.collections()


def write_long(folder: Path) -> None:
    """Articles that are hard to carry: several pieces, letters of four bytes, a headline too long to be embedded whole."""
    write_articles(folder, corpus(8))
    long = "\n\n".join(f"The ferry number {i} came home 🦀 to the harbour of Łódź on Monday, the port said." for i in range(400))
    headline = " ".join(f"headline{i}" for i in range(70))
    (folder / "long.md").write_text(
        f"---\ntitle: {headline}\ndate: 2025-03-01\nsource: The Wire\n---\n{long}\n", encoding="utf-8"
    )


def test_the_server_alone_is_enough_for_a_replica(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources, builder = tmp_path / "articles", tmp_path / "builder"
    write_long(sources)
    build([sources], builder, encoder=HashEncoder())
    folder = folder_of(builder, "000001")
    assert (folder / SERVED).is_file() and not (folder / "chroma").exists()
    assert diagnose(builder, "hash") == []
    assert build([sources], builder, encoder=HashEncoder()).generation == "000001"
    queries = ("item3 place3", "ferry number 377", "headline3 headline69", "Łódź harbour 🦀")
    with closing(open_index(tmp_path / "replica", HashEncoder())) as replica, closing(open_index(builder, HashEncoder())) as own:
        for query in queries:
            assert ids(replica, query) == ids(own, query) != []
        assert all(hit.dense_score is not None for hit in replica.search("ferry", top_k=5))
        spring = replica.search("ferry", since=date(2025, 2, 1), until=date(2025, 4, 1), sources=["the wire"])
        assert {hit.article_id for hit in spring} == {"long.md"}
        assert replica.search("item3", articles=["a003.txt"])[0].article_id == "a003.txt"
        with own.pinned() as ours, replica.pinned() as theirs:
            assert list(ours.articles()) == list(theirs.articles())
        write_articles(sources, corpus(9))
        build([sources], builder, encoder=HashEncoder())
        until(lambda: replica.generation == "000002")
        assert replica.search("item8 place8")[0].article_id == "a008.txt"
    assert len([name for name in collections() if "-00000" in name]) == 4
    monkeypatch.setenv("CITEWIRE_GRACE_S", "0")
    for count in (10, 11):
        time.sleep(1.1)  # the pointer counts in seconds
        write_articles(sources, corpus(count))
        build([sources], builder, encoder=HashEncoder())
    assert sorted({name.removeprefix(f"{named}-")[:6] for name in collections() if "-00000" in name}) == ["000003", "000004"]


def test_push_and_pull_give_equal_hits_and_embed_nothing(chroma: ChromaRun, named: str, tmp_path: Path, monkeypatch: Any) -> None:
    sources, embedded = tmp_path / "articles", tmp_path / "embedded"
    write_long(sources)
    with monkeypatch.context() as alone:
        alone.delenv("CITEWIRE_CHROMA_URL")
        build([sources], embedded, encoder=HashEncoder())
        build([sources / "long.md"], embedded, encoder=HashEncoder())
        build([sources], embedded, encoder=HashEncoder())
        with closing(open_index(embedded, HashEncoder())) as index:
            queries = ("item3 place3", "ferry number 377", "headline3")
            before = [ids(index, query) for query in queries]
    stages = []
    assert push(embedded, lambda progress: stages.append(progress.stage)).moved and set(stages) == {"publishing", "uploading"}
    assert not push(embedded).moved
    assert upstream().current() == "000003" and (folder_of(embedded, "000003") / "chroma").is_dir()
    pulled = pull(tmp_path / "pulled")
    assert (pulled.generation, pulled.articles) == ("000003", 9)
    monkeypatch.delenv("CITEWIRE_CHROMA_URL")
    with closing(open_index(tmp_path / "pulled", HashEncoder())) as index:
        assert [ids(index, query) for query in queries] == before
    assert diagnose(tmp_path / "pulled", "hash") == []
    encoder = HashEncoder()
    assert build([sources], tmp_path / "pulled", encoder=encoder).unchanged and encoder.embedded == 0
    assert current_name(tmp_path / "pulled") == "000003"
    monkeypatch.setenv("CITEWIRE_PUBLISH_URL", (tmp_path / "shared").as_uri())
    assert push(tmp_path / "pulled").moved  # and on, from a folder to a store
    with closing(open_index(tmp_path / "third", HashEncoder())) as third:
        assert [ids(third, query) for query in queries] == before


def test_bundles_carry_the_files_and_the_server_the_vectors(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_PUBLISH_URL", (tmp_path / "shared").as_uri())
    builder = Builder(tmp_path)
    builder.build("herring")
    assert [name for name in collections() if not re.match(rf"{named}-[0-9a-f]{{8}}-000001-", name)] == []
    assert not list((tmp_path / "shared").rglob("chroma*")) and list((tmp_path / "shared").rglob(SERVED))
    with closing(open_index(tmp_path / "replica", HashEncoder())) as replica:
        assert replica.search("person3 herring")[0].dense_score is not None
        builder.build("lobster")
        until(lambda: replica.generation == "000002")
        with replica.pinned() as generation:
            assert generation.search("lobster")[0].dense_score is not None and not generation.words_only


def test_while_the_server_is_away_words_answer(chroma: ChromaRun, named: str, tmp_path: Path) -> None:
    builder = Builder(tmp_path)
    builder.build("herring")
    with closing(open_index(tmp_path / "replica", HashEncoder())) as replica:
        before = ids(replica, "person3 herring")
        chroma.kill()
        try:
            found = replica.search("person3 herring")
            assert found[0].article_id == "a003.txt" and found[0].dense_score is None
            with replica.pinned() as generation:
                assert generation.words_only
                assert generation.search("item2", articles=["a002.txt"])[0].article_id == "a002.txt"
            until(lambda: replica.upstream and "does not answer" in replica.upstream.problem)
            with closing(open_index(tmp_path / "replica", HashEncoder())) as restarted:
                assert restarted.search("person3")[0].article_id == "a003.txt"
            with pytest.raises(VectorsUnreachable, match=f"Chroma server at {chroma.url} does not answer .*CITEWIRE_CHROMA_URL"):
                builder.build("lobster")
            assert any("does not answer" in finding.message for finding in diagnose(builder.index_dir, "hash"))
        finally:
            chroma.start()

        def is_back() -> bool:
            replica.search("person3 herring")
            with replica.pinned() as generation:
                return not generation.words_only

        until(is_back)
        assert ids(replica, "person3 herring") == before
        builder.build("lobster")
        until(lambda: replica.generation == "000002")
        assert replica.upstream and not replica.upstream.problem


def test_an_answer_says_how_it_was_searched_not_how_things_are_now(
    chroma: ChromaRun, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import Assistant

    monkeypatch.setattr("index.served.Pause", lambda: Pause(0.0))
    builder = Builder(tmp_path)
    builder.build("herring")
    with closing(Assistant(builder.index_dir, "none", encoder=HashEncoder())) as assistant:

        def says_so(events: Iterator[Any]) -> bool:
            return any("Only words were searched" in event.text for event in events)

        for question in ("What does person3 say of herring?", "Compare person3 with person4."):
            assert not says_so(assistant.stream(question)) and not assistant.words_only
            chroma.kill()
            try:
                events = assistant.stream(question)
                assert next(events).kind == "evidence"
                assert assistant.words_only
            finally:
                chroma.start()
            assert says_so(events)
            events = assistant.stream(question)
            assert next(events).kind == "evidence"
            chroma.kill()
            try:
                assert not says_so(events)
            finally:
                chroma.start()


def test_a_failed_write_leaves_the_pointer_and_nothing_behind(named: str, tmp_path: Path, monkeypatch: Any) -> None:
    builder = Builder(tmp_path)
    builder.build("herring")
    there = collections()
    with monkeypatch.context() as failing:
        real = write_served

        def loses(server: Any, collection: str, folder: Path, *rest: Any) -> None:
            real(server, collection, folder, *rest)
            with server.asked() as client:
                client.get_collection(collection, embedding_function=None).delete(ids=["2"])

        failing.setattr("index.served.write_served", loses)
        with pytest.raises(Exception, match="did not verify .*vectors where"):
            builder.build("lobster")
    assert upstream().current() == "000001" and collections() == there


def test_two_builders_on_one_server(named: str, tmp_path: Path) -> None:
    builder, other = Builder(tmp_path), Builder(tmp_path, "other")
    builder.build("herring")
    with upstream().leased(), pytest.raises(IndexBusy, match="is building for http://127.0.0.1"):
        other.build("lobster")
    assert other.build("lobster") == "000002"


def test_what_does_not_fit_is_said(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder(tmp_path)
    builder.build("herring")
    folder, server = folder_of(builder.index_dir, "000001"), vector_server()
    assert server is not None
    manifest = read_manifest(folder)
    wrong = type(manifest)(**{**{f: getattr(manifest, f) for f in manifest.__dataclass_fields__}, "encoder": "another"})
    (name,) = [n for n in collections() if "-000001-" in n and not n.endswith("-articles")]
    with server.asked() as client:
        client.delete_collection(name)
    rows = HashEncoder().encode_passages
    write_served(server, name, folder, wrong, lambda passages: rows([i for i, _ in passages]), lambda done: None)
    with pytest.raises(IndexMismatch, match="has encoder another, this index hash: it is of another model"):
        open_index(builder.index_dir, HashEncoder())
    with server.asked() as client, pytest.raises(IndexMismatch, match="another size"), server.asked():
        client.get_collection(name, embedding_function=None).query(query_embeddings=[[1.0, 2.0]], n_results=1)
    monkeypatch.delenv("CITEWIRE_CHROMA_URL")
    with pytest.raises(UpstreamFailed, match="set CITEWIRE_CHROMA_URL"):
        open_index(builder.index_dir, HashEncoder())
    assert build([builder.sources], builder.index_dir, encoder=HashEncoder()).embedded == 0  # and so they are here again
    assert (folder_of(builder.index_dir, "000002") / "chroma").is_dir()


def test_a_collection_that_became_another_is_as_good_as_none(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.served.Pause", lambda: Pause(0.0))
    builder = Builder(tmp_path)
    builder.build("herring")
    folder, server = folder_of(builder.index_dir, "000001"), vector_server()
    assert server is not None
    manifest = read_manifest(folder)
    (name,) = [n for n in collections() if "-000001-" in n and not n.endswith("-articles")]

    def becomes(other: Manifest) -> None:
        server.delete(name)
        vectors = HashEncoder().encode_passages
        write_served(server, name, folder, other, lambda passages: vectors([i for i, _ in passages]), lambda done: None)

    with closing(open_index(builder.index_dir, HashEncoder())) as index:

        def dense() -> float | None:
            (hit,) = index.search("person3 herring", top_k=1)
            assert hit.article_id == "a003.txt"
            return hit.dense_score

        assert dense() is not None
        for other in ({"encoder": "another"}, {"state": "another"}, {"created": "2020-01-01T00:00:00+00:00"}):
            becomes(replace(manifest, **other))
            for _ in range(3):
                assert dense() is None
                with index.pinned() as generation:
                    assert generation.words_only
        becomes(manifest)
        assert dense() is not None
        with index.pinned() as generation:
            assert not generation.words_only
        with server.asked() as client:
            held = client.get_collection(name, embedding_function=None)
            held.add(ids=["999"], embeddings=[HashEncoder().encode_query("person3 herring")])
        said: list[str] = []
        with index.pinned() as generation:
            (hit,) = generation.search("person3 herring", top_k=1, on_words_only=lambda: said.append("words only"))
        assert hit.article_id == "a003.txt" and said == ["words only"]


class Proxy(http.server.BaseHTTPRequestHandler):
    """In front of Chroma, as people put it there: it wants a header."""

    target = ""
    version = ""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("X-Api-Key") != "sesame" or self.headers.get("Authorization") != "Bearer token-1":
            return self._answer(403, b"who are you")
        if self.version and self.path.endswith("/version"):
            return self._answer(200, self.version.encode())
        request = urllib.request.Request(self.target + self.path, data=body or None, method=self.command)
        request.add_header("Content-Type", self.headers.get("Content-Type") or "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                self._answer(response.status, response.read())
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read())
        except urllib.error.URLError:
            self._answer(502, b"<html>bad gateway</html>")

    do_GET = do_POST = do_PUT = do_DELETE = _pass_on

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def test_a_proxy_in_front_gets_its_headers(
    chroma: ChromaRun, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Proxy, "target", chroma.url)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        monkeypatch.setenv("CITEWIRE_CHROMA_URL", f"http://127.0.0.1:{proxy.server_port}")
        builder = Builder(tmp_path)
        with pytest.raises(UpstreamFailed, match=r"refuses access \(403\). Check CITEWIRE_CHROMA_TOKEN"):
            builder.build("herring")
        monkeypatch.setenv("CITEWIRE_CHROMA_TOKEN", "token-1")
        monkeypatch.setenv("CITEWIRE_CHROMA_HEADERS", "X-Api-Key: sesame")
        with pytest.raises(UpstreamFailed, match="CITEWIRE_CHROMA_HEADERS is no JSON object"):
            builder.build("herring")
        monkeypatch.setenv("CITEWIRE_CHROMA_HEADERS", '{"X-Api-Key": "sesame"}')
        builder.build("herring")
        with closing(open_index(tmp_path / "replica", HashEncoder())) as replica:
            assert replica.search("person3 herring")[0].dense_score is not None
            monkeypatch.setattr(Proxy, "target", "http://127.0.0.1:9")
            assert replica.search("person3 herring")[0].dense_score is None
            until(lambda: replica.upstream and "is not there behind its proxy (HTTP 502)" in replica.upstream.problem)
        monkeypatch.setattr(Proxy, "version", '"0.6.3"')
        with pytest.raises(UpstreamFailed, match="is version 0.6.3; Citewire needs 1.0 or later"):
            builder.build("lobster")
        proxy.shutdown()


def test_what_is_no_chroma_server_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        monkeypatch.setenv("CITEWIRE_CHROMA_URL", f"http://127.0.0.1:{other.server_port}")
        with pytest.raises(UpstreamFailed, match="is no Chroma server that fits: asked for its version, it answers 404"):
            Builder(tmp_path).build("herring")
        other.shutdown()
