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
from index.readers.encoding import find_encoding
from index.readers.fields import article_fields, no_text, record_id, record_text
from index.readers.headline import find_headline
from index.readers.json_records import json_records
from index.readers.markup import visible_text
from index.readers.options import ReadOptions
from index.readers.placed import Numbered, Outcome, Placed
from index.types import Article, Failure

_HEAD_BYTES = 65_536
_MAX_FAILURES_LISTED = 100


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
    for number, record in _until_undecodable(numbered, text.encoding):
        single = ending == ".json" and number == 0
        where = place if single else f"{place}:{number}"
        outcome = _outcome(record, file_id if single else f"{file_id}:{number}", where, place, options)
        if isinstance(outcome, Failure):
            listed += 1
            if listed > _MAX_FAILURES_LISTED:
                unlisted[outcome.reason] += 1
                continue
        yield outcome
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
    head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise ReadError("is empty: remove it, or save the articles again")
    if head.startswith((b"%PDF-", b"PK\x03\x04", b"\x1f\x8b")):
        raise ReadError("is no text, whatever its name says: give it its own file ending and build again")
    # One NUL is one record's damage; many are a binary, unless they are the zeros of UTF-16.
    is_binary = head.count(0) * 20 > len(head)
    encoding = "utf-8" if _is_mostly_utf8(head) else find_encoding(head, is_whole=len(head) < _HEAD_BYTES)
    if is_binary and not encoding.startswith(("utf-16", "utf-32")):
        raise ReadError("has NUL bytes: it is binary or damaged; save it as UTF-8 text and build again")
    file.seek(0)
    # Bytes that are no UTF-8 become lone surrogates, which fail the one record that they are in.
    text = io.TextIOWrapper(
        file, encoding=encoding, errors="surrogateescape" if encoding == "utf-8" else "strict", newline=newline
    )
    try:
        if text.read(1) != "\ufeff":
            text.seek(0)
    except UnicodeDecodeError:
        raise ReadError("is binary or damaged: save it as UTF-8 and build again") from None
    return text


def _is_mostly_utf8(head: bytes) -> bool:
    """True of UTF-8 with a few damaged bytes: the damage is some records', not the file's encoding."""
    if head.isascii():
        return b"\0" not in head
    decoded = head.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= character <= "\udcff" for character in decoded)
    sound = sum(character > "\x7f" for character in decoded) - broken
    return sound > 10 * broken and "\0" not in decoded
