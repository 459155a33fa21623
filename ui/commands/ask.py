"""`citewire ask` and `citewire search`: one question, answered or looked up."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import (
    Articles,
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
from ui.commands.printing import print_stream, working
from ui.terminal import columns, reports_errors, say

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.narrowing import Found

ReceiptFile = Annotated[
    str,
    typer.Option(
        "--receipt",
        metavar="FILE|-",
        help="Write what the answer came from, as JSON, for `citewire replay`; - prints this instead of the answer.",
    ),
]
WithFilters = Annotated[
    bool,
    typer.Option(
        "--with-filters",
        help="Print one JSON object instead of the list: hits, the question and the filters that were searched with, notices.",
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
    articles: Articles = None,
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

    filters: dict[str, Any] = {"since": since, "until": until, "sources": sources, "articles": articles}
    with working("Loading the index and the models") as told:
        assistant = open_assistant(index_dir, llm, no_llm, llm_model)
        with closing(assistant):
            _note_unknown(sources, assistant)
            _note_gone(articles, assistant)
            filters["as_of"] = as_of_day(as_of, assistant)
            warm(assistant)
            told("Searching")
            if as_json or receipt == "-":
                answer = assistant.answer(text, **filters)
                typer.echo(to_json(assistant.receipt(answer) if receipt == "-" else answer))
            else:
                answer = print_stream(assistant.stream(text, **filters), told)
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
    articles: Articles = None,
    as_of: AsOf = "",
    as_json: AsJson = False,
    with_filters: WithFilters = False,
) -> None:
    """Find the passages that a question is answered from, best first.

    What it understood as a filter, and that it lifted one, it says on stderr, and with --with-filters in the JSON.

    \b
    citewire search "free economic zone in Donbas" --top-k 5
    citewire search "interest rates" --source "USA Today" --since 2025-10-01 --json
    """
    text = question_text(question)
    check_period(since, until)
    from assistant.filters import articles_in_words
    from ui.commands.opening import open_assistant
    from ui.output import found_content, printable, to_json

    with working("Loading the index and the models"), closing(open_assistant(index_dir, llm, no_llm, llm_model)) as assistant:
        _note_unknown(sources, assistant)
        _note_gone(articles, assistant)
        day = as_of_day(as_of, assistant)
        found = assistant.find(text, top_k=top_k, since=since, until=until, sources=sources, as_of=day, articles=articles)
        indexed = assistant.index_info()["articles"]
    for notice in found.notices:
        say(f"Note: {printable(notice)}")
    if as_json or with_filters:
        typer.echo(to_json(found_content(found) if with_filters else found.hits))
    else:
        typer.echo(_hits_text(found, indexed))
    if found.filters:
        say(f"\nsearched {printable(articles_in_words(found.filters))}")


def _hits_text(found: Found, articles: int) -> str:
    """:param articles: in the index."""
    from assistant.filters import left_out_all
    from ui.output import fold, hits_text, printable

    if found.filters and not found.hits:
        return fold(printable(left_out_all(found.filters, articles)), columns())
    return hits_text(found.hits, columns())


def _note_unknown(outlets: list[str] | None, assistant: Assistant) -> None:
    """Say which of the outlets asked for no article is from, and which there are: a name is easily misspelt."""
    known = assistant.sources() if outlets else {}
    there = {name.casefold() for name in known}
    for outlet in outlets or ():
        if outlet.casefold() not in there:
            names = [name for name in known if name][:_OUTLETS_NAMED]
            more = f" and {len(known) - len(names):,} more" if len(known) > len(names) else ""
            say(f"Note: no article is from {outlet!r}. There are: {', '.join(map(repr, names)) or 'none with an outlet'}{more}.")


def _note_gone(articles: list[str] | None, assistant: Assistant) -> None:
    """Say which of the articles asked for is not in the index."""
    from index.errors import ArticleNotFound

    for article_id in articles or ():
        try:
            assistant.article(article_id)
        except ArticleNotFound as error:
            say(f"Note: {error}")
