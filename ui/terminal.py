"""Writing to the terminal: how wide it is, text that grows word by word, and errors as one sentence."""

from __future__ import annotations

import errno
import functools
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import typer

from assistant.errors import AssistantError
from index.errors import CitewireIndexError
from ui.errors import CitewireUIError

P = ParamSpec("P")
R = TypeVar("R")

#: wider lines are hard to read
_WIDEST = 100


def columns() -> int:
    """Columns to fold stdout at; 0 where it is not a terminal, so that a pipe gets whole lines."""
    return min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else 0


def say(text: str) -> None:
    """Progress and remarks: on stderr, so that stdout holds only the result."""
    typer.echo(text, err=True)


class Flow:
    """Text that is printed as it comes and still folded at word ends."""

    def __init__(self, width: int) -> None:
        """:param width: columns; 0 never folds."""
        self._width, self._column = width, 0

    def add(self, text: str) -> None:
        """Print some words, after a space if the line has begun."""
        for word in text.split():
            if self._column and self._width and self._column + 1 + len(word) > self._width:
                self.end()
            gap = " " if self._column else ""
            typer.echo(gap + word, nl=False)
            self._column += len(gap + word)
        sys.stdout.flush()

    def end(self) -> None:
        """Finish the line, if one has begun."""
        if self._column:
            typer.echo()
        self._column = 0


def reports_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors meant for users, and those of the file system, into one sentence and exit code 1; anything else is a
    bug and shows its traceback.

    With `--json` the sentence is also the one document on stdout: `{"error": "…"}`.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (CitewireIndexError, AssistantError, CitewireUIError) as error:
            raise _ended(str(error), kwargs) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read our output has left; typer ends quietly
                raise
            raise _ended(_of_the_system(error), kwargs) from error
        except KeyboardInterrupt:
            say("Stopped.")
            raise typer.Exit(130) from None

    return run


def _ended(sentence: str, options: Mapping[str, object]) -> typer.Exit:
    if options.get("as_json"):
        from ui.output import to_json

        typer.echo(to_json({"error": sentence}))
    say(f"citewire: {sentence}")
    return typer.Exit(1)


def _of_the_system(error: OSError) -> str:
    """What the operating system refused, to which file, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free some space, then run the same command again."
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}. Check the path, and that it can be read and written."
