"""The proof that a written generation is whole, before anybody reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import IndexCorrupt

#: of the end of what a process that died wrote
_COMPLAINT_BYTES = 8192


class Verifier:
    """Opens a written generation in a fresh process, as a reader would, and checks it: `python -m index.verify`.

    In this process Chroma would answer from its cache rather than from what is on the disk. Inside a `with` block the process
    is there from the beginning, so that it loads its libraries while the generation is still being written.
    """

    def __init__(self) -> None:
        self._process: _Process | None = None

    def __enter__(self) -> Verifier:
        self._process = _kept if _kept and _kept.is_alive() else _Process()
        return self

    def __exit__(self, *_: object) -> None:
        process, self._process = self._process, None
        if process and process is not _kept:
            process.end()

    def __call__(self, folder: Path) -> None:
        """:raises IndexCorrupt: if the generation is not whole."""
        if self._process is None:
            with self:
                return self(folder)
        try:
            faults = self._process.faults(folder)
        except _Died:  # the machine may have ended it, for want of memory; what it looked at is none the worse
            self.__exit__()
            self.__enter__()
            faults = self._last_word(folder)
        if faults:
            raise IndexCorrupt(f"The new index did not verify ({'; '.join(faults)}). The old one still serves; build again.")

    def _last_word(self, folder: Path) -> list[str]:
        assert self._process is not None
        try:
            return self._process.faults(folder)
        except _Died as died:
            return [str(died)]


class _Died(Exception):
    """The process is gone; what it said last."""


@contextmanager
def kept_verifier() -> Iterator[None]:
    """In this block all verifications of this process share one that has its libraries loaded, for whoever builds often.

    Each is still made in a process of its own, forked from that one, in which no store was ever open.
    """
    global _kept
    before, _kept = _kept, _Process()
    try:
        yield
    finally:
        _kept.end()
        _kept = before


class _Process:
    """`python -m index.verify`, asked line by line."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        # a pipe that nobody reads would fill up with warnings, and the process would wait for ever
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed in end()
        # -P: modules are not looked for in the folder that the user is in, where an index.py may lie, but where ours are
        where = os.pathsep.join(filter(None, [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]))
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "index.verify"],
            stdin=pipe,
            stdout=pipe,
            stderr=self._complaints,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": where},
        )
        self._turn = threading.Lock()  # two threads that build two indexes must not get each other's answer

    def faults(self, folder: Path) -> list[str]:
        """One sentence for each thing that is wrong with a generation. :raises _Died: if the process is no more."""
        assert self._popen.stdin and self._popen.stdout
        with self._turn:
            try:
                self._popen.stdin.write(f"{json.dumps(str(folder.absolute()))}\n")
                self._popen.stdin.flush()
                said = self._popen.stdout.readline()
            except (BrokenPipeError, ValueError):  # it is gone, or another thread found that before us
                said = ""
            if said.endswith("\n"):  # else it died in the middle of its answer
                return list(json.loads(said))
            self._popen.communicate()
            raise _Died(self._last_complaint())

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def end(self) -> None:
        """Told nothing more, it ends."""
        self._popen.communicate()
        self._complaints.close()

    def _last_complaint(self) -> str:
        end = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, end - _COMPLAINT_BYTES))
        said = self._complaints.read().decode("utf-8", "replace").strip()
        return said.splitlines()[-1] if said else "no reason given"


_kept: _Process | None = None
