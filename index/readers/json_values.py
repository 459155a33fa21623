"""The values of a JSON array that is larger than memory should hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import TextIOBase
from typing import Any

from index.errors import ReadError

_CHUNK_CHARS = 1 << 20
_WHITE = " \t\r\n"


def array_values(text: TextIOBase, max_value_chars: int) -> Iterator[Any]:
    """Each value as soon as it is whole; damage ends the array with a ReadError as its last value.

    :param text: at the array's start. :param max_value_chars: a longer value is taken for damage.
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
            if is_end or len(buffer) - at > max_value_chars or isinstance(error, RecursionError):
                yield _damage(getattr(error, "msg", None) or str(error))
                return
            # Twice as much each time, so that a long value is not parsed over and over.
            more = text.read(max(_CHUNK_CHARS, len(buffer) - at))
            buffer, at, is_end = buffer[at:] + more, 0, not more
            continue
        yield value
        at, expected = end, ",]"


def _damage(what: str) -> ReadError:
    return ReadError(f"is not valid JSON from here on ({what}): correct it and build again; what stands before it was read")
