"""`citewire build`: make the index hold exactly what the sources hold, once or whenever they change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson, IndexDir
from ui.terminal import columns, reports_errors

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Files and folders with articles.", show_default=False),
]


@reports_errors
def build(
    paths: Paths,
    index_dir: IndexDir = Path("data"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Build again whenever something changes, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Index articles. The paths are the whole truth: what is gone from them leaves the index.

    A file that cannot be read is listed and stops nothing. Unchanged articles are not embedded again.

    \b
    citewire build articles/
    citewire build articles/ archive.jsonl --index newsroom
    citewire build articles/ --dry-run
    citewire build articles/ --watch
    """
    import ui.offline  # noqa: F401  before anything heavy
    from index import build as build_index
    from ui.output import report_text, to_json
    from ui.progress import BuildProgress

    if watch and dry_run:
        raise typer.BadParameter("--watch builds; --dry-run does not. Choose one.")
    with BuildProgress() as progress:
        report = build_index(paths, index_dir, on_progress=progress, dry_run=dry_run)
    typer.echo(to_json(report) if as_json else report_text(report, columns(), dry_run=dry_run))
    if watch:
        from ui.watching import follow

        follow(paths, index_dir, as_json=as_json)
