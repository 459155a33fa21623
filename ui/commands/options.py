"""The options that several commands share: the same name, variable and meaning everywhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.assistant import Assistant


def parse_day(text: str) -> date:
    """:raises typer.BadParameter: if it is no date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date such as 2025-12-31.") from None


def parse_as_of(text: str) -> str:
    """The word newest, or a day, as given. :raises typer.BadParameter: if it is neither."""
    return text if text in ("", "newest") else parse_day(text).isoformat()


IndexDir = Annotated[
    Path,
    typer.Option("--index", metavar="DIR", envvar="CITEWIRE_INDEX", help="Folder of the index."),
]
Llm = Annotated[
    str,
    typer.Option(
        "--llm",
        metavar="auto|none|URL|FILE|NAME",
        envvar="CITEWIRE_LLM",
        help="What writes answers: the server CITEWIRE_LLM_URL if set, else the local model if it is there (auto), quotes only "
        "(none), an OpenAI-compatible server, a GGUF file, or a model of `citewire models list`.",
    ),
]
NoLlm = Annotated[
    bool,
    typer.Option("--no-llm", envvar="CITEWIRE_NO_LLM", help="The same as --llm none."),
]
LlmModel = Annotated[
    str,
    typer.Option(
        "--llm-model",
        metavar="NAME",
        envvar="CITEWIRE_LLM_MODEL",
        help="Model name on the server. Its key is read from CITEWIRE_LLM_KEY only.",
    ),
]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", envvar="CITEWIRE_HOST", help="Address to serve on.")]
Port = Annotated[
    int,
    typer.Option(
        "--port", metavar="PORT", envvar="CITEWIRE_PORT", min=0, max=65535, help="Port to serve on; 0 takes a free one."
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", envvar="CITEWIRE_JSON", help="Print one JSON document."),
]
QuestionText = Annotated[str, typer.Argument(metavar="QUESTION", help="The question, or - to read it from stdin.")]
TopK = Annotated[int, typer.Option("--top-k", min=1, max=1000, help="How many passages to return.")]
Since = Annotated[
    date | None,
    typer.Option("--since", metavar="YYYY-MM-DD", parser=parse_day, help="Only articles from this day on."),
]
Until = Annotated[
    date | None,
    typer.Option("--until", metavar="YYYY-MM-DD", parser=parse_day, help="Only articles up to and with this day."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="OUTLET", help="Only articles of this outlet; may be given several times."),
]
Articles = Annotated[
    list[str] | None,
    typer.Option("--article", metavar="ID", help="Only this article, as --json names it; may be given several times."),
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD|newest",
        envvar="CITEWIRE_AS_OF",
        parser=parse_as_of,
        help='What "last week" in a question counts from: this day, or that of the newest article. Otherwise today.',
    ),
]


def as_of_day(text: str, assistant: Assistant) -> date | None:
    """What `--as-of` means; None for today. :raises typer.BadParameter: if it is no date."""
    if text == "newest":
        newest = assistant.index_info()["newest"]
        return date.fromisoformat(newest) if newest else None
    return date.fromisoformat(text) if text else None


def check_period(since: date | None, until: date | None) -> None:
    """:raises typer.BadParameter: if no day lies between the two."""
    if since and until and since > until:
        raise typer.BadParameter(f"--since {since} is after --until {until}: no article can be of both.")


def question_text(argument: str) -> str:
    """The question as given, or all of stdin for `-`.

    :raises typer.BadParameter: if it is empty.
    """
    from ui.markup import storable

    text = storable(_stdin() if argument == "-" else argument).strip()
    if not text:
        raise typer.BadParameter('the question is empty: citewire ask "What did the Kremlin say about NATO?"')
    return text


def _stdin() -> str:
    # replaced, not refused: one stray byte in a piped question must not hide the question
    return typer.get_binary_stream("stdin").read().decode("utf-8-sig", "replace")
