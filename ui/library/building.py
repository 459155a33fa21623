"""A rebuild of the index in a process of its own, while the chat goes on answering from the generation that is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import ui.offline  # noqa: F401  before anything heavy, also where this is run as a process

_LEAVE_S = 10
#: lower than the chat's own priority: somebody who asks meanwhile must not wait for it
_NICE = 10


@dataclass(frozen=True, slots=True)
class Job:
    """Where the last rebuild is. `done` of `total` (0: not known) of the stage; `report` or `error` at its end."""

    running: bool = False
    stage: str = ""  #: "starting", "reading", "embedding", "publishing" or ""
    done: int = 0
    total: int = 0
    report: dict[str, Any] | None = None  #: the fields of `BuildReport`
    error: str = ""
    number: int = 0  #: counts rebuilds, so that a page can tell one from the next


class Building:
    """At most one rebuild at a time; a wish that comes during one is fulfilled after it. Safe to use from threads."""

    def __init__(self, index_dir: Path, sources: Callable[[], Sequence[Path]]) -> None:
        """:param sources: asked when a rebuild begins."""
        self._dir, self._sources = index_dir, sources
        self._lock = Lock()
        self._job, self._again, self._closed = Job(), False, False
        self._process: subprocess.Popen[str] | None = None

    @property
    def job(self) -> Job:
        return self._job

    def start(self) -> Job:
        """Begin, or begin again once the present one is done."""
        with self._lock:
            if self._closed:
                return self._job
            if self._job.running:
                self._again = True
            else:
                self._job = Job(True, "starting", number=self._job.number + 1)
                Thread(target=self._run, name="rebuild", daemon=True).start()
            return self._job

    def close(self) -> None:
        """End a rebuild under way. The index stays whole: it is the old one."""
        with self._lock:
            self._closed, process = True, self._process
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(_LEAVE_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def _run(self) -> None:
        while True:
            try:
                ended = self._build()
            except Exception as error:  # the page waits for an end, whatever it is
                ended = replace(self._job, error=f"The rebuild could not be started: {error}")
            with self._lock:
                if self._again and not self._closed:
                    self._again = False
                    self._job = Job(True, "starting", number=ended.number + 1)
                    continue
                self._job = replace(ended, running=False, stage="")
                return

    def _build(self) -> Job:
        command = [sys.executable, "-m", "ui.library.building", str(self._dir), *map(str, self._sources())]
        with self._lock:
            if self._closed:
                return replace(self._job, error="Citewire is ending.")
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, encoding="utf-8"
            )
        job, process = self._job, self._process
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                said = json.loads(line)
                job = replace(job, **said)
                self._job = job
        if process.wait() and not job.error:
            job = replace(job, error=f"The rebuild ended with code {process.returncode}, and the log of Citewire says why.")
        return job


def main(arguments: Sequence[str]) -> int:
    """The process: builds and prints a line of JSON for each step."""
    from index import build
    from index.errors import CitewireIndexError
    from index.known_sources import known_read_options
    from index.types import Progress

    os.nice(_NICE)
    last = 0.0

    def on_progress(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last > 0.2 or progress.done == progress.total:
            last = time.monotonic()
            _say({"stage": progress.stage, "done": progress.done, "total": progress.total})

    try:
        index_dir, *sources = map(Path, arguments)
        options = known_read_options(index_dir)  # as the last build did: others would find other articles
        report = build(sources, index_dir, read_options=options, on_progress=on_progress)
    except CitewireIndexError as error:
        _say({"error": str(error)})
        return 1
    _say({"report": asdict(report)})
    return 0


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
