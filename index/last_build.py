"""What the last build did, kept beside the index: an overview and a later reader of it learn what failed, and why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from index.errors import CitewireIndexError
from index.types import BuildReport, Failure, Kept
from index.writer import write_atomically

_NAME = "last-build.json"


@dataclass(frozen=True, slots=True)
class LastBuild:
    """How the last build ended."""

    ended: str  #: UTC, ISO 8601
    error: str = ""  #: why it published nothing; empty if it went well
    failed: list[Failure] = field(default_factory=list)
    generation: str = ""
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    embedded: int = 0
    seconds: float = 0.0
    kept: list[Kept] = field(default_factory=list)


@contextmanager
def recorded(index_dir: Path, failed: Sequence[Failure]) -> Iterator[Callable[[BuildReport], None]]:
    """Record how the build inside the block ends: hand its report to what this yields, or raise.

    :param failed: files that could not be read, as the build finds them.
    """
    try:
        yield lambda report: _write(index_dir, _of(report))
    except (CitewireIndexError, OSError) as error:
        _write(index_dir, LastBuild(_now(), str(error), list(failed)))
        raise


def last_build(index_dir: Path) -> LastBuild | None:
    """None if nothing is known of it."""
    try:
        data = json.loads((index_dir / _NAME).read_text(encoding="utf-8"))
        failed = [Failure(**failure) for failure in data["failed"]]
        kept = [Kept(**of_file) for of_file in data.get("kept", [])]
        return LastBuild(**{**data, "failed": failed, "kept": kept})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _of(report: BuildReport) -> LastBuild:
    counts = {kind: len(getattr(report, kind)) for kind in ("added", "changed", "removed", "unchanged")}
    return LastBuild(
        _now(), "", report.failed, report.generation, embedded=report.embedded, seconds=report.seconds, kept=report.kept, **counts
    )


def _write(index_dir: Path, build: LastBuild) -> None:
    with suppress(OSError):  # a full disk must not hide how the build itself ended
        write_atomically(index_dir / _NAME, json.dumps(asdict(build), indent=1) + "\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
