"""The records of a CSV or TSV file, whose first row names the fields."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from index.errors import ReadError
from index.readers.fields import no_text, record_text
from index.readers.options import ReadOptions
from index.readers.placed import Numbered

_HEADER_CHARS = 65_536


def csv_rows(text: io.TextIOBase, ending: str, options: ReadOptions) -> Iterator[Numbered]:
    """Numbered by the line a row ends on, the header being the first."""
    # The library's own limit of 128 KB is shorter than a long article.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_file_bytes))
    start = text.tell()
    delimiter = "\t" if ending == ".tsv" else _delimiter(text.readline(_HEADER_CHARS))
    text.seek(start)
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        if not record_text(dict.fromkeys(header, "x"), options.fields)[0]:
            raise ReadError(no_text(dict.fromkeys(header), options.fields) + "; the first row has to name the fields")
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
