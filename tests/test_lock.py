"""requirements.lock pins everything, for a machine without GPU libraries, and names no registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINE = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][^\s;]*)( ; .+)?")


def canonical(requirement: str) -> str:
    """The name in a requirement, in the form that compares."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]).lower()


def lock_lines() -> list[str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def test_every_line_is_one_exact_version() -> None:
    assert [line for line in lock_lines() if not LINE.fullmatch(line)] == []


def test_what_pyproject_asks_for_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {canonical(r) for r in [*project["dependencies"], *project["optional-dependencies"]["dev"]]}
    assert asked <= {canonical(line) for line in lock_lines()}


def test_no_gpu_library_and_no_address() -> None:
    names = {canonical(line) for line in lock_lines()}
    assert not [name for name in names if name.startswith(("nvidia-", "cuda-")) or name == "triton"]
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
