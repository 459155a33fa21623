"""`citewire index`: what is in the index, which generations are kept, and the way back to an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import AsJson, IndexDir
from ui.terminal import columns, reports_errors

if TYPE_CHECKING:
    from index.history import GenerationInfo
    from index.overview import Overview

index = typer.Typer(help="Show what is in the index, or go back.", no_args_is_help=True, rich_markup_mode=None)

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


def generation_line(info: GenerationInfo) -> str:
    """`000017  2025-11-15 09:30  5,000 articles  15,100 passages  91 MB  current, being read`."""
    from ui.markup import count
    from ui.output import size_text

    marks = [mark for mark, is_so in (("current", info.current), ("being read", info.held)) if is_so]
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

    last = found.last_build
    if last is None:
        return []
    changes = f"{last.added:,} added, {last.changed:,} changed, {last.removed:,} removed, {len(last.failed):,} failed"
    what = f"published nothing: {printable(last.error)}" if last.error else changes
    failed = [fold(f"{printable(f.path)}: {printable(f.reason)}", width, "  ", "    ") for f in last.failed]
    return [fold(f"{last.ended[:16].replace('T', ' ')} UTC, {what}", width, f"{'Last build':<12}", " " * 12), *failed]


def _named(ids: list[str]) -> str:
    from ui.output import printable

    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return f"{len(ids):,}: {', '.join(map(printable, ids[:_NAMED]))}{more}" if ids else "0"
