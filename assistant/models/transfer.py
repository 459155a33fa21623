"""A model on its way to the disk: what is there already, appending to it, and the check at the end.

Each file grows as `<file>.partial`, which is always a prefix of the whole file, whichever source the bytes came from.
So a killed download goes on at its size, also from another source, and no record can disagree with the data.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from assistant.errors import ModelCorrupt
from assistant.models.types import ModelFile, ModelSpec
from index.model_files import is_verified, mark_verified, sha256_of

OnProgress = Callable[[str, int, int], None]  #: (model name, bytes done, bytes in all)

BLOCK = 1 << 22
_REPORT_EVERY_S = 0.1


def partial_of(path: Path) -> Path:
    """Where a file grows until its hash is checked."""
    return path.with_name(path.name + ".partial")


class Transfer:
    """One model's files in `folder`, and the report of their progress."""

    def __init__(self, spec: ModelSpec, folder: Path, on_progress: OnProgress | None = None) -> None:
        self.spec = spec
        self.folder = folder
        self._files = {file.name: file for file in spec.files}
        self._done = {file.name for file in spec.files if is_verified(folder / file.name, file.sha256)}
        self._on_progress = on_progress
        self._reported_at = 0.0

    def missing(self) -> list[ModelFile]:
        """The files not yet in place, in the registry's order."""
        return [file for file in self.spec.files if file.name not in self._done]

    def have(self, name: str) -> int:
        """Bytes of this file on the disk."""
        if name in self._done:
            return self._files[name].size
        partial = partial_of(self.folder / name)
        return partial.stat().st_size if partial.is_file() else 0

    def report(self, coming: int = 0, *, now: bool = False) -> None:
        """Tell how far it is. :param coming: bytes that a source holds but has not appended yet."""
        if self._on_progress is None or (not now and time.monotonic() - self._reported_at < _REPORT_EVERY_S):
            return
        self._reported_at = time.monotonic()
        done = sum(self.have(file.name) for file in self.spec.files) + coming
        self._on_progress(self.spec.name, min(done, self.spec.size), self.spec.size)

    @contextmanager
    def append(self, name: str, start: int) -> Iterator[BinaryIO]:
        """Open the partial file for writing at `start`; what lay beyond is cut off."""
        partial = partial_of(self.folder / name)
        partial.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("r+b" if partial.exists() else "wb") as file:
            file.truncate(start)
            file.seek(start)
            yield file

    def finish(self, name: str, origin: str) -> None:
        """Check the whole partial file and move it into place.

        :param origin: where its bytes came from, for the message.
        :raises ModelCorrupt: wrong hash; the partial file is removed, what was in place stays as it was.
        """
        file, path = self._files[name], self.folder / name
        partial = partial_of(path)
        found = sha256_of(partial)
        if found != file.sha256:
            partial.unlink()
            raise ModelCorrupt(
                f"{name} of the model {self.spec.name}, from {origin}, is not the file the registry means: "
                f"expected sha256 {file.sha256}, found {found}. It was not kept."
            )
        with partial.open("rb+") as whole:
            os.fsync(whole.fileno())  # else a power cut could leave a named, verified file of zeros
        os.replace(partial, path)
        mark_verified(path, file.sha256)
        self._done.add(name)
        self.report(now=True)
