"""Two builders and one upstream: whoever was suspended, and meanwhile another took over, changes nothing any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index import open_index
from index.addresses import without_secrets
from index.bundles import Bundles
from index.chroma_server import ChromaServer
from index.errors import IndexBusy, UpstreamFailed
from index.lease import STALE_S, Lease
from index.upstream import Records, Upstream
from tests.index.conftest import HashEncoder
from tests.index.test_upstream import Builder, builder, files, shared, upstream

__all__ = ["builder", "shared"]  # the fixtures


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Bundles(tmp_path.as_uri()).records


def suspended(in_it: Upstream, meanwhile: Callable[[], object]) -> None:
    """As if the builder that holds the lease had stood still for too long, while this happened."""
    assert in_it._lease
    records, key = in_it._store.records, in_it._lease._key
    past = (datetime.now(UTC) - timedelta(seconds=STALE_S + 1)).isoformat(timespec="seconds")
    records.write(key, json.dumps({**json.loads(records.read(key) or ""), "seen": past}))
    meanwhile()


@pytest.mark.parametrize("step", ["places", "delete"])
def test_a_builder_suspended_while_it_prunes_touches_nothing_of_the_next(
    builder: Builder, shared: Path, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEWIRE_GRACE_S", "1000")
    builder.build("herring")
    (shared / "generations" / "000009-00000000-000000").mkdir()  # what a killed upload left
    slow, other = upstream(), Builder(tmp_path, "other")
    real = getattr(Bundles, step)

    def stands_still(*arguments: object) -> object:
        monkeypatch.setattr(Bundles, step, real)
        suspended(slow, lambda: other.build("lobster"))
        return real(*arguments)

    with slow.leased():
        monkeypatch.setattr(Bundles, step, stands_still)
        slow.prune()
    current = upstream().pointer().current
    assert current and current.name == "000010" and files(shared / "generations" / current.place)


def test_where_nothing_is_old_the_pointer_is_not_written(builder: Builder, shared: Path) -> None:
    builder.build("herring")
    before, own = (shared / "current.json").stat(), upstream()
    with own.leased():
        own.prune()
    assert (shared / "current.json").stat().st_ino == before.st_ino


@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize(
    ("field", "odd"),
    [
        ("name", "../../../evil"),
        ("name", "/evil"),
        ("place", "../../evil"),
        ("place", "000001"),
        ("vectors", "../evil"),
        ("name", 7),
    ],
)
def test_a_pointer_that_names_what_is_no_name_is_refused(
    shared: Path, tmp_path: Path, field: str, odd: object, current: bool
) -> None:
    one = {"name": "000001", "state": "x", "created": "2025-01-01T00:00:00+00:00", "place": "000001-00000000-000000"}
    one |= {"vectors": "", "until": "2025-01-01T00:00:00+00:00", field: odd}  # type: ignore[dict-item]
    pointer = {"current": one, "earlier": []} if current else {"current": None, "earlier": [one]}
    shared.mkdir()
    (shared / "current.json").write_text(json.dumps(pointer))
    with pytest.raises(UpstreamFailed, match="no build gives as a name.*delete it|cannot be read"):
        open_index(tmp_path / "replica", HashEncoder())
    builders = upstream()
    with pytest.raises(UpstreamFailed), builders.leased():
        builders.numbers()


def test_an_address_is_shown_without_its_secrets() -> None:
    assert without_secrets("sftp://walter:pa@ss@host:22/news?key=k#f") == "sftp://host:22/news"
    assert without_secrets("file:///srv/a@b/news") == "file:///srv/a@b/news"
    with pytest.raises(UpstreamFailed) as said:
        Bundles("nothing://walter:sesame@host/news?key=hush")
    assert "nothing://host/news cannot be used" in str(said.value)
    bundles = Bundles("memory://walter:sesame@host/news?key=hush")
    with pytest.raises(UpstreamFailed) as failed, bundles.said():
        raise ValueError("Invalid address walter:sesame@host/news?key=hush")
    for text in (bundles.address, str(said.value), str(failed.value)):
        assert "sesame" not in text and "hush" not in text and "walter" not in text
    server = ChromaServer("https://walter:sesame@host:8000/chroma?key=hush", {}, "news", "", "")
    assert server.address == "https://host:8000/chroma"


def test_no_number_of_a_lease_comes_again(records: Records) -> None:
    numbers = []
    for _ in range(3):
        with Lease(records, "the store"):
            numbers += [name for name in records.names() if name.startswith("lease-")]
    assert numbers == ["lease-000001.json", "lease-000002.json", "lease-000003.json"]
    assert records.names() == ["last-lease.json"]


def test_of_two_that_looked_at_once_one_gets_the_lease(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    create = records.create

    def others_first(key: str, text: str) -> bool:
        monkeypatch.setattr(records, "create", create)
        with Lease(records, "the store"):
            pass  # it is done before this one gets on
        return create(key, text)

    monkeypatch.setattr(records, "create", others_first)
    with pytest.raises(IndexBusy, match="has just begun"), Lease(records, "the store"):
        pass
    with Lease(records, "the store") as lease:
        lease.require()


def test_only_the_own_lease_is_given_back(records: Records) -> None:
    with Lease(records, "the store") as lease:
        (key,) = records.names()
        others = json.dumps({**json.loads(records.read(key) or ""), "token": "another"})
        records.write(key, others)
    assert records.read(key) == others
    assert not lease._thread.is_alive()


def test_a_lease_that_cannot_begin_is_not_left_behind(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    old = {"token": "x", "pid": 1, "host": "elsewhere", "seen": "2025-01-01T00:00:00+00:00"}
    records.write("lease-000007.json", json.dumps(old))
    real = records.delete

    def fails(key: str) -> None:
        if key == "lease-000007.json":
            raise UpstreamFailed("the network went away")
        real(key)

    with monkeypatch.context() as failing:
        failing.setattr(records, "delete", fails)
        with pytest.raises(UpstreamFailed, match="went away"), Lease(records, "the store"):
            pass
    assert sorted(records.names()) == ["last-lease.json", "lease-000007.json"]
    with Lease(records, "the store"):
        assert sorted(records.names()) == ["last-lease.json", "lease-000009.json"]


@pytest.mark.parametrize("differs", ["boot", "pids"])
def test_a_builder_of_another_machine_of_the_same_name_is_not_taken_for_dead(records: Records, differs: str) -> None:
    with Lease(records, "the store"):
        (key,) = records.names()
        who = {**json.loads(records.read(key) or ""), "token": "x", "pid": 2**22 + 1}
    records.write(key, json.dumps(who | {differs: "another"}))
    with pytest.raises(IndexBusy, match="is building"), Lease(records, "the store"):
        pass
    records.write(key, json.dumps(who))
    with Lease(records, "the store"):
        assert key not in records.names()


def test_where_the_lease_ends_the_connections_to_the_server_do(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, closed = ChromaServer("http://127.0.0.1:9", {}, "news", "", ""), []
    monkeypatch.setattr(server, "close", lambda: closed.append(sorted(path.name for path in shared.glob("lease-*"))))
    own, other = Upstream(Bundles(shared.as_uri()), 0, server), Upstream(Bundles(shared.as_uri()), 0, server)
    with own.leased():
        with pytest.raises(IndexBusy), other.leased():
            pass
        assert closed == [["lease-000001.json"]]
    assert closed == [["lease-000001.json"], []]  # not before the lease is given back, which may need the server
