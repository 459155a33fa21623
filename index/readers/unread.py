"""Files that are as they were: what they gave the last time is known, and they need not be read."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from index.readers.discovery import Found
from index.types import Failure

#: what reads a file beside our own code
_LIBRARIES = ("charset-normalizer", "justext", "lxml", "markdown-it-py", "pypdf", "PyYAML", "trafilatura")

#: of our own code, what beside the readers decides what an article is
_OUR_OTHERS = ("digests.py", "types.py")


@dataclass(frozen=True, slots=True)
class Unread:
    """An article of a file that has not changed, without its text."""

    id: str  #: as the file names it
    given: str  #: the id that it has in the index; "" where another file had given the same article
    origin: str
    place: str  #: see `Placed`
    digest: str  #: of all its fields, as `digest_of` gives it


class Memory(Protocol):
    """What the files of a build gave at the one before it."""

    def before(self, found: Sequence[Found | Failure]) -> Iterable[tuple[str, Sequence[Unread]]]:
        """What each file gave that is still there, or that cannot be seen now: its name as `file_of` gives it, and what.

        :param found: all that the sources hold, and what could not be looked into.
        """
        ...

    def recall(self, found: Found) -> Sequence[Unread] | None:
        """What a file gives, if it is as it was and the index still holds that. Else it is to be read."""
        ...

    def keep(self, found: Found, gave: Sequence[Unread], is_whole: bool) -> None:
        """After a file was read. :param is_whole: False where something in it could not be read."""
        ...


@cache
def readers_version() -> str:
    """Another value wherever files may be read in another way: our own code, its libraries and Python itself."""
    digest = hashlib.sha256(platform.python_version().encode())
    readers = Path(__file__).parent
    for path in (*sorted(readers.glob("*.py")), *(readers.parent / name for name in _OUR_OTHERS)):
        digest.update(path.read_bytes())
    for name in _LIBRARIES:
        try:
            digest.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError:
            digest.update(f"{name}\n".encode())
    return digest.hexdigest()
