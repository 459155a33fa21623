"""`citewire models`: which models there are, which are on this machine, and how to get them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson
from ui.terminal import reports_errors, say

models = typer.Typer(help="List the models, or get them.", no_args_is_help=True, rich_markup_mode=None)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Names from `citewire models list`.", show_default=False),
]
Source = Annotated[
    Path | None,
    typer.Option(
        "--source", metavar="PATH", help="Take them from this folder or file only, copied by hand from another machine."
    ),
]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model as `models list --json` prints it. `size` in bytes; `status` is ready, partial, missing or corrupt."""

    name: str
    role: str
    title: str
    size: int
    licence: str
    status: str
    folder: str
    sha256: dict[str, str]  #: file -> hash


@models.command("list", short_help="Show the models and whether they are here.")
@reports_errors
def list_models(as_json: AsJson = False) -> None:
    """Show each model: what it is for, its size and licence, and whether it is on this machine."""
    from index.model_files import models_dir
    from ui.output import size_text, to_json

    rows = model_rows()
    if as_json:
        typer.echo(to_json(rows))
        return
    widths = (max(len(row.name) for row in rows), max(len(row.role) for row in rows))
    for row in rows:
        size = size_text(row.size)
        typer.echo(f"{row.name:<{widths[0]}}  {row.role:<{widths[1]}}  {size:>6}  {row.licence:<10}  {row.status}")
    typer.echo(f"\nIn {models_dir()}. Get one with: citewire models pull NAME")


@models.command("pull", short_help="Get models, checked by hash.")
@reports_errors
def pull_models(names: Names = None, source: Source = None, as_json: AsJson = False) -> None:
    """Get models, checked by hash; goes on where an earlier try stopped. Without a name: what the chat uses.

    \b
    citewire models pull
    citewire models pull qwen2.5-coder-0.5b-instruct
    citewire models pull --source /media/usb/models
    """
    from assistant.models import DEFAULT_ANSWER, DEFAULT_EMBEDDING, pull, spec_of
    from assistant.models.progress import show_progress
    from ui.output import to_json

    wanted = [spec_of(name).name for name in names or (DEFAULT_EMBEDDING, DEFAULT_ANSWER)]
    paths: dict[str, Path] = {}
    for name in wanted:
        with show_progress() as progress:
            paths[name] = pull(name, source, progress)
        say(f"{name} is ready.")
    if as_json:
        typer.echo(to_json(paths))


def model_rows() -> list[ModelRow]:
    """Every model of the registry with its status on this machine."""
    from assistant.models import MODELS, status
    from index.model_files import models_dir

    return [
        ModelRow(
            name=spec.name,
            role=spec.role,
            title=spec.title,
            size=spec.size,
            licence=spec.licence,
            status=status(spec),
            folder=str(models_dir() / spec.name),
            sha256={file.name: file.sha256 for file in spec.files},
        )
        for spec in MODELS.values()
    ]
