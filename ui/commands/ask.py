"""`citewire ask` and `citewire search`: one question, answered or looked up."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import (
    AsJson,
    AsOf,
    IndexDir,
    Llm,
    LlmModel,
    NoLlm,
    QuestionText,
    Since,
    Sources,
    TopK,
    Until,
    as_of_day,
    check_period,
    question_text,
)
from ui.terminal import Flow, columns, reports_errors, say

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from assistant.assistant import Assistant
    from assistant.types import Answer, Event, Form

ReceiptFile = Annotated[
    str,
    typer.Option(
        "--receipt",
        metavar="FILE|-",
        help="Write what the answer came from, as JSON, for `citewire replay`; - prints this instead of the answer.",
    ),
]
_OUTLETS_NAMED = 10  #: of those with the most articles


@reports_errors
def ask(
    question: QuestionText,
    index_dir: IndexDir = Path("data"),
    llm: Llm = "auto",
    no_llm: NoLlm = False,
    llm_model: LlmModel = "",
    since: Since = None,
    until: Until = None,
    sources: Sources = None,
    as_of: AsOf = "",
    as_json: AsJson = False,
    receipt: ReceiptFile = "",
) -> None:
    """Answer a question from the articles, with a quote for every sentence.

    What the articles do not say, it does not say; that is an answer too (exit code 0, "abstained" in the JSON).

    \b
    citewire ask "Whom did Zelensky meet in Berlin on Monday?"
    citewire ask "What did the Kremlin say about NATO?" --since 2025-12-01 --no-llm
    citewire ask "Who resigned last week, according to USA Today?" --as-of newest
    citewire ask "How did the talks develop?" --receipt talks.json
    echo "Who won?" | citewire ask - --json
    """
    text = question_text(question)
    check_period(since, until)
    from ui.commands.opening import open_assistant, warm
    from ui.output import to_json

    filters: dict[str, Any] = {"since": since, "until": until, "sources": sources}
    with _working("Loading the index and the models") as told:
        assistant = open_assistant(index_dir, llm, no_llm, llm_model)
        with closing(assistant):
            _note_unknown(sources, assistant)
            filters["as_of"] = as_of_day(as_of, assistant)
            warm(assistant)
            told("Searching")
            if as_json or receipt == "-":
                answer = assistant.answer(text, **filters)
                typer.echo(to_json(assistant.receipt(answer) if receipt == "-" else answer))
            else:
                answer = _print_stream(assistant.stream(text, **filters), told)
            if receipt not in ("", "-"):
                Path(receipt).write_text(to_json(assistant.receipt(answer)) + "\n", encoding="utf-8")


@reports_errors
def search(
    question: QuestionText,
    index_dir: IndexDir = Path("data"),
    llm: Llm = "auto",
    no_llm: NoLlm = False,
    llm_model: LlmModel = "",
    top_k: TopK = 10,
    since: Since = None,
    until: Until = None,
    sources: Sources = None,
    as_of: AsOf = "",
    as_json: AsJson = False,
) -> None:
    """Find the passages that a question is answered from, best first.

    \b
    citewire search "free economic zone in Donbas" --top-k 5
    citewire search "interest rates" --source "USA Today" --since 2025-10-01 --json
    """
    text = question_text(question)
    check_period(since, until)
    from ui.commands.opening import open_assistant
    from ui.output import hits_text, to_json

    with _working("Loading the index and the models"), closing(open_assistant(index_dir, llm, no_llm, llm_model)) as assistant:
        _note_unknown(sources, assistant)
        day = as_of_day(as_of, assistant)
        hits = assistant.search(text, top_k=top_k, since=since, until=until, sources=sources, as_of=day)
    typer.echo(to_json(hits) if as_json else hits_text(hits, columns()))


def _note_unknown(outlets: list[str] | None, assistant: Assistant) -> None:
    """Say which of the outlets asked for no article is from, and which there are: a name is easily misspelt."""
    known = assistant.sources() if outlets else {}
    there = {name.casefold() for name in known}
    for outlet in outlets or ():
        if outlet.casefold() not in there:
            names = [name for name in known if name][:_OUTLETS_NAMED]
            more = f" and {len(known) - len(names):,} more" if len(known) > len(names) else ""
            say(f"Note: no article is from {outlet!r}. There are: {', '.join(map(repr, names)) or 'none with an outlet'}{more}.")


def _print_stream(events: Generator[Event, None, None], told: Callable[[str], None]) -> Answer:
    """Print each sentence as it has passed the check, then the footnotes."""
    from ui.output import ITEMISED, basis, footnotes, item_text, sentence_text

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
                say(f"Note: {event.text}")
            elif event.kind == "answer":
                answer = event.answer
    told("")
    flow.end()
    assert answer is not None, "the stream ends with an answer"
    if answer.abstained:
        _print_abstention(answer)
    else:
        typer.echo(f"\n{footnotes(answer.citations, columns())}")
    say(f"\n{basis(answer)}")
    return answer


def _print_abstention(answer: Answer) -> None:
    from ui.output import abstention_text

    typer.echo(abstention_text(answer, columns()))


@contextmanager
def _working(what: str) -> Iterator[Callable[[str], None]]:
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
