"""How the index is, in a few lines: what can be told without looking at every vector, which `citewire doctor` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from index.errors import CitewireIndexError
from index.generations import current_name, read_manifest
from index.overview import Overview, overview
from index.types import Failure
from index.writer import is_building
from ui.markup import day, period
from ui.output import size_text
from ui.reports import kept_text, unread_text


@dataclass(frozen=True, slots=True)
class Health:
    """`facts` as (name, value, library address or ""); `problems` as sentences; `failed`: what could not be read."""

    facts: list[tuple[str, str, str]]
    problems: list[str]
    failed: list[Failure]


def health(index_dir: Path) -> Health:
    """Never raises: an index that cannot be opened is a problem to be shown."""
    try:
        found = overview(index_dir)
        read_manifest(index_dir / "generations" / (current_name(index_dir) or ""))
    except CitewireIndexError as error:
        return Health([], [str(error)], [])
    last = found.last_build
    return Health(_facts(found), _problems(index_dir, found), last.failed if last else [])


def _facts(found: Overview) -> list[tuple[str, str, str]]:
    facts = [
        ("Articles", f"{found.articles:,}", ""),
        ("Dates", period(found.oldest, found.newest) or "no dates", ""),
        ("Outlets", f"{sum(1 for name in found.sources if name):,}", ""),
        (
            "Languages",
            ", ".join(f"{name or 'not told'} {number:,}" for name, number in found.languages.items()) or "not known",
            "",
        ),
        ("Copies of another", f"{found.copies:,}", "library?copies=1" if found.copies else ""),
        ("Without a date", f"{len(found.undated):,}", ""),
        ("Without a headline", f"{len(found.untitled):,}", ""),
        ("Passages", f"{found.passages:,}", ""),
        ("On disk", size_text(found.bytes), ""),
    ]
    if last := found.last_build:
        facts.append(("Last build", day(datetime.fromisoformat(last.ended).date()), ""))
    return facts


def _problems(index_dir: Path, found: Overview) -> list[str]:
    problems = []
    last = found.last_build
    if last and last.error:
        problems.append(f"The last build published nothing: {last.error}")
    if last and last.failed:
        problems.append(f"{unread_text(last.failed)} could not be read; see below.")
        problems += [f"{kept_text(of_file).removesuffix('.')}." for of_file in last.kept]
    if not is_building(index_dir) and any((index_dir / "generations").glob("*.tmp")):
        problems.append("A build was killed and left files behind: any build removes them.")
    return problems
