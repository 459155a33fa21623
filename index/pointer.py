"""The pointer: the one small record that says which generation is current, and which were before. What it names is checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Protocol

from index.errors import UpstreamFailed
from index.generations import Manifest

_KEY = "current.json"
#: the names of generations, and of the places that `Upstream.new_place` makes, as regular expressions
NAME = "[0-9]{6,}"
PLACE = f"{NAME}-[0-9a-f]{{8}}-[0-9a-f]{{6}}"
_COLLECTION = "([A-Za-z0-9][A-Za-z0-9._-]{0,511})?"


@dataclass(frozen=True, slots=True)
class Published:
    """A generation as its upstream knows it."""

    name: str
    state: str
    created: str
    place: str  #: where it lies; never used twice, so that two writers cannot mix
    vectors: str = ""  #: the collection of its vectors, where they lie on a server and not with the rest
    until: str = ""  #: UTC, ISO 8601: when it stopped being current; empty for the current one

    def is_that(self, manifest: Manifest) -> bool:
        """Whether a generation that lies here is this one."""
        return (self.name, self.state, self.created) == (manifest.generation, manifest.state, manifest.created)

    def odd(self) -> list[str]:
        """What in it no builder writes: names become paths, also of folders that are deleted.

        :raises TypeError: if one is no text.
        """
        checks = ((NAME, self.name), (PLACE, self.place), (_COLLECTION, self.vectors))
        return [text for pattern, text in checks if not re.fullmatch(pattern, text)]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The current generation, and those before it that are still there, oldest first."""

    current: Published | None = None
    earlier: tuple[Published, ...] = field(default=())

    def named(self, name: str) -> Published | None:
        return next((one for one in (*self.earlier, self.current) if one and one.name == name), None)


class Records(Protocol):
    """Small texts by key, each replaced as a whole."""

    def read(self, key: str) -> str | None: ...

    def write(self, key: str, text: str) -> None: ...

    def create(self, key: str, text: str) -> bool:
        """False, and nothing changed, where the key is there already: of two callers at once, one is told True."""
        ...

    def delete(self, key: str) -> None: ...

    def names(self) -> list[str]: ...


def read_pointer(records: Records, address: str) -> Pointer:
    """An empty one where nothing was published yet. :param address: for messages.

    :raises UpstreamFailed: if it cannot be read, or names what no build gives as a name.
    """
    text = records.read(_KEY)
    if text is None:
        return Pointer()
    try:
        data = json.loads(text)
        current = Published(**data["current"]) if data["current"] else None
        pointer = Pointer(current, tuple(Published(**one) for one in data["earlier"]))
        odd = [text for one in (*pointer.earlier, pointer.current) if one for text in one.odd()]
    except (ValueError, TypeError, KeyError) as error:
        raise UpstreamFailed(
            f"What {address} says is current cannot be read ({error!r}): another version of Citewire wrote it, or "
            "it is something else. Publish again with `citewire build`."
        ) from error
    if odd:
        raise UpstreamFailed(
            f"What {address} says is current names {odd[0]!r}, which no build gives as a name. Nothing was fetched or "
            f"deleted. Find out who wrote {_KEY} there, delete it, and publish again with `citewire build`."
        )
    return pointer


def write_pointer(records: Records, pointer: Pointer) -> None:
    """Write what `read_pointer` reads."""
    records.write(_KEY, json.dumps(asdict(pointer), indent=1) + "\n")
