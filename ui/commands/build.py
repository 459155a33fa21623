"""`citewire build`: make the index hold exactly what the sources hold, once or whenever they change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import AsJson, IndexDir
from ui.terminal import columns, reports_errors, say

if TYPE_CHECKING:
    from index.builder import Embed

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Folders, files and zips with articles.", show_default=False),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="FIELD=NAME",
        help="In json, jsonl and csv, take an article's id, text, title, published, source, url or author from the field of this "
        "name, where Citewire does not know it: --field text=main_body. Dots reach into objects. May be given several times.",
    ),
]
MaxFileMb = Annotated[
    int,
    typer.Option(
        "--max-file-mb",
        metavar="MB",
        min=1,
        envvar="CITEWIRE_MAX_FILE_MB",
        help="A larger file, or a larger record of a json, jsonl or csv, is listed as failed.",
    ),
]
Ray = Annotated[
    str,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        envvar="CITEWIRE_RAY",
        help="Embed on this Ray cluster; local starts one here, on loopback. Needs `pip install 'citewire[ray]'`, and the same "
        "Citewire, models and CITEWIRE_ENCODER settings on its nodes.",
        show_default=False,
    ),
]


@reports_errors
def build(
    paths: Paths,
    index_dir: IndexDir = Path("data"),
    field: Fields = None,
    max_file_mb: MaxFileMb = 50,
    ray: Ray = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change; nothing is written.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Build again whenever something changes, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Index articles. Name all your paths each time: an article that is in none of them any more leaves the index.
    Only what was added on the library page, which lies in the index's folder `uploads`, is always read as well.

    Reads txt, md, html, pdf, docx, json, jsonl, csv, tsv, RSS and Atom, and zip and gz of these. A file that cannot be read is
    listed with the reason and stops nothing. Only what is new or changed is embedded. A chat that is running uses the new index
    at its next question.

    \b
    citewire build articles/
    citewire build articles/ archive.jsonl --index newsroom
    citewire build export.csv --field text=main_body --field published=day
    citewire build articles/ --dry-run
    citewire build articles/ --watch
    citewire build archive/ --ray 10.0.0.7:6379
    """
    import ui.offline  # noqa: F401  before anything heavy
    from index import build as build_index
    from index.builder import here
    from index.errors import SourceError
    from index.readers import ReadOptions
    from ui.library.uploads import with_uploads
    from ui.output import to_json, to_json_line
    from ui.progress import BuildProgress
    from ui.reports import report_text

    if watch and dry_run:
        raise typer.BadParameter("--watch builds; --dry-run does not. Choose one.")
    options = ReadOptions(max_file_bytes=max_file_mb * 1_000_000, fields=fields_of(field or []))
    sources = with_uploads(paths, index_dir)
    if len(sources) > len(paths):
        say(f"Reading what was added on the library page as well: {index_dir / 'uploads'}.")
    embed = on_ray(ray) if ray else here
    try:
        with BuildProgress() as progress:
            report = build_index(sources, index_dir, read_options=options, on_progress=progress, dry_run=dry_run, embed=embed)
        as_one = to_json_line if watch else to_json
        typer.echo(as_one(report) if as_json else report_text(report, columns(), dry_run=dry_run))
    except SourceError:
        if not watch or not all(path.exists() for path in paths):
            raise  # else there is nothing to read yet, which the first build of `follow` says
    if watch:
        from ui.watching import follow

        follow(paths, index_dir, read_options=options, as_json=as_json, embed=embed)


def on_ray(address: str) -> Embed:
    """:raises RayFailed: if Ray is not installed."""
    from index.ray_embedding import OnRay

    say(f"Embedding on Ray: {'one started here' if address == 'local' else address}.")
    return OnRay(address)


def fields_of(pairs: list[str]) -> dict[str, str]:
    """`["text=main_body"]` as `{"text": "main_body"}`. :raises typer.BadParameter: if one has not this form."""
    split = [pair.partition("=") for pair in pairs]
    if bad := next((pair for pair, (name, _, of) in zip(pairs, split, strict=True) if not (name and of)), None):
        raise typer.BadParameter(f"--field {bad} is not of the form FIELD=NAME, such as text=main_body.")
    return {name: of for name, _, of in split}
