"""The lines of a CSV file as its reader asks for them, so that a record can be skipped or read again."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator

_PIECE_CHARS = 1 << 20


class TooLong(Exception):
    """The record goes on beyond the limit."""

    def __str__(self) -> str:
        return "it is longer than the limit"


class Lines(Iterator[str]):
    """An iterator over lines, whole and with their ends, that holds those of the record being read.

    :param max_chars: of a record; a longer one raises `TooLong`.
    """

    def __init__(self, text: io.TextIOBase, max_chars: int) -> None:
        self.number = 0  #: lines given so far
        self._text, self._max_chars = text, max_chars
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self._chars = 0

    def __next__(self) -> str:
        line = self._read(self._max_chars - self._chars + 1)
        if not line:
            raise StopIteration
        self._record.append(line)
        self._chars += len(line)
        self.number += 1
        if self._chars > self._max_chars:
            raise TooLong
        return line

    def begin_record(self) -> int:
        """Forget the lines of the last record. Returns the number of the line that comes next."""
        self._record, self._chars = [], 0
        return self.number + 1

    def quotes(self) -> int:
        """How many quotes the record has; an odd number leaves one open."""
        return sum(line.count('"') for line in self._record)

    def is_single(self) -> bool:
        """True of a record of one line."""
        return len(self._record) == 1

    def give_again(self, without: int) -> None:
        """Let the lines of this record come once more. :param without: so many of the first of them do not."""
        again = self._record[without:]
        self._again.extendleft(reversed(again))
        self.number -= len(again)
        self.begin_record()

    def skip_record(self) -> bool:
        """Pass over the rest of a record that is too long, without holding it. False if a quote is open to the file's end."""
        last, quotes = self._record[-1], self.quotes()
        self.begin_record()
        while quotes % 2 or not last.endswith(("\n", "\r")):
            piece = self._read(_PIECE_CHARS)
            if not piece:
                return quotes % 2 == 0
            # A line that comes in pieces is one.
            self.number += last.endswith(("\n", "\r"))
            last, quotes = piece, quotes + piece.count('"')
        return True

    def _read(self, max_chars: int) -> str:
        return self._again.popleft() if self._again else self._text.readline(max_chars)
