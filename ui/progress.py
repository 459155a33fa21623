"""Progress of a build: a bar for each stage on a terminal, a plain line every few seconds anywhere else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from ui.markup import count
from ui.terminal import say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from index.types import Progress

#: seconds between plain lines
_EVERY_S = 5.0
_STAGES = {
    "reading": ("Reading", "files"),
    "embedding": ("Embedding", "passages"),
    "publishing": ("Writing", "passages"),
    "fetching": ("Fetching", "parts"),
    "uploading": ("Uploading", "parts"),
}


class BuildProgress:
    """`index.build(…, on_progress=progress)` inside a `with` block."""

    def __init__(self) -> None:
        self._bars: RichProgress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[tuple[str, int], tuple[float, int]] = {}
        self._last_line = time.monotonic()  # short work prints nothing

    def __enter__(self) -> BuildProgress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars:
            self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Show one step."""
        label, unit = _STAGES[progress.stage]
        key = (label, progress.total)  # a stage may have two things to count, one after the other
        began, first = self._began.setdefault(key, (time.monotonic(), progress.done))
        seconds = time.monotonic() - began
        rate = (progress.done - first) / seconds if seconds > 0.5 else 0.0
        detail = describe(progress.done, progress.total, unit, rate)
        if progress.articles:
            detail += f", {count(progress.articles, 'article')} read"
        if sys.stderr.isatty():
            self._bar(label, progress.done, progress.total, detail)
        elif time.monotonic() - self._last_line >= _EVERY_S:
            self._last_line = time.monotonic()
            say(f"{label}: {detail}")

    def _bar(self, label: str, done: int, total: int, detail: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        if self._bars is None:
            columns = (TextColumn("{task.description}"), BarColumn(24), TextColumn("{task.fields[detail]}"))
            self._bars = Progress(*columns, console=Console(stderr=True))
            self._bars.start()
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=total or None, detail="")
        self._bars.update(self._tasks[label], completed=done, total=total or None, detail=detail)


def describe(done: int, total: int, unit: str, rate: float) -> str:
    """`1,200 of 15,000 passages, 54/s, 4 min left`. :param rate: units a second; 0 while it is not known."""
    amount = f"{done:,} of {total:,} {unit}" if total else f"{done:,} {unit}"
    speed = f"{rate:,.0f}/s" if rate >= 1 else f"{rate:.1f}/s"
    if not rate or done >= total:
        return amount
    return f"{amount}, {speed}, {time_left((total - done) / rate)} left"


def time_left(seconds: float) -> str:
    """`40 s`, `4 min`, `2 h 5 min`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
