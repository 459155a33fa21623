"""The records of a CSV or TSV file, whose first row names the fields. A broken or too long one costs itself only."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from index.errors import ReadError
from index.readers.csv_lines import Lines, TooLong
from index.readers.fields import no_text, record_text
from index.readers.options import ReadOptions
from index.readers.placed import Numbered, megabytes

_HEADER_CHARS = 65_536


def csv_rows(text: io.TextIOBase, ending: str, options: ReadOptions) -> Iterator[Numbered]:
    """Numbered by the line a row ends on, the header being the first; a broken one by the line that it begins on.

    :raises ReadError: the first row does not name the fields.
    """
    # `Lines` has a limit of its own; the library's, 128 KB, is shorter than a long article.
    csv.field_size_limit(2**31 - 1)
    start = text.tell()
    delimiter = "\t" if ending == ".tsv" else _delimiter(text.readline(_HEADER_CHARS))
    text.seek(start)
    lines = Lines(text, options.max_file_bytes)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header = _header(rows, options)
    yield from _records(lines, rows, header, options)


def _header(rows: Iterator[list[str]], options: ReadOptions) -> list[str]:
    try:
        header = [name.strip() for name in next(rows, [])]
    except (csv.Error, TooLong) as error:
        raise ReadError(f"is not valid CSV from its first row on ({error}): correct it and build again") from None
    if not record_text(dict.fromkeys(header, "x"), options.fields)[0]:
        raise ReadError(no_text(dict.fromkeys(header), options.fields) + "; the first row has to name the fields")
    return header


def _records(lines: Lines, rows: Iterator[list[str]], header: list[str], options: ReadOptions) -> Iterator[Numbered]:
    has_plain = has_any = False  # rows without quotes, and rows at all, among those that are sound
    while True:
        first = lines.begin_record()
        try:
            row = next(rows, None)
        except TooLong:
            is_closed = lines.skip_record()
            why = "" if is_closed else ", and opens a quote that nothing closes"
            yield (
                first,
                ReadError(
                    f"is longer than {megabytes(options.max_file_bytes)}{why}: split it, or raise the limit (--max-file-mb)"
                ),
            )
            continue
        except csv.Error as error:
            left_out = _skip_rest(lines, rows, len(header), has_plain or not has_any)
            also = f"; {left_out:,} rows behind it were left out with it" if left_out else ""
            yield first, ReadError(f"is not valid CSV ({error}): correct its quotes and build again{also}")
            continue
        if row is None:
            return
        if row:
            has_any, has_plain = True, has_plain or not lines.quotes()
            yield lines.number, _row(header, row)


def _skip_rest(lines: Lines, rows: Iterator[list[str]], width: int, may_be_plain: bool) -> int:
    """Read on to the next row that is a record for certain, and give it again. Returns how many rows are none.

    The text behind a stray quote may go on over lines of prose, which are rows of a sort.
    """
    if lines.is_single() and lines.quotes() % 2 == 0:
        return 0
    lines.give_again(1)
    left_out = 0
    while True:
        lines.begin_record()
        try:
            row = next(rows, None)
        except TooLong:
            lines.give_again(0)
            return left_out
        except csv.Error:
            lines.give_again(1)
            left_out += 1
            continue
        quotes = lines.quotes()
        if row is None or (len(row) == width and quotes % 2 == 0 and (quotes or may_be_plain)):
            lines.give_again(0)
            return left_out
        left_out += bool(row)


def _row(header: list[str], row: list[str]) -> Any:
    if len(row) > len(header):
        return ReadError(f"has {len(row)} fields where the first row names {len(header)}: quote fields that hold the separator")
    return dict(zip(header, row, strict=False))


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)
