"""What people said about answers: one JSON line each in a private file beside the index, and the same as questions to measure by.

Nothing reads it through the web: only `citewire feedback`, run by whoever owns the file, does.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.errors import CitewireUIError
from ui.markup import storable
from ui.turn import MAX_QUESTION_CHARS, MAX_WORD_CHARS, RecordRefused, Turn

if TYPE_CHECKING:
    from assistant.types import Answer

NAME = "feedback.jsonl"
MAX_FILE_BYTES = 64_000_000
_MAX_TURNS, _MAX_CHARS = 6, 2000  #: of the conversation before the question
_MAX_ANSWER_CHARS = 4000
_MAX_ID_CHARS, _MAX_NAME_CHARS = 1000, 200  #: of an article; of a model, a generation, a user
_MAX_PLACE = 10**9  #: characters: no article is as long
Row = dict[str, Any]


class FeedbackUnreadable(CitewireUIError):
    """The file of opinions cannot be read."""


class Feedback:
    """A file of opinions. Written by one line at a time under a lock, so that several servers may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def beside(cls, index_dir: Path) -> Feedback:
        """The file that `CITEWIRE_FEEDBACK` names, else one in the folder of the index."""
        return cls(Path(os.environ.get("CITEWIRE_FEEDBACK") or index_dir / NAME))

    def keep(self, turn: Turn, history: Sequence[Mapping[str, str]], user: str = "") -> None:
        """Add an opinion; a later one on the same answer takes its place. :raises RecordRefused: if it cannot be written."""
        line = (storable(json.dumps(_row(turn, history, user), ensure_ascii=False)) + "\n").encode()
        try:
            self._append(line)
        except OSError as error:
            raise RecordRefused(f"Your opinion could not be kept: {error.strerror or error}.") from error

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            if size + len(line) > MAX_FILE_BYTES:
                raise RecordRefused("Your opinion could not be kept: the file of opinions is full.")
            if size and os.pread(handle, 1, size - 1) != b"\n":  # a full disk left half a line: this one must not end it
                line = b"\n" + line
            if os.write(handle, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(handle)

    def rows(self) -> list[Row]:
        """The opinions, oldest first, of each answer the last; those that were taken back are gone.

        :raises FeedbackUnreadable: if the file is not one of these. :raises OSError: if it cannot be read.
        """
        last: dict[tuple[str, str], Row] = {}
        for row in self._lines():
            key = (row["user"], row["id"])
            last.pop(key, None)
            last[key] = row
        return [row for row in last.values() if row["rating"]]

    def _lines(self) -> Iterator[Row]:
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    row = json.loads(line)
                except ValueError:
                    continue  # a disk that was full, or a machine that stopped, can leave half a line
                if not isinstance(row, dict) or not {"id", "user", "rating", "question"} <= row.keys():
                    raise FeedbackUnreadable(f"{self.path}, line {number}: is no opinion on an answer. Name another file.")
                yield row


def questions(rows: Sequence[Row]) -> list[Row]:
    """Opinions as rows of a question file, which `citewire eval` reads.

    An answer that was good names its article and quote; a good abstention is a question that no article answers. Of an answer
    that was not good only that is known: it is of the kind "disputed", and whoever knows the right article can fill it in.
    """
    return [_question(row) for row in rows]


def _question(row: Row) -> Row:
    good, cited = row["rating"] == "up", row.get("article_id")
    kind = ("followup" if row["history"] else "single") if good and cited else "unanswerable" if good else "disputed"
    place = {name: row.get(name) if good else None for name in ("article_id", "start", "end")}
    told = {name: row.get(name, "") for name in ("rating", "word", "said", "model", "at")}
    head = {"id": row["id"], "kind": kind, "question": row["question"], "history": row["history"], "answers": []}
    return {**head, **place, **told}


def _row(turn: Turn, history: Sequence[Mapping[str, str]], user: str) -> Row:
    """Bounded in every field: an answer may be one that a browser gave back."""
    answer = turn.answer
    return {
        "id": turn.id,
        "user": user[:_MAX_NAME_CHARS],
        "rating": turn.rating,
        "word": turn.word[:MAX_WORD_CHARS],
        "question": turn.question[:MAX_QUESTION_CHARS],
        "history": [{"role": said["role"], "content": said["content"][:_MAX_CHARS]} for said in history[-_MAX_TURNS:]],
        **_place(answer),
        "said": answer.text[:_MAX_ANSWER_CHARS],
        "model": answer.model[:_MAX_NAME_CHARS],
        "generation": answer.generation[:_MAX_NAME_CHARS],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _place(answer: Answer) -> Row:
    """Article and characters of the first quote; None for each without one, or if no article can have such a place."""
    first = answer.citations[0] if answer.citations else None
    if first is None or len(first.article_id) > _MAX_ID_CHARS or not 0 <= first.start <= first.end <= _MAX_PLACE:
        return {"article_id": None, "start": None, "end": None}
    return {"article_id": first.article_id, "start": first.start, "end": first.end}
