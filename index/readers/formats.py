"""Which reader reads which file, by its ending; and the limits of size that hold for all of them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from index.errors import ReadError
from index.readers.archives import read_zip
from index.readers.discovery import is_passed_over
from index.readers.docx import read_docx
from index.readers.feeds import read_feed
from index.readers.html import read_html
from index.readers.markdown import read_markdown
from index.readers.options import MAX_RECORD_FILE_BYTES, ReadOptions
from index.readers.pdf import read_pdf
from index.readers.placed import Outcome, Placed, megabytes
from index.readers.records import read_records
from index.readers.text import read_text
from index.types import Article, Failure

#: One article a file: (bytes of the file, article id) -> Article.
DOCUMENTS: dict[str, Callable[[bytes, str], Article]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
FEEDS = frozenset({".rss", ".atom", ".rdf", ".xml"})
RECORDS = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv"})

_READABLE = "txt, md, html, pdf, docx, json, jsonl, csv, tsv, rss, atom, xml, zip, gz"
_ADVICE = {
    ".doc": "save it as .docx",
    ".rtf": "save it as .docx or .txt",
    ".odt": "save it as .docx or .pdf",
    ".epub": "save it as .html or .txt",
    ".mht": "save the page as HTML",
    ".mhtml": "save the page as HTML",
    ".webarchive": "save the page as HTML",
    ".xls": "save it as .csv",
    ".xlsx": "save it as .csv",
    ".parquet": "save it as .jsonl",
    ".tar": "pack it as .zip",
    ".7z": "pack it as .zip",
    ".rar": "pack it as .zip",
}
_MAX_ZIP_DEPTH = 2


def is_document(name: str) -> bool:
    """True of a file that holds one article."""
    return PurePosixPath(name).suffix.lower() in DOCUMENTS


def read_file(
    file: BinaryIO, name: str, file_id: str, place: str, size: int, options: ReadOptions, depth: int = 0
) -> Iterator[Outcome]:
    """The articles of one file.

    :param file: seekable, at its start. :param name: tells the format by its ending.
    :param size: in bytes, as far as known. :param depth: in how many zips the file lies.
    :raises ReadError: the file as a whole cannot be read.
    """
    ending = PurePosixPath(name).suffix.lower()
    is_streamed = ending in RECORDS or ending in (".gz", ".zip")
    limit = max(options.max_file_bytes, MAX_RECORD_FILE_BYTES if is_streamed else 0)
    if size > limit:
        raise ReadError(
            f"has {megabytes(size)}, more than the limit of {megabytes(limit)}: split it, or raise the limit (--max-file-mb)"
        )
    if ending in DOCUMENTS:
        yield Placed(replace(DOCUMENTS[ending](_read_all(file, limit), file_id), origin=place), place)
    elif ending in FEEDS:
        yield from read_feed(_read_all(file, limit), file_id, place)
    elif ending in RECORDS:
        yield from read_records(file, ending, file_id, place, options)
    elif ending == ".gz":
        yield from _gzip(file, name, file_id, place, options, depth)
    elif ending == ".zip":
        yield from _zip(file, file_id, place, options, depth)
    else:
        advice = _ADVICE.get(ending, "name it .txt if it is text, or move it out")
        raise ReadError(f"is not in a format that Citewire reads ({_READABLE}): {advice}")


def _read_all(file: BinaryIO, limit: int) -> bytes:
    data = file.read(limit + 1)
    if len(data) > limit:  # it has grown, or its zip lied
        raise ReadError(f"has more than the limit of {megabytes(limit)}: split it, or raise the limit (--max-file-mb)")
    return data


def _gzip(file: BinaryIO, name: str, file_id: str, place: str, options: ReadOptions, depth: int) -> Iterator[Outcome]:
    inner = name[:-3]
    if PurePosixPath(inner).suffix.lower() in (".gz", ".zip", ".tar"):
        raise ReadError("is a packed file in a packed file: unpack it and build again")
    try:
        with _Limited(file, MAX_RECORD_FILE_BYTES) as unpacked:
            yield from read_file(unpacked, inner, file_id, place, 0, options, depth)  # type: ignore[arg-type]
    except (EOFError, OSError, zlib.error) as error:
        raise ReadError(f"is no gzip file or is cut off ({error}): make it again") from None


class _Limited(gzip.GzipFile):
    """A gzip file that ends in an error where it unpacks to more than it may."""

    def __init__(self, file: BinaryIO, max_bytes: int) -> None:
        super().__init__(fileobj=file, mode="rb")
        self._max_bytes = max_bytes

    def read1(self, size: int = -1) -> bytes:
        return self._checked(super().read1(size))

    def read(self, size: int | None = -1) -> bytes:
        return self._checked(super().read(size))

    def _checked(self, data: bytes) -> bytes:
        if self.tell() > self._max_bytes:
            raise ReadError(f"unpacks to more than {megabytes(self._max_bytes)}: split it and build again")
        return data


def _zip(file: BinaryIO, file_id: str, place: str, options: ReadOptions, depth: int) -> Iterator[Outcome]:
    if depth >= _MAX_ZIP_DEPTH:
        raise ReadError("is a zip in a zip in a zip: unpack it and build again")

    def read_member(stream: BinaryIO, path: str, size: int) -> Iterator[Outcome]:
        member_id = f"{file_id}/{path}" if file_id else path
        member_place = f"{place}/{path}"
        try:
            yield from read_file(stream, path, member_id, member_place, size, options, depth + 1)
        except ReadError as error:
            yield Failure(member_place, str(error))

    yield from read_zip(file, place, lambda path: not is_passed_over(path), read_member)
