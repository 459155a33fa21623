"""`citewire index`: what is in the index, which generations are kept, the way back to an earlier one, and to other machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import AsJson, IndexDir
from ui.terminal import columns, reports_errors

if TYPE_CHECKING:
    from index.history import GenerationInfo
    from index.moving import Moved
    from index.overview import Overview

index = typer.Typer(help="Show what is in the index, go back, or move it.", no_args_is_help=True, rich_markup_mode=None)

#: ids of articles that lack something that are named; --json has all
_NAMED = 10


@index.command("show", short_help="Show what is in the index.")
@reports_errors
def show(index_dir: IndexDir = Path("data"), as_json: AsJson = False) -> None:
    """Show what is in the index: how much, from when, which articles lack a date or headline, what failed last time."""
    from index.overview import overview
    from ui.output import to_json

    found = overview(index_dir)
    typer.echo(to_json(found) if as_json else overview_text(found, columns()))


@index.command("list", short_help="Show the generations that are kept.")
@reports_errors
def list_generations(index_dir: IndexDir = Path("data"), as_json: AsJson = False) -> None:
    """Show each generation: when it was made, what it holds, whether it is current, and whether somebody reads from it."""
    from index.history import generations
    from ui.output import to_json

    found = generations(index_dir)
    typer.echo(to_json(found) if as_json else "\n".join(generation_line(info) for info in found))


@index.command("rollback", short_help="Go back to an earlier generation.")
@reports_errors
def roll_back(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="As `index list` names it; by default the last good one.")] = "",
    index_dir: IndexDir = Path("data"),
    as_json: AsJson = False,
) -> None:
    """Make an earlier generation current again, once it has been verified. A running chat follows at its next question.

    The articles' files are not touched: the next build publishes what they hold.

    \b
    citewire index rollback
    citewire index rollback 000017
    """
    from index.history import rollback
    from ui.output import to_json

    current = rollback(index_dir, name)
    typer.echo(to_json({"current": current}) if as_json else f"Generation {current} is current.")


@index.command("push", short_help="Publish the index for other machines.")
@reports_errors
def push_index(index_dir: IndexDir = Path("data"), as_json: AsJson = False) -> None:
    """Publish the current generation where CITEWIRE_PUBLISH_URL or CITEWIRE_CHROMA_URL says. Chats elsewhere that have the same
    settings fetch it by themselves. Nothing is embedded. With these settings, `citewire build` publishes without this.

    CITEWIRE_PUBLISH_URL is a shared folder (file:///srv/news) or a bucket (s3://bucket/news, with `citewire[s3]`).
    CITEWIRE_CHROMA_URL is a Chroma server, which then holds the vectors, and without the first the articles too;
    CITEWIRE_CHROMA_NAME is the name of the index there, CITEWIRE_CHROMA_TOKEN and CITEWIRE_CHROMA_HEADERS are for a proxy.

    \b
    CITEWIRE_PUBLISH_URL=s3://bucket/news citewire index push
    CITEWIRE_CHROMA_URL=http://127.0.0.1:8000 citewire index push --index newsroom
    """
    from index.moving import push
    from ui.progress import BuildProgress

    with BuildProgress() as progress:
        moved = push(index_dir, progress)
    _report(moved, as_json, "is published at" if moved.moved else "was already published at")


@index.command("pull", short_help="Get a published index, to go on building it here.")
@reports_errors
def pull_index(index_dir: IndexDir = Path("data"), as_json: AsJson = False) -> None:
    """Make an index of its own from what is current at CITEWIRE_PUBLISH_URL or CITEWIRE_CHROMA_URL: with its vectors, so that the
    next build embeds only what is new. What the folder held stays as an earlier generation. A chat needs none of this.

    \b
    CITEWIRE_PUBLISH_URL=s3://bucket/news citewire index pull
    CITEWIRE_CHROMA_URL=http://127.0.0.1:8000 citewire index pull --index newsroom
    """
    from index.moving import pull
    from ui.progress import BuildProgress

    with BuildProgress() as progress:
        moved = pull(index_dir, progress)
    _report(moved, as_json, f"is in {index_dir}, from")


def _report(moved: Moved, as_json: bool, where: str) -> None:
    from ui.markup import count
    from ui.output import to_json

    size = f"{count(moved.articles, 'article')} in {count(moved.passages, 'passage')}"
    typer.echo(to_json(moved) if as_json else f"Generation {moved.generation} {where} {moved.address}: {size}.")


def generation_line(info: GenerationInfo) -> str:
    """`000017  2025-11-15 09:30  5,000 articles  15,100 passages  91 MB  current, being read`."""
    from ui.markup import count
    from ui.output import size_text

    said = (("current", info.current), ("being read", info.held), ("vectors on a server, see `citewire doctor`", info.served))
    marks = [mark for mark, is_so in said if is_so]
    what = f"{count(info.articles, 'article')}  {count(info.passages, 'passage')}  {size_text(info.bytes)}"
    line = f"{info.name}  {info.created[:16].replace('T', ' ')}  {what}  {', '.join(marks)}".rstrip()
    return f"{line}\n        {info.fault}" if info.fault else line


def overview_text(found: Overview, width: int) -> str:
    """The figures, one a line."""
    from ui.markup import count, period
    from ui.output import fold, printable, size_text
    from ui.progress import time_left

    outlets = ", ".join(f"{printable(name) or 'not named'} {number:,}" for name, number in list(found.sources.items())[:_NAMED])
    languages = ", ".join(f"{name or 'not told'} {number:,}" for name, number in found.languages.items())
    rows = {
        "Articles": f"{found.articles:,} in {count(found.passages, 'passage')}, {found.copies:,} of them copies of another",
        "Dates": period(found.oldest, found.newest) or "none",
        "Outlets": f"{len(found.sources):,}: {outlets}{', ...' if len(found.sources) > _NAMED else ''}",
        "Languages": languages or "not looked for yet: the next build that changes something does",
        "No date": _named(found.undated),
        "No headline": _named(found.untitled),
        "Generation": f"{found.generation}, made {time_left(found.age_s)} ago",
        "Model": found.encoder,
        "Size": size_text(found.bytes),
    }
    lines = [fold(text, width, f"{label:<12}", " " * 12) for label, text in rows.items()]
    return "\n".join([*lines, *_last_build_lines(found, width)])


def _last_build_lines(found: Overview, width: int) -> list[str]:
    from ui.output import fold, printable
    from ui.reports import kept_text

    last = found.last_build
    if last is None:
        return []
    changes = f"{last.added:,} added, {last.changed:,} changed, {last.removed:,} removed, {len(last.failed):,} failed"
    what = f"published nothing: {printable(last.error)}" if last.error else changes
    failed = [fold(f"{printable(f.path)}: {printable(f.reason)}", width, "  ", "    ") for f in last.failed]
    kept = [fold(kept_text(of_file), width, "  ", "    ") for of_file in last.kept]
    return [fold(f"{last.ended[:16].replace('T', ' ')} UTC, {what}", width, f"{'Last build':<12}", " " * 12), *failed, *kept]


def _named(ids: list[str]) -> str:
    from ui.output import printable

    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return f"{len(ids):,}: {', '.join(map(printable, ids[:_NAMED]))}{more}" if ids else "0"
