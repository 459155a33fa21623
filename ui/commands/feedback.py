"""`citewire feedback`: what people said about answers, as a question file for `citewire eval`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson, IndexDir
from ui.terminal import reports_errors, say

File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", envvar="CITEWIRE_FEEDBACK", help="The opinions; by default beside the index."),
]
Rating = Annotated[str, typer.Option("--rating", metavar="up|down", help="Only answers that were found helpful, or not.")]


@reports_errors
def feedback(index_dir: IndexDir = Path("data"), file: File = None, rating: Rating = "", as_json: AsJson = False) -> None:
    """List the answers that people of the chat marked as helpful or not, one question a line, as `citewire eval` reads them.

    A helpful answer names the article and the quote that it rests on. Of one that was not helpful only that is known: its kind
    is "disputed", and it is measured once somebody has filled in article_id.

    \b
    citewire feedback > questions.jsonl
    citewire eval questions.jsonl
    citewire feedback --rating down
    """
    from ui.feedback import NAME, Feedback, questions
    from ui.output import to_json

    if rating not in ("", "up", "down"):
        raise typer.BadParameter(f"{rating!r} is neither up nor down.")
    kept = Feedback(file or index_dir / NAME)
    rows = [row for row in questions(kept.rows()) if not rating or row["rating"] == rating]
    if as_json:
        typer.echo(to_json(rows))
        return
    if not rows:
        say(f"Nobody has said anything about an answer yet ({kept.path}).")
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))
