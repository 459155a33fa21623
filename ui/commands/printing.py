"""An answer printed while it comes, and a line that says what is being done until then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import typer

from ui.terminal import Flow, columns, say

if TYPE_CHECKING:
    from assistant.types import Answer, Event, Form


def print_stream(events: Generator[Event, None, None], told: Callable[[str], None]) -> Answer:
    """Print each sentence as it has passed the check, then the footnotes."""
    from ui.output import ITEMISED, abstention_text, basis, footnotes, item_text, printable, sentence_text

    flow, answer, heading = Flow(columns()), None, ""
    form: Form = "answer"
    with closing(events):  # Ctrl-C stops the model, too
        for event in events:
            if event.kind == "evidence":
                told(f"Reading {len(event.evidence)} passages" if event.evidence else "Nothing was found")
                form = event.form
            elif event.kind == "text" and event.sentence:
                told("")
                if form in ITEMISED:
                    typer.echo(item_text(event.sentence, form, heading, columns()))
                    heading = event.sentence.heading
                else:
                    flow.add(sentence_text(event.sentence))
            elif event.kind == "notice":
                told("")
                flow.end()
                say(f"Note: {printable(event.text)}")
            elif event.kind == "answer":
                answer = event.answer
    told("")
    flow.end()
    assert answer is not None, "the stream ends with an answer"
    abstained = answer.abstained
    typer.echo(abstention_text(answer, columns()) if abstained else f"\n{footnotes(answer.citations, columns())}")
    say(f"\n{basis(answer)}")
    return answer


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is being done; yields a function that changes it, or ends it with "".

    Where stderr is no terminal it says nothing.
    """
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    status = Console(stderr=True).status(what)

    def told(text: str) -> None:
        status.update(text) if text else status.stop()

    with status:
        yield told
