"""Files of records, one an article: jsonl, json and csv, streamed. A broken record costs that record only.

A record's text is kept exactly as it is: offsets that others have measured in it stay right.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from index.errors import ReadError
from index.readers.dates import find_dateline
from index.readers.encoding import find_encoding
from index.readers.fields import article_fields, record_id, record_text
from index.readers.headline import find_headline
from index.readers.json_values import array_values
from index.readers.markup import visible_text
from index.readers.options import ReadOptions
from index.readers.placed import Outcome, Placed, megabytes
from index.types import Article, Failure

#: A record with its number, counted from 1, or what is wrong with it.
Numbered = tuple[int, Any]

_HEAD_BYTES = 65_536
_MAX_FAILURES_LISTED = 100


def read_records(file: BinaryIO, ending: str, file_id: str, place: str, options: ReadOptions) -> Iterator[Outcome]:
    """The articles of a file, in its order.

    :param file: seekable, at its start.
    :param ending: ".jsonl", ".ndjson", ".json", ".csv" or ".tsv".
    :raises ReadError: the file as a whole cannot be read, or not further than to here.
    """
    text = _open_text(file, newline="" if ending in (".csv", ".tsv") else "\n")
    numbered = _rows(text, ending, options) if ending in (".csv", ".tsv") else _json_records(text, ending, options)
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
        return Failure(place, _no_text(record, options))
    if is_html:
        text = visible_text(text)
    fields = article_fields(record, options.fields)
    if "title" not in fields:
        fields["title"] = find_headline(text, record=True)
    if "published" not in fields:
        fields["published"] = find_dateline(text)
    return Placed(Article(record_id(record, options.fields) or fallback_id, text, origin=origin, **fields), place)


def _no_text(record: Mapping[Any, Any], options: ReadOptions) -> str:
    if wanted := options.fields.get("text"):
        return f"has no text in its field {wanted!r}: fill it, or name another field for the text"
    names = ", ".join(map(str, list(record)[:12])) or "none"
    return f"has no text in a field that Citewire knows (its fields: {names}): name the one that holds it and build again"


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


def _json_records(text: io.TextIOWrapper, ending: str, options: ReadOptions) -> Iterator[Numbered]:
    if ending != ".json":
        yield from _lines(text, options)
        return
    start = text.tell()
    first = text.read(4096).lstrip()[:1]
    text.seek(start)
    yield from _array(text, options) if first == "[" else _object(text, options)


def _lines(text: io.TextIOBase, options: ReadOptions) -> Iterator[Numbered]:
    number = 0
    while line := text.readline(options.max_file_bytes + 1):
        number += 1
        if len(line) > options.max_file_bytes:
            yield (
                number,
                ReadError(f"is longer than {megabytes(options.max_file_bytes)}: split it, or raise the limit and build again"),
            )
            while line and not line.endswith("\n"):
                line = text.readline(1 << 20)
        elif line.strip():
            yield number, _parse(line)


def _parse(line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        return ReadError(f"is not valid JSON ({error.msg} at character {error.pos + 1}): correct the line and build again")
    except (ValueError, RecursionError) as error:
        return ReadError(f"cannot be read as JSON ({type(error).__name__}): correct the line and build again")


def _array(text: io.TextIOBase, options: ReadOptions) -> Iterator[Numbered]:
    return enumerate(array_values(text, options.max_file_bytes), start=1)


def _object(text: io.TextIOBase, options: ReadOptions) -> Iterator[Numbered]:
    """One article (numbered 0), a list of them under some name, or JSON lines under the name .json."""
    start = text.tell()
    content = text.read(options.max_file_bytes + 1)
    if len(content) > options.max_file_bytes:
        text.seek(start)
        return _lines(text, options)
    whole = _parse(content)
    if isinstance(whole, ReadError) and _begins_with_object_line(content):
        return _lines(io.StringIO(content), options)
    if isinstance(whole, Mapping) and not record_text(whole, options.fields)[0]:
        lists: list[list[Any]] = [
            value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], Mapping)
        ]
        if lists:
            longest = max(lists, key=len)
            return enumerate(longest, start=1)
    return iter([(0, whole)])


def _begins_with_object_line(content: str) -> bool:
    lines = content.lstrip().split("\n", 1)
    return len(lines) == 2 and isinstance(_parse(lines[0]), Mapping)


def _rows(text: io.TextIOBase, ending: str, options: ReadOptions) -> Iterator[Numbered]:
    """Numbered by the line a row ends on, the header being the first."""
    # The library's own limit of 128 KB is shorter than a long article.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_file_bytes))
    start = text.tell()
    delimiter = "\t" if ending == ".tsv" else _delimiter(text.readline(_HEAD_BYTES))
    text.seek(start)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        if not record_text(dict.fromkeys(header, "x"), options.fields)[0]:
            raise ReadError(_no_text(dict.fromkeys(header), options) + "; the first row has to name the fields")
        for row in rows:
            if row:
                yield rows.line_num, _row(header, row)
    except csv.Error as error:
        raise ReadError(f"is not valid CSV from line {rows.line_num} on ({error}): correct it and build again") from None


def _row(header: list[str], row: list[str]) -> Any:
    if len(row) > len(header):
        return ReadError(f"has {len(row)} fields where the first row names {len(header)}: quote fields that hold the separator")
    return dict(zip(header, row, strict=False))


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)
