"""Zip files: their members are read where they lie, not unpacked to disk, and a bomb is refused before it goes off."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

from index.errors import ReadError
from index.readers.placed import Outcome, megabytes
from index.types import Failure

_MAX_TOTAL_BYTES = 4_000_000_000
_MAX_MEMBERS = 200_000
# Text packs to a tenth, repeated text to a fiftieth; bombs to a thousandth.
_MAX_RATIO = 200
_RATIO_COUNTS_FROM_BYTES = 20_000_000

ReadMember = Callable[[BinaryIO, str, int], Iterator[Outcome]]


def read_zip(file: BinaryIO, place: str, wanted: Callable[[str], bool], read_member: ReadMember) -> Iterator[Outcome]:
    """What `read_member(stream, path inside the zip, unpacked size)` makes of each member, sorted by path.

    :param wanted: False of a path that is passed over in silence (pictures, hidden files).
    :raises ReadError: no zip, damaged, or a bomb.
    """
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # zipfile raises half a dozen kinds on damaged files
        raise ReadError("is not a zip file or is cut off: make it again") from error
    with archive:
        members = sorted((member for member in archive.infolist() if not member.is_dir()), key=lambda member: member.filename)
        _refuse_bomb(members)
        members = [member for member in members if wanted(member.filename)]
        if not members:
            raise ReadError("holds nothing that Citewire reads: remove it, or make it again")
        for member in members:
            if problem := _problem(member):
                yield Failure(f"{place}/{member.filename}", problem)
                continue
            yield from _member(archive, member, place, read_member)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: str, read_member: ReadMember) -> Iterator[Outcome]:
    try:
        with archive.open(member) as stream:
            yield from read_member(stream, member.filename.replace("\\", "/"), member.file_size)  # type: ignore[arg-type]
    except Exception as error:
        yield Failure(f"{place}/{member.filename}", f"cannot be unpacked ({error or type(error).__name__}): make the zip again")


def _refuse_bomb(members: list[zipfile.ZipInfo]) -> None:
    packed = sum(member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    worst = max((_ratio(member) for member in members if member.file_size > _RATIO_COUNTS_FROM_BYTES), default=0)
    if (
        unpacked > _MAX_TOTAL_BYTES
        or worst > _MAX_RATIO
        or (unpacked > _RATIO_COUNTS_FROM_BYTES and unpacked > _MAX_RATIO * packed)
    ):
        raise ReadError(
            f"would unpack from {megabytes(packed)} to {megabytes(unpacked)}: refused as a zip bomb; "
            "unpack it yourself if you trust it"
        )
    if len(members) > _MAX_MEMBERS:
        raise ReadError(f"holds {len(members):,} files, more than {_MAX_MEMBERS:,}: split it and build again")


def _ratio(member: zipfile.ZipInfo) -> float:
    return member.file_size / max(member.compress_size, 1)


def _problem(member: zipfile.ZipInfo) -> str:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        return "has a path that leads out of the zip: refused; make the zip again without it"
    if member.flag_bits & 0x1:
        return "is encrypted: make the zip without a password and build again"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link: put the file itself into the zip"
    return ""
