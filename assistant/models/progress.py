"""Show a pull: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.models.transfer import OnProgress

if TYPE_CHECKING:
    from rich.console import Console

_STEP_PERCENT = 10


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[OnProgress]:
    """Give a callback for `pull`. :param console: default: standard error, so that `--json` output stays clean."""
    from rich.console import Console

    console = console or Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console)
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console) as bar:
        tasks: dict[str, int] = {}

        def advance(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done)  # type: ignore[arg-type]

        yield advance


def _lines(console: Console) -> OnProgress:
    told: dict[str, int] = {}

    def tell(name: str, done: int, total: int) -> None:
        percent = 100 * done // max(total, 1)
        step = percent - percent % _STEP_PERCENT
        if step > told.get(name, -1):
            told[name] = step
            console.print(f"{name}: {percent} % of {total / 1e6:.0f} MB", highlight=False, soft_wrap=True)

    return tell
