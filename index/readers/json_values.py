"""The values of a JSON array that is larger than memory should hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import TextIOBase
from typing import Any, NamedTuple

from index.errors import ReadError
from index.readers.placed import megabytes

_CHUNK_CHARS = 1 << 20
_IN_STRING, _OUTSIDE = re.compile(r'["\\]'), re.compile(r'["{}\[\],]')
_WHITE = " \t\r\n"


def array_values(text: TextIOBase, max_value_chars: int) -> Iterator[Any]:
    """Each value as soon as it is whole; damage ends the array with a ReadError as its last value.

    :param text: at the array's start. :param max_value_chars: a longer value is passed over, and a ReadError in its place.
    """
    decoder = json.JSONDecoder()
    buffer, at, is_end = "", 0, False
    expected = "["
    while True:
        while at < len(buffer) and buffer[at] in _WHITE:
            at += 1
        try:
            if at == len(buffer):
                raise ValueError("it ends early")
            if expected:
                if buffer[at] not in expected:
                    yield _damage(f"expected {' or '.join(expected)}")
                    return
                is_closed, at, expected = buffer[at] == "]", at + 1, ""
                if is_closed:
                    return
                continue
            if buffer[at] == "]":  # only an empty array closes here
                return
            value, end = decoder.raw_decode(buffer, at)
            if end == len(buffer) and not is_end:
                raise ValueError("it may go on")  # 12 may be the start of 123
        except (ValueError, RecursionError) as error:
            is_long = len(buffer) - at > max_value_chars and not is_end
            passed = _pass_over(text, buffer, at) if is_long and not isinstance(error, RecursionError) else None
            if passed and passed.length > max_value_chars:
                yield _too_long(max_value_chars)
                buffer, at, expected = passed.buffer, passed.at, ",]"
                continue
            if is_end or is_long or isinstance(error, RecursionError):
                yield _damage(getattr(error, "msg", None) or str(error))
                return
            # Twice as much each time, so that a long value is not parsed over and over.
            more = text.read(max(_CHUNK_CHARS, len(buffer) - at))
            buffer, at, is_end = buffer[at:] + more, 0, not more
            continue
        yield value if end - at <= max_value_chars else _too_long(max_value_chars)
        at, expected = end, ",]"


class _Passed(NamedTuple):
    """What is read but not used yet, where in it the value has ended, and how many characters it had."""

    buffer: str
    at: int
    length: int


def _pass_over(text: TextIOBase, buffer: str, at: int) -> _Passed | None:
    """Find the end of the value at `at` without holding it, by its brackets and quotes; None if it has none."""
    depth, is_string, length = 0, False, -at
    while True:
        if at >= len(buffer):
            length, at = length + len(buffer), at - len(buffer)  # an escaped character may be the next piece's first
            buffer = text.read(_CHUNK_CHARS)
            if not buffer:
                return None
            continue
        match = (_IN_STRING if is_string else _OUTSIDE).search(buffer, at)
        at = match.end() if match else len(buffer)
        mark = match[0] if match else ""
        if is_string:
            is_string = mark != '"'
            at += mark == "\\"
        elif mark == '"':
            is_string = True
        elif mark and depth == 0 and mark in ",]}":
            return _Passed(buffer, at - 1, length + at - 1)
        else:
            depth += (mark in "{[" if mark else 0) - (mark in "}]" if mark else 0)


def _too_long(max_value_chars: int) -> ReadError:
    return ReadError(f"is longer than {megabytes(max_value_chars)}: split it, or raise the limit (--max-file-mb)")


def _damage(what: str) -> ReadError:
    return ReadError(f"is not valid JSON from here on ({what}): correct it and build again; what stands before it was read")
