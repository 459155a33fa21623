"""`citewire`: build an index over articles, ask it, search it, chat with it.

Nothing heavy is imported here: `--help` and `--version` must answer at once, so each command imports what it needs.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from ui.commands.ask import ask, search
from ui.commands.build import build
from ui.commands.chat import chat
from ui.commands.doctor import doctor
from ui.commands.eval import evaluate
from ui.commands.feedback import feedback
from ui.commands.index import index
from ui.commands.mcp import mcp
from ui.commands.models import models
from ui.commands.replay import replay
from ui.commands.users import users

HELP = """Ask a collection of news articles a question; every sentence of the answer carries a quote.

\b
citewire chat articles/                       index a folder and chat with it
citewire build articles/                      only index it
citewire ask "What did the Kremlin say?"      an answer with its quotes
citewire search "peace talks" --since 2025-12-01
citewire models list                          which models are on this machine

Each option has an environment variable (CITEWIRE_INDEX, CITEWIRE_LLM, ...), shown in the help of a command.
"""

# A failure that is not one of ours is a bug: its plain traceback is what a report needs.
app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(short_help="Index articles, if any are named, and serve the chat.")(chat)
app.command(short_help="Index articles, or show what would change.")(build)
app.command(short_help="Answer a question from the articles, with its quotes.")(ask)
app.command(short_help="Find passages, best first.")(search)
app.command(short_help="Answer the question of a receipt again, and compare.")(replay)
app.command(short_help="Check the index, and repair it.")(doctor)
app.command("eval", short_help="Measure search and answers on questions with known answers.")(evaluate)
app.command(short_help="List what people said about answers, as questions for `eval`.")(feedback)
app.command(short_help="Serve the articles as tools over the Model Context Protocol.")(mcp)
app.add_typer(index, name="index")
app.add_typer(models, name="models")
app.add_typer(users, name="users")


def print_version(wanted: bool) -> None:
    """For `--version`: print it and exit."""
    if not wanted:
        return
    try:
        typer.echo(f"citewire {version('citewire')}")
    except PackageNotFoundError:
        typer.echo("citewire, run from a folder that is not installed")
    raise typer.Exit


@app.callback()
def root(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    # No docstring: typer would print it in place of HELP.
    pass


def main() -> None:
    """The `citewire` command."""
    app(prog_name="citewire")


if __name__ == "__main__":
    main()
