"""The proof that a written generation is whole, before anybody reads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from index.errors import IndexCorrupt


class Verifier:
    """Opens a written generation in a fresh process, as a reader would, and checks it: `python -m index.verify`.

    In this process Chroma would answer from its cache rather than from what is on the disk. Inside a `with` block the process
    is there from the beginning, so that it loads its libraries while the generation is still being written.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Verifier:
        self._process = _start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.communicate("")  # told nothing, it ends

    def __call__(self, folder: Path) -> None:
        """:raises IndexCorrupt: if the generation is not whole."""
        process, self._process = self._process or _start(), None
        said, complaint = process.communicate(str(folder.absolute()))
        if process.returncode:
            reason = (complaint.strip() or said.strip() or "no reason given").splitlines()[-1]
            raise IndexCorrupt(f"The new index did not verify ({reason}). The old one still serves; build again.")


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "index.verify"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8", errors="surrogateescape")
