"""`citewire build --watch`: a line for each rebuild, until it is ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import typer

from index.builder import Embed, build, here
from index.errors import CitewireIndexError
from index.readers import ReadOptions
from index.types import BuildReport
from index.verifying import kept_verifier
from ui.terminal import say

#: how long nothing may change before a build begins, and how long changes that go on can put it off
_QUIET_MS, _LATEST_MS = 1_000, 30_000


def follow(
    paths: Sequence[Path],
    index_dir: Path,
    *,
    read_options: ReadOptions = ReadOptions(),
    as_json: bool = False,
    embed: Embed = here,
) -> None:
    """Build again after changes below `paths` have settled. Returns on Ctrl-C or SIGTERM, which leave the index whole.

    A build that fails is a line, too; the next change tries again.
    """
    with _interrupted() as stopped, kept_verifier():
        with suppress(KeyboardInterrupt):
            for moved in changes(paths, index_dir, stopped):
                if not moved:
                    say("Watching for changes. Ctrl-C ends it.")
                _build(paths, index_dir, read_options, as_json, embed, say_nothing_changed=moved)
        say("Stopped watching.")


def changes(paths: Sequence[Path], index_dir: Path, stopped: threading.Event | None = None) -> Iterator[bool]:
    """False once watching has begun, since something may have changed just before; then True after each change that settled.

    :param stopped: setting it ends the watch.

    The index itself is not looked at, nor the uploads in it: a chat that adds some builds by itself, and any build reads them.
    """
    from watchfiles import Change, watch

    def filtered(_: Change, path: str) -> bool:
        return concerns(path, paths, index_dir)

    # A file is watched through its folder: editors put a new file in place of the old one, which ends a watch on it.
    roots = sorted({os.path.realpath(path if path.is_dir() else path.absolute().parent) for path in paths})
    began = False
    for found in watch(
        *roots,
        watch_filter=filtered,
        debounce=_LATEST_MS,
        step=_QUIET_MS,
        rust_timeout=500,
        yield_on_timeout=True,
        stop_event=stopped,
        recursive=any(path.is_dir() for path in paths),
    ):
        if found or not began:
            yield bool(found)
            began = True


def concerns(changed: str, paths: Sequence[Path], index_dir: Path) -> bool:
    """Whether a path that changed is one of `paths` or below one, and not in the index, by whichever links it is named."""
    place = _real(changed)
    if place.startswith(f"{os.path.realpath(index_dir)}/"):
        return False
    folders = [os.path.realpath(path) for path in paths if path.is_dir()]
    files = [_real(path) for path in paths if not path.is_dir()]
    return place in files or any(place == folder or place.startswith(f"{folder}/") for folder in folders)


def _real(path: str | Path) -> str:
    """Where a file lies without links on the way to it; it may be a link itself, or be gone."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(os.path.realpath(folder), name)


def line_of(report: BuildReport, now: datetime) -> str:
    """`09:30:05  1 added, 0 changed, 0 removed, 10 unchanged, 0 failed; generation 000004, 2.3 s`."""
    kinds = ("added", "changed", "removed", "unchanged", "failed")
    what = ", ".join(f"{len(getattr(report, kind)):,} {kind}" for kind in kinds)
    if kept := sum(len(of_file.articles) for of_file in report.kept):
        what += f", {kept:,} kept unread"
    return f"{now:%H:%M:%S}  {what}; generation {report.generation}, {report.seconds:.1f} s"


def _build(
    paths: Sequence[Path], index_dir: Path, read_options: ReadOptions, as_json: bool, embed: Embed, *, say_nothing_changed: bool
) -> None:
    from ui.library.uploads import with_uploads
    from ui.output import to_json_line

    try:
        report = build(with_uploads(paths, index_dir), index_dir, read_options=read_options, embed=embed)
    except CitewireIndexError as error:
        say(f"{datetime.now():%H:%M:%S}  {error}")
        return
    if not (say_nothing_changed or report.added or report.changed or report.removed):
        return
    typer.echo(to_json_line(report) if as_json else line_of(report, datetime.now()))
    sys.stdout.flush()


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """SIGTERM ends this as Ctrl-C does. :return: what both set: an exception that strikes while Python tidies up is lost."""
    stopped = threading.Event()

    def interrupt(*_: object) -> NoReturn:
        stopped.set()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
