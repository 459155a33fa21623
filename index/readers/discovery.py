"""The files of a source, sorted. Links are not followed out of a folder; what is passed over is known by its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.errors import SourceError
from index.types import Failure

# What lies beside articles and is none: passed over in silence. Anything else that is not read is a failure.
_NO_ARTICLES = frozenset(
    """.png .jpg .jpeg .jpe .gif .webp .svg .svgz .ico .bmp .tif .tiff .heic .avif .psd .mp3 .wav .flac .ogg .oga .m4a .aac
    .opus .mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .wmv .css .js .mjs .map .woff .woff2 .ttf .otf .eot .vtt .srt""".split()
)
_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
_UNLISTED = "cannot be listed ({}): allow reading it and build again"


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file to be read."""

    path: Path
    place: str  #: relative to its source, with "/", always valid text; the name of a source that is a file itself
    is_source: bool = False


def find_files(sources: Iterable[str | os.PathLike[str]], leave_out: Path | None = None) -> Iterator[Found | Failure]:
    """Every file of every source once, in a stable order, and a failure for each link or folder not followed.

    :param leave_out: a folder that is passed over in silence where it lies below a source. It may itself be one, or hold one.
    :raises SourceError: a source does not exist, or is a folder that cannot be listed, as its turn comes.
    """
    paths = [Path(source).expanduser() for source in sources]
    for path in paths:
        if not path.exists():
            raise SourceError(f"{shown(path)} does not exist: check the path, or leave it out.")
    return _find(paths, os.path.realpath(leave_out) if leave_out else "")


def _find(paths: list[Path], left_out: str) -> Iterator[Found | Failure]:
    seen: set[str] = set()
    for path in paths:
        found = _walk(path, left_out) if path.is_dir() else iter([_source(path)])
        for item in found:
            if isinstance(item, Found):
                real = os.path.realpath(item.path)
                if real in seen:  # named twice, or reached through a link as well: it is read already
                    continue
                seen.add(real)
            yield item


def count_files(sources: Iterable[str | os.PathLike[str]], leave_out: Path | None = None) -> int:
    """How many files `read_sources` will open; a zip or a file of records counts as one.

    :raises SourceError: a source does not exist.
    """
    return sum(isinstance(item, Found) for item in find_files(sources, leave_out))


def shown(path: str | os.PathLike[str]) -> str:
    """The path as valid text with "/": bytes that are no UTF-8 are written as \\xNN."""
    text = os.fspath(path)
    if os.sep != "/":
        text = text.replace(os.sep, "/")
    # Two steps: a byte that is no UTF-8 is \xNN, any other lone surrogate \uNNNN.
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def is_passed_over(path: str) -> bool:
    """True of hidden files and of pictures, sound, films and parts of web pages, by name alone."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return (
        any(part.startswith(".") and part not in (".", "..") for part in parts)
        or any(part.lower() in _SYSTEM_FILES for part in parts)
        or PurePosixPath(path).suffix.lower() in _NO_ARTICLES
    )


def _source(path: Path) -> Found | Failure:
    if not path.is_file() and path.exists():
        return Failure(shown(path.name), "is a pipe, socket or device and no file: save what it gives in a file and name that")
    return Found(path, shown(path.name), is_source=True)


def _place(path: Path, root: Path) -> str:
    return shown(path.name if path == root else path.relative_to(root))


def _walk(root: Path, left_out: str) -> Iterator[Found | Failure]:
    links: list[Path] = []
    real_root = os.path.realpath(root)
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            if folder == root:  # nobody could say which articles were in it
                raise SourceError(f"{shown(root)} {_UNLISTED.format(error.strerror)}, or leave it out.") from error
            yield Failure(_place(folder, root), _UNLISTED.format(error.strerror))
            continue
        pages = {Path(entry.name).stem for entry in entries if entry.name.lower().endswith((".html", ".htm"))}
        below: list[Path] = []
        for entry in entries:
            path = Path(entry.path)
            if is_passed_over(entry.name) or _is_part_of_page(entry, pages) or _is_folder(entry, left_out):
                continue
            if entry.is_symlink():
                links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                below.append(path)
            else:
                yield _regular(path, root)
        pending.extend(reversed(below))
    # Links last: a file that is there under its own name as well keeps that name.
    for link in links:
        yield _link(link, root, real_root)


def _is_part_of_page(entry: os.DirEntry[str], pages: set[str]) -> bool:
    """Browsers save the pictures, scripts and frames of page.html in page_files/."""
    return entry.name.endswith("_files") and entry.name.removesuffix("_files") in pages and entry.is_dir(follow_symlinks=False)


def _is_folder(entry: os.DirEntry[str], real: str) -> bool:
    """:param real: a path without links; "" is none."""
    can_be = real and (entry.is_symlink() or entry.is_dir(follow_symlinks=False))
    return bool(can_be) and os.path.realpath(entry.path) == real


def _regular(path: Path, root: Path) -> Found | Failure:
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        is_file = True  # gone already: reading it will say so
    if not is_file:
        return Failure(_place(path, root), "is a pipe, socket or device and no file: move it out of the folder")
    return Found(path, _place(path, root))


def _link(link: Path, root: Path, real_root: str) -> Found | Failure:
    place = _place(link, root)
    try:
        real = os.path.realpath(link, strict=True)
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        kind = "leads to nothing" if is_missing else "leads back to itself"
        return Failure(place, f"is a link that {kind}: it is not followed; remove it")
    if os.path.commonpath([real, real_root]) != real_root:
        return Failure(
            place,
            "is a link out of the folder: it is not followed; copy the file in, or name its target as a source",
        )
    if os.path.isdir(real):
        return Failure(place, "is a link to a folder that is read already: it is not followed; remove it")
    return Found(link, place)
