"""Setting up: done in a moment when nothing changed, and one sentence with the next step when it cannot be done."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with what the set-up reads."""
    (tmp_path / ".ci").mkdir()
    for name in (".ci/bootstrap.py", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def load(checkout: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", checkout / ".ci" / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_up(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / ".ci" / "bootstrap.py"), "setup"]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def test_nothing_is_done_twice_and_a_change_is_noticed(checkout: Path) -> None:
    bootstrap = load(checkout)
    before = bootstrap.fingerprint()
    bootstrap.VENV.mkdir()
    bootstrap.STAMP.write_text(before, encoding="utf-8")
    again = set_up(checkout)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    for name in ("requirements.lock", "pyproject.toml"):
        with (checkout / name).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        assert bootstrap.fingerprint() != before
        before = bootstrap.fingerprint()


def test_a_python_without_venv_is_told_what_to_install(checkout: Path) -> None:
    broken = checkout / "broken"
    broken.mkdir()
    (broken / "ensurepip.py").write_text("raise ImportError\n", encoding="utf-8")
    failed = set_up(checkout, PYTHONPATH=str(broken))
    assert failed.returncode == 1
    assert "apt-get install python3-venv" in failed.stderr and failed.stderr.count("\n") == 1


def test_a_full_disk_is_said_before_anything_is_written(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap = load(checkout)
    monkeypatch.setattr(bootstrap.shutil, "disk_usage", lambda path: Usage(10**12, 10**12 - 10**9, 10**9))
    with pytest.raises(SystemExit, match=r"Only 1\.0 GB are free here, 3\.5 GB are needed"):
        bootstrap.setup()
    assert not bootstrap.VENV.exists()


@pytest.mark.slow
def test_without_a_network_it_says_so_and_does_not_count_as_done(checkout: Path) -> None:
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1", "PIP_FIND_LINKS": ""}
    failed = set_up(checkout, **nowhere)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("citewire: The package registry cannot be reached: check the network")
    assert not (checkout / ".venv" / "citewire.stamp").exists()
