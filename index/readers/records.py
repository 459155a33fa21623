"""Files of records, one an article: jsonl, json and csv, streamed. A broken record costs that record only.

A record's text is kept exactly as it is: offsets that others have measured in it stay right.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from index.errors import ReadError
from index.readers.csv_rows import csv_rows
from index.readers.dates import find_dateline
from index.readers.encoding import errors_of, find_encoding, is_damaged_utf8, is_utf8
from index.readers.fields import article_fields, no_text, record_id, record_text
from index.readers.headline import find_headline
from index.readers.json_records import json_records
from index.readers.markup import visible_text
from index.readers.options import ReadOptions
from index.readers.placed import MAX_FAILURES_LISTED, Numbered, Outcome, Placed
from index.types import Article, Failure

_HEAD_BYTES = 65_536
_PIECE_BYTES = 1 << 20


def read_records(file: BinaryIO, ending: str, file_id: str, place: str, options: ReadOptions) -> Iterator[Outcome]:
    """The articles of a file, in its order.

    :param file: seekable, at its start.
    :param ending: ".jsonl", ".ndjson", ".json", ".csv" or ".tsv".
    :raises ReadError: the file as a whole cannot be read, or not further than to here.
    """
    text = _open_text(file, newline="" if ending in (".csv", ".tsv") else "\n")
    numbered = csv_rows(text, ending, options) if ending in (".csv", ".tsv") else json_records(text, ending, options)
    unlisted: Counter[str] = Counter()
    listed = 0
    is_empty = True
    for number, record in _until_undecodable(numbered, text.encoding):
        is_empty = False
        single = ending == ".json" and number == 0
        where = place if single else f"{place}:{number}"
        outcome = _outcome(record, file_id if single else f"{file_id}:{number}", where, place, options)
        if isinstance(outcome, Failure):
            listed += 1
            if listed > MAX_FAILURES_LISTED:
                unlisted[outcome.reason] += 1
                continue
        yield outcome
    if is_empty:
        raise ReadError("has no records: remove it, or save the articles again")
    for reason, count in unlisted.items():
        yield Failure(place, f"{count:,} more of its records failed: the first {reason}")


def _until_undecodable(numbered: Iterator[Numbered], encoding: str) -> Iterator[Numbered]:
    try:
        yield from numbered
    except UnicodeDecodeError:
        raise ReadError(f"has bytes that are no {encoding}, as which it began: save it as UTF-8 and build again") from None


def _outcome(record: Any, fallback_id: str, place: str, origin: str, options: ReadOptions) -> Outcome:
    if isinstance(record, ReadError):
        return Failure(place, str(record))
    if not isinstance(record, Mapping):
        return Failure(place, "is no object with fields: write one {…} an article and build again")
    text, is_html = record_text(record, options.fields)
    if not text.strip():
        return Failure(place, no_text(record, options.fields))
    if is_html:
        text = visible_text(text)
    fields = article_fields(record, options.fields)
    if "title" not in fields:
        fields["title"] = find_headline(text, record=True)
    if "published" not in fields:
        fields["published"] = find_dateline(text)
    return Placed(Article(record_id(record, options.fields) or fallback_id, text, origin=origin, **fields), place)


def _open_text(file: BinaryIO, newline: str) -> io.TextIOWrapper:
    """:raises ReadError: empty, or in no encoding that can be told."""
    sample = _sample(file)
    head = sample[:_HEAD_BYTES]
    if not head.strip():
        raise ReadError("is empty: remove it, or save the articles again")
    if head.startswith((b"%PDF-", b"PK\x03\x04", b"\x1f\x8b")):
        raise ReadError("is no text, whatever its name says: give it its own file ending and build again")
    # One NUL is one record's damage; many are a binary, unless they are the zeros of UTF-16.
    is_binary = head.count(0) * 20 > len(head)
    encoding = _encoding(sample)
    if is_binary and not encoding.startswith(("utf-16", "utf-32")):
        raise ReadError("has NUL bytes: it is binary or damaged; save it as UTF-8 text and build again")
    file.seek(0)
    # Bytes that are no UTF-8 become lone surrogates, which fail the one record that they are in.
    errors = "surrogateescape" if encoding == "utf-8" else errors_of(encoding)
    text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=newline)
    try:
        if text.read(1) != "\ufeff":
            text.seek(0)
    except UnicodeDecodeError:
        raise ReadError("is binary or damaged: save it as UTF-8 and build again") from None
    return text


def _sample(file: BinaryIO) -> bytes:
    """The file's head; where that does not tell its encoding, also the first of its later lines that are not ASCII."""
    head = file.read(_HEAD_BYTES)
    if b"\0" in head or (not head.isascii() and is_utf8(head, is_whole=False)):
        return head
    sample, rest = bytearray(head), b""
    try:
        while len(sample) < 2 * _HEAD_BYTES and (piece := file.read(_PIECE_BYTES)):
            whole, newline, rest = (rest + piece).rpartition(b"\n")
            lines = (whole or rest) + newline
            rest = rest if whole else b""
            if not lines.isascii():
                foreign = (line for line in lines.splitlines(keepends=True) if not line.isascii())
                sample += b"".join(foreign)[: 2 * _HEAD_BYTES]
    except Exception:  # damage is met again, and said, where the records are read
        pass
    return bytes(sample) + (b"" if rest.isascii() else rest)


def _encoding(sample: bytes) -> str:
    # Where bytes are damaged, some records are, not the file's encoding.
    if (sample.isascii() and b"\0" not in sample) or is_damaged_utf8(sample):
        return "utf-8"
    return find_encoding(sample, is_whole=len(sample) < _HEAD_BYTES)
