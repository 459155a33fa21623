"""One builder publishes to a shared folder, replicas follow: what is current there, whole, and nothing else."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from index import Index, build, open_index
from index.bundles import Bundles
from index.catalog import Catalog
from index.configured import configured_upstream
from index.doctor import diagnose
from index.errors import IndexBusy, IndexCorrupt, IndexMismatch, IndexMissing, UpstreamFailed
from index.generations import current_name, names
from index.history import rollback
from index.lease import STALE_S, Lease
from index.mending import fix
from index.moving import pull
from index.pointer import Published
from index.replica import bring
from index.upstream import Upstream
from tests.index.conftest import HashEncoder, corpus, write_articles


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITEWIRE_PUBLISH_URL", (tmp_path / "shared").as_uri())
    monkeypatch.setenv("CITEWIRE_FOLLOW_S", "0.05")
    return tmp_path / "shared"


class Builder:
    """Somewhere with the articles. `edition` is a word that all articles of one build share."""

    def __init__(self, folder: Path, name: str = "builder") -> None:
        self.sources, self.index_dir = folder / f"{name}-articles", folder / name

    def build(self, edition: str) -> str:
        write_articles(self.sources, {name: f"{text} {edition}." for name, text in corpus(6).items()})
        return build([self.sources], self.index_dir, encoder=HashEncoder()).generation


@pytest.fixture
def builder(shared: Path, tmp_path: Path) -> Builder:
    return Builder(tmp_path)


@pytest.fixture
def replica(builder: Builder, tmp_path: Path) -> Iterator[Index]:
    builder.build("herring")
    with closing(open_index(tmp_path / "replica", HashEncoder())) as index:
        yield index


@pytest.fixture
def alone(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builder:
    """One that built three times before it was told of the upstream, where another one has published its first."""
    alone = Builder(tmp_path, "alone")
    with monkeypatch.context() as before:
        before.delenv("CITEWIRE_PUBLISH_URL")
        for edition in ("herring", "lobster", "mussel"):
            alone.build(edition)
    assert names(alone.index_dir) == ["000002", "000003"]
    Builder(tmp_path, "other").build("squid")
    return alone


def until(is_so: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 150
    while not is_so():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def upstream() -> Upstream:
    found = configured_upstream()
    assert found is not None
    return found


def ids(index: Index, query: str) -> list[tuple[str, int, float]]:
    return [(hit.article_id, hit.start, round(hit.score, 5)) for hit in index.search(query, top_k=6)]


def files(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


def test_a_replica_fetches_and_follows_without_a_restart(builder: Builder, replica: Index, tmp_path: Path) -> None:
    with closing(open_index(builder.index_dir, HashEncoder())) as own:
        assert ids(replica, "person3 herring") == ids(own, "person3 herring") != []
    with replica.pinned() as before:
        assert builder.build("lobster") == "000002"
        until(lambda: replica.generation == "000002")
        assert "herring" in before.article("a001.txt").text  # whoever is in the old one stays in it
    assert "lobster" in replica.article("a001.txt").text
    assert replica.upstream and not replica.upstream.problem and replica.upstream.contact
    assert rollback(builder.index_dir) == "000001"
    until(lambda: replica.generation == "000001")
    assert builder.build("lobster") == "000003"
    until(lambda: replica.generation == "000003")


def test_nothing_changed_publishes_nothing_and_a_lost_pointer_is_written_again(builder: Builder, shared: Path) -> None:
    assert builder.build("herring") == builder.build("herring") == "000001"
    (shared / "current.json").unlink()
    assert builder.build("herring") == "000002"  # a name that the store has seen is not used again
    assert upstream().current() == "000002"
    assert len(list((shared / "generations").iterdir())) == 1  # what the pointer does not know is nobody's


def test_a_builder_that_lost_its_folder_uses_no_name_again(builder: Builder, replica: Index, tmp_path: Path) -> None:
    builder.build("lobster")
    assert Builder(tmp_path, "other").build("squid") == "000003"
    until(lambda: replica.generation == "000003")
    assert builder.build("lobster") == "000004"  # its own folder had not changed, what is published had


def test_a_file_that_is_not_what_was_published_is_refused(builder: Builder, replica: Index, shared: Path, tmp_path: Path) -> None:
    builder.build("lobster")
    place = shared / "generations" / upstream().pointer().current.place  # type: ignore[union-attr]
    until(lambda: replica.generation == "000002")
    for spoiled in (place / "files" / "articles.sqlite", place / "bundle.json"):
        held = spoiled.read_bytes()
        spoiled.write_bytes(held[:-1] + bytes([held[-1] ^ 1]) if spoiled.suffix == ".sqlite" else b'{"../../evil": ["0", 1]}')
        with pytest.raises(IndexCorrupt, match="articles.sqlite of generation 000002|outside"):
            open_index(tmp_path / "third", HashEncoder())
        assert current_name(tmp_path / "third") is None and not (tmp_path / "evil").exists()
        spoiled.write_bytes(held)
    with closing(open_index(tmp_path / "third", HashEncoder())) as third:
        assert third.generation == "000002"


def test_the_pointer_stays_where_an_upload_fails(
    builder: Builder, replica: Index, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Bundles.upload

    def truncated(self: Bundles, *args: object) -> None:
        real = self._fs.put_file
        monkeypatch.setattr(self._fs, "put_file", lambda local, remote: (real(local, remote), Path(remote).write_bytes(b"")))
        put(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Bundles, "upload", truncated)
    with pytest.raises(UpstreamFailed, match="did not keep all files of generation 000002"):
        builder.build("lobster")
    assert upstream().current() == current_name(builder.index_dir) == replica.generation == "000001"
    assert len(list((shared / "generations").iterdir())) == 1
    monkeypatch.setattr(Bundles, "upload", put)
    assert builder.build("lobster") == "000002"


def test_what_does_not_verify_is_not_published(builder: Builder, replica: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    from index import publication

    def refuses(self: object, folder: Path) -> None:
        raise IndexCorrupt("it is not whole")

    monkeypatch.setattr(publication.Verifier, "__call__", refuses)
    with pytest.raises(IndexCorrupt, match="not whole"):
        builder.build("lobster")
    assert upstream().current() == "000001"


def test_an_old_generation_stays_for_the_grace_time(builder: Builder, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for edition in ("herring", "lobster", "squid"):
        builder.build(edition)
    assert len(list((shared / "generations").iterdir())) == 3
    pointer = json.loads((shared / "current.json").read_text())
    for one in pointer["earlier"]:
        one["until"] = (datetime.now(UTC) - timedelta(seconds=601)).isoformat()
    (shared / "current.json").write_text(json.dumps(pointer))
    builder.build("mussel")
    kept = [one.name for one in (*upstream().pointer().earlier, upstream().pointer().current) if one]
    assert kept == ["000003", "000004"]
    assert sorted(path.name[:6] for path in (shared / "generations").iterdir()) == kept
    with pytest.raises(IndexMissing, match="000001"):
        rollback(builder.index_dir, "000001")


def test_of_two_builders_the_second_is_told(builder: Builder, tmp_path: Path) -> None:
    other, records = Builder(tmp_path, "other"), upstream()._store.records
    builder.build("herring")
    with Lease(records, "the store") as lease:
        with pytest.raises(IndexBusy, match="is building for file://"):
            other.build("lobster")
        who = json.loads(records.read(lease._key) or "")
        past = (datetime.now(UTC) - timedelta(seconds=STALE_S + 1)).isoformat(timespec="seconds")
        records.write(lease._key, json.dumps({**who, "seen": past}))
        assert other.build("lobster") == "000002"  # not heard of for long: taken over
        with pytest.raises(IndexBusy, match="took over"):
            lease.require()
    with upstream().leased():
        pass
    assert [key for key in records.names() if key.startswith("lease")] == []


def test_a_dead_builder_of_this_machine_is_not_waited_for(builder: Builder, shared: Path) -> None:
    builder.build("herring")
    who = {"token": "x", "pid": 2**22 + 1, "host": socket.gethostname(), "seen": datetime.now(UTC).isoformat()}
    (shared / "lease-000007.json").write_text(json.dumps(who))
    assert builder.build("lobster") == "000002"


def test_without_its_upstream_a_replica_answers_on(builder: Builder, replica: Index, shared: Path, tmp_path: Path) -> None:
    away = shared.rename(tmp_path / "away")
    (tmp_path / "shared").write_text("a file is where the folder was")
    until(lambda: replica.upstream and "cannot be used" in replica.upstream.problem)
    assert replica.upstream and replica.upstream.contact
    assert ids(replica, "person3 herring")
    with closing(open_index(tmp_path / "replica", HashEncoder())) as restarted:
        assert restarted.generation == "000001" and restarted.upstream and restarted.upstream.problem
    with pytest.raises(UpstreamFailed, match="cannot be used"):
        open_index(tmp_path / "empty", HashEncoder())
    with pytest.raises(UpstreamFailed, match="cannot be used"):
        builder.build("lobster")
    (tmp_path / "shared").unlink()
    away.rename(shared)
    builder.build("lobster")
    until(lambda: replica.generation == "000002")
    assert replica.upstream and not replica.upstream.problem


def test_an_empty_upstream_and_a_foreign_folder_are_said(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexMissing, match="Nothing is published at file://.* `citewire index push`"):
        open_index(tmp_path / "replica", HashEncoder())
    monkeypatch.delenv("CITEWIRE_PUBLISH_URL")
    alone = Builder(tmp_path, "alone")
    alone.build("squid")
    monkeypatch.setenv("CITEWIRE_PUBLISH_URL", shared.as_uri())
    Builder(tmp_path).build("herring")
    with closing(open_index(alone.index_dir, HashEncoder())) as index:
        assert index.upstream and "holds another generation 000001" in index.upstream.problem


def test_a_damaged_cache_is_fetched_again(builder: Builder, replica: Index, tmp_path: Path) -> None:
    replica.close()
    database = tmp_path / "replica" / "generations" / "000001" / "articles.sqlite"
    database.write_bytes(database.read_bytes()[:5000])
    with closing(open_index(tmp_path / "replica", HashEncoder())) as index:
        assert ids(index, "person3 herring")
    assert diagnose(builder.index_dir, "hash") == [] and names(tmp_path / "replica") == ["000001"]


def test_what_the_doctor_writes_again_reaches_the_replicas(builder: Builder, replica: Index) -> None:
    (builder.index_dir / "generations" / "000001" / "articles.sqlite").unlink()
    fix(builder.index_dir)
    until(lambda: replica.generation == "000002")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nothing://x/y", "nothing://x/y cannot be used: Protocol not known"),
        ("file:///proc/nowhere/x", "file:///proc/nowhere/x cannot be"),
    ],
)
def test_addresses_that_cannot_be_meant(url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_PUBLISH_URL", url)
    with pytest.raises(UpstreamFailed, match=said):
        Builder(tmp_path).build("herring")
    assert names(tmp_path / "builder") == []


def test_settings_that_do_not_fit(tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITEWIRE_GRACE_S", "soon")
    with pytest.raises(UpstreamFailed, match="CITEWIRE_GRACE_S: Input should be a valid number"):
        open_index(tmp_path / "x", HashEncoder())


def test_push_and_pull_in_the_shell(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from ui.cli import app

    def cli(*arguments: object) -> str:
        ran = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return ran.stdout if ran.exit_code == 0 else ran.stderr

    builder, pulled = Builder(tmp_path), tmp_path / "pulled"
    with monkeypatch.context() as alone:
        alone.delenv("CITEWIRE_PUBLISH_URL")
        builder.build("herring")
        assert "set CITEWIRE_PUBLISH_URL or CITEWIRE_CHROMA_URL" in cli("index", "push", "--index", builder.index_dir)
    assert "`citewire index push`" in cli("index", "pull", "--index", pulled)
    where = f"{shared.as_uri()}: 6 articles in 6 passages.\n"
    assert cli("index", "push", "--index", builder.index_dir) == f"Generation 000001 is published at {where}"
    assert cli("index", "push", "--index", builder.index_dir) == f"Generation 000001 was already published at {where}"
    assert cli("index", "pull", "--index", pulled) == f"Generation 000001 is in {pulled}, from {where}"
    assert json.loads(cli("index", "pull", "--index", pulled, "--json")) == {
        "generation": "000002", "address": shared.as_uri(), "articles": 6, "passages": 6, "moved": True,
    }  # fmt: skip
    with closing(open_index(pulled, HashEncoder())) as copy, closing(open_index(builder.index_dir, HashEncoder())) as own:
        assert ids(copy, "person3 herring") == ids(own, "person3 herring") != []
    assert diagnose(pulled, "hash") == []
    encoder = HashEncoder()
    assert len(build([builder.sources], pulled, encoder=encoder).unchanged) == 6 and encoder.embedded == 0


def test_what_is_pulled_comes_after_what_is_here(alone: Builder) -> None:
    assert pull(alone.index_dir).generation == "000004"
    assert names(alone.index_dir) == ["000003", "000004"] and current_name(alone.index_dir) == "000004"


def test_an_index_of_ones_own_is_not_overwritten(alone: Builder, tmp_path: Path) -> None:
    with closing(open_index(alone.index_dir, HashEncoder())) as index:
        assert index.generation == "000003" and "mussel" in index.article("a001.txt").text
        assert index.upstream and "generation 000003" in index.upstream.problem and "index push" in index.upstream.problem
    with pytest.raises(IndexMismatch, match="index of its own"):
        bring(alone.index_dir, upstream())
    assert names(alone.index_dir) == ["000002", "000003"]
    pull(alone.index_dir)
    with closing(open_index(alone.index_dir, HashEncoder())) as index:  # it is what is published, by another number
        assert index.generation == "000004" and index.upstream and not index.upstream.problem
    Builder(tmp_path, "third").build("clam")
    assert bring(tmp_path / "other", upstream()) and current_name(tmp_path / "other") == upstream().current() == "000002"


def test_a_pull_that_fails_leaves_all_as_it_was(alone: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(self: object, folder: Path) -> None:
        raise IndexCorrupt("it is not whole")

    def held() -> tuple[object, ...]:
        with closing(Catalog(alone.index_dir / "catalog.sqlite", read_only=True)) as catalog:
            return catalog.state(), catalog.encoders(), names(alone.index_dir), current_name(alone.index_dir)

    fetch, fetched = Upstream.fetch, list[Path]()

    def noted(self: Upstream, one: Published, folder: Path, *rest: Any) -> None:
        fetched.append(folder)
        fetch(self, one, folder, *rest)

    monkeypatch.setattr(Upstream, "fetch", noted)
    before = held()
    with monkeypatch.context() as failing:
        failing.setattr("index.verifying.Verifier.__call__", refuses)
        with pytest.raises(IndexCorrupt, match="not whole"):
            pull(alone.index_dir)
    assert held() == before and not list(alone.index_dir.rglob("*.tmp*"))
    pull(alone.index_dir)
    assert held()[:2] != before[:2] and not list(alone.index_dir.rglob("*.tmp*"))
    assert len(set(fetched)) == 2, "what Chroma could not open once, it opens under no name that it had"
    encoder = HashEncoder()
    assert len(build([tmp_path / "other-articles"], alone.index_dir, encoder=encoder).unchanged) == 6 and encoder.embedded == 0


def test_no_rollback_to_what_has_only_the_same_number(alone: Builder, tmp_path: Path) -> None:
    other = Builder(tmp_path, "other")
    assert [other.build("clam"), other.build("oyster")] == ["000002", "000003"]
    with pytest.raises(IndexMissing, match="holds no such generation 000002"):
        rollback(alone.index_dir)
    assert upstream().current() == current_name(alone.index_dir) == "000003"
    assert rollback(other.index_dir) == upstream().current() == "000002"
