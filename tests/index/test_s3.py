"""Bundles in a real S3-compatible server on loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from index import build, open_index
from index.errors import IndexBusy, IndexCorrupt, UpstreamFailed
from index.moving import pull
from tests.index.conftest import HashEncoder
from tests.index.test_upstream import Builder, ids, until, upstream

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An S3 file system with a bucket of this test, which the environment names."""
    import s3fs

    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**keys, "AWS_ENDPOINT_URL": endpoint, "CITEWIRE_FOLLOW_S": "0.05"}.items():
        monkeypatch.setenv(name, value)
    name = "".join(c for c in tmp_path.name.lower() if c.isalnum())[:40]
    monkeypatch.setenv("CITEWIRE_PUBLISH_URL", f"s3://{name}/news")
    fs = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    fs.mkdir(name)
    fs.name = name
    return fs


def test_a_bucket_is_published_to_followed_and_pulled(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder(tmp_path)
    builder.build("herring")
    with closing(open_index(tmp_path / "replica", HashEncoder())) as replica:
        with closing(open_index(builder.index_dir, HashEncoder())) as own:
            hits = ids(own, "person3 herring")
            assert ids(replica, "person3 herring") == hits != []
        builder.build("lobster")
        until(lambda: replica.generation == "000002")
        assert "lobster" in replica.article("a001.txt").text
        pulled = pull(tmp_path / "pulled")
        assert (pulled.generation, pulled.articles) == ("000002", 6)
        with closing(open_index(tmp_path / "pulled", HashEncoder())) as other:
            assert ids(other, "person3 lobster") == ids(replica, "person3 lobster")
    monkeypatch.delenv("CITEWIRE_PUBLISH_URL")
    encoder = HashEncoder()
    assert len(build([builder.sources], tmp_path / "pulled", encoder=encoder).unchanged) == 6 and encoder.embedded == 0


def test_hashes_leases_and_leftovers_in_a_bucket(bucket: Any, tmp_path: Path) -> None:
    builder, other = Builder(tmp_path), Builder(tmp_path, "other")
    builder.build("herring")
    with upstream().leased(), pytest.raises(IndexBusy, match="is building for s3://"):
        other.build("lobster")
    root = f"{bucket.name}/news/generations"
    bucket.pipe_file(f"{root}/000009-deadbeef-abcdef/files/articles.sqlite", b"of a killed upload")
    assert other.build("lobster") == "000010"
    assert sorted(path.rpartition("/")[2][:6] for path in bucket.ls(root)) == ["000001", "000010"]
    (spoiled,) = bucket.glob(f"{root}/000010-*/files/articles.sqlite")
    bucket.pipe_file(spoiled, b"something else")
    with pytest.raises(IndexCorrupt, match="articles.sqlite of generation 000010 at s3://.* is not what was published"):
        open_index(tmp_path / "replica", HashEncoder())


def test_what_keeps_a_bucket_from_being_used_is_said(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder(tmp_path)
    with monkeypatch.context() as wrong:
        wrong.setenv("CITEWIRE_PUBLISH_URL", "s3://nobodys-bucket/news")
        with pytest.raises(UpstreamFailed, match="there is no such bucket"):
            builder.build("herring")
    with monkeypatch.context() as wrong:
        wrong.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(UpstreamFailed, match="s3://.* cannot be used: .*Check the address and the network"):
            builder.build("herring")
    with monkeypatch.context() as wrong:
        wrong.delenv("AWS_ACCESS_KEY_ID")
        wrong.delenv("AWS_SECRET_ACCESS_KEY")
        wrong.setenv("AWS_EC2_METADATA_DISABLED", "true")
        wrong.setenv("HOME", str(tmp_path))
        with pytest.raises(UpstreamFailed, match="there are no credentials|access is refused"):
            builder.build("herring")
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "s3fs", None)
        missing.delitem(sys.modules["fsspec.registry"]._registry, "s3")  # type: ignore[attr-defined]
        with pytest.raises(UpstreamFailed, match=r'the package for it is missing: run `pip install "citewire\[s3\]"`'):
            builder.build("herring")
