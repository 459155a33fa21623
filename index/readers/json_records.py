"""The records of a JSON file: a list of them, one alone, a list under some name, or one a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from index.errors import ReadError
from index.readers.fields import record_text
from index.readers.json_values import array_values
from index.readers.options import ReadOptions
from index.readers.placed import Numbered, megabytes


def json_records(text: io.TextIOWrapper, ending: str, options: ReadOptions) -> Iterator[Numbered]:
    """:param ending: ".json", or one of files with a record a line."""
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
