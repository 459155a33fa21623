"""The records of a JSON file: a list of them, one alone, a list under some name, or one a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from index.errors import ReadError
from index.readers.fields import has_body, record_text
from index.readers.json_values import array_values
from index.readers.options import ReadOptions
from index.readers.placed import Numbered, megabytes

#: What lists of articles are called, also where they have no more than summaries.
_LISTS = frozenset("articles items entries results stories posts documents docs news records".split())


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
                ReadError(f"is longer than {megabytes(options.max_file_bytes)}: split it, or raise the limit (--max-file-mb)"),
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
    """One article (numbered 0), a list of them under some name, or JSON lines under the name .json.

    :raises ReadError: one object that is larger than the limit.
    """
    start = text.tell()
    content = text.read(options.max_file_bytes + 1)
    if len(content) > options.max_file_bytes:
        if not _begins_with_object_line(content):
            raise ReadError(
                f"is one JSON object of more than the limit of {megabytes(options.max_file_bytes)}: save the articles as a list "
                "or one a line, or raise the limit (--max-file-mb) and build again"
            )
        text.seek(start)
        return _lines(text, options)
    whole = _parse(content)
    if isinstance(whole, ReadError) and _begins_with_object_line(content):
        return _lines(io.StringIO(content), options)
    wrapped = _wrapped(whole, options) if isinstance(whole, Mapping) else None
    return iter([(0, whole)]) if wrapped is None else enumerate(wrapped, start=1)


def _wrapped(whole: Mapping[str, Any], options: ReadOptions) -> list[Any] | None:
    """The list of articles that an object holds; None of an object that is an article itself.

    A summary or description may be that of a feed. Beside it, records with a body are the articles, and pictures with a
    description are not.
    """
    has_text = bool(record_text(whole, options.fields)[0])
    if has_text and has_body(whole, options.fields):
        return None
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], Mapping)]
    bodies = [sum(has_body(record, options.fields) for record in records if isinstance(record, Mapping)) for records in lists]
    if has_text and not any(bodies):
        named = [records for name, records in whole.items() if name.lower() in _LISTS and records in lists]
        return max(named, key=len, default=None)
    # Authors and tags may be more than the articles are.
    texts = [
        sum(bool(record_text(record, options.fields)[0]) for record in records if isinstance(record, Mapping))
        for records in lists
    ]
    order = sorted(range(len(lists)), key=lambda i: (bodies[i], texts[i], len(lists[i])), reverse=True)
    return lists[order[0]] if order else None


def _begins_with_object_line(content: str) -> bool:
    lines = content.lstrip().split("\n", 1)
    return len(lines) == 2 and isinstance(_parse(lines[0]), Mapping)
