"""What a build did, for a terminal. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import BuildReport, Failure, Kept
from ui.markup import count
from ui.output import fold, printable

#: ids that a dry run lists of each kind, and of what is kept; --json has all
_LISTED = 20


def report_text(report: BuildReport, width: int, *, dry_run: bool = False) -> str:
    """What a build did or, with dry_run, would do; every file that could not be read, with its reason, and what that kept."""
    changes = {"added": report.added, "changed": report.changed, "removed": report.removed}
    lines = [", ".join(f"{len(ids):,} {kind}" for kind, ids in changes.items()) + f", {len(report.unchanged):,} unchanged."]
    if dry_run:
        lines[0] = f"Would be: {lines[0]} Nothing was written."
        for (kind, ids), sign in zip(changes.items(), "+~-", strict=True):
            lines += [f"  {sign} {printable(article_id)}" for article_id in ids[:_LISTED]]
            lines += [f"    and {len(ids) - _LISTED:,} more {kind}"] if len(ids) > _LISTED else []
    else:
        embedded = f"{report.embedded:,} newly embedded"
        lines.append(f"The index holds {count(report.articles, 'article')} in {count(report.passages, 'passage')}, {embedded}.")
        lines.append(f"Generation {report.generation}, {report.seconds:.1f} s.")
    lines += _failures(report.failed, width)
    return "\n".join([*lines, *(fold(kept_text(of_file), width, "", "  ") for of_file in report.kept)])


def kept_text(kept: Kept) -> str:
    """`Kept 2 articles of b.jsonl, because one of its records cannot be read: r0, r1`."""
    what = f"Kept {count(len(kept.articles), 'article')} of {printable(kept.path)}, because {kept.reason}"
    if kept.articles == [kept.path]:
        return f"{what}."
    more = f" and {len(kept.articles) - _LISTED:,} more" if len(kept.articles) > _LISTED else ""
    return f"{what}: {', '.join(map(printable, kept.articles[:_LISTED]))}{more}"


def unread_text(failed: Sequence[Failure]) -> str:
    """`1 file and 2 records`."""
    from index.kept import is_record

    records = sum(is_record(failure.path) for failure in failed)
    kinds = ((len(failed) - records, "file"), (records, "record"))
    return " and ".join(count(number, kind) for number, kind in kinds if number)


def _failures(failed: Sequence[Failure], width: int) -> list[str]:
    from index.readers.placed import Repeated

    repeated = [failure for failure in failed if isinstance(failure, Repeated)]
    unread = [failure for failure in failed if not isinstance(failure, Repeated)]
    headings = ((f"{unread_text(unread)} could not be read:", unread), ("Left out, since their ids are taken:", repeated))
    lines = []
    for heading, failures in headings:
        lines += [heading] if failures else []
        lines += [fold(f"{printable(f.path)}: {printable(f.reason)}", width, "  ", "    ") for f in failures]
    return lines
