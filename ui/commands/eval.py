"""`citewire eval`: how well the articles are searched and questions answered, and whether one run is better than another."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import AsJson, AsOf, IndexDir, Llm, LlmModel, NoLlm, as_of_day
from ui.terminal import reports_errors, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.evaluate import Compared, Question

_EVERY = 50  #: questions between two lines of progress
_NAMED = 3  #: ids of articles that the index lacks

QuestionFile = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Questions, one JSON object a line.", show_default=False)
]
WithAnswers = Annotated[bool, typer.Option("--answers", help="Answer the questions, too; by default they are only searched.")]
Limit = Annotated[int, typer.Option("--limit", min=0, help="Only the first so many questions; 0: all.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the measures of each question there.")]
Compare = Annotated[
    tuple[Path, Path] | None,
    typer.Option("--compare", metavar="A B", help="Compare two files that --out wrote, question by question."),
]


@reports_errors
def evaluate(
    questions: QuestionFile = None,
    index_dir: IndexDir = Path("data"),
    llm: Llm = "auto",
    no_llm: NoLlm = False,
    llm_model: LlmModel = "",
    answers: WithAnswers = False,
    limit: Limit = 0,
    out: Out = None,
    as_of: AsOf = "",
    compare: Compare = None,
    as_json: AsJson = False,
) -> None:
    """Measure the search, and with --answers the answers, on questions whose answers are known.

    A question is {"id": "1", "kind": "single", "question": "…", "history": [], "answers": ["…"], "article_id": "…",
    "start": 10, "end": 20}; all but id and question may be missing, and without article_id no article answers it.

    \b
    citewire eval questions.jsonl
    citewire eval questions.jsonl --answers --no-llm --out quotes.jsonl
    citewire eval --compare before.jsonl after.jsonl
    """
    if compare:
        _compare(*compare, as_json)
        return
    if questions is None:
        raise typer.BadParameter("name a file of questions, or two results with --compare: citewire eval questions.jsonl")
    from assistant.evaluate import evaluate as measure
    from assistant.evaluate import read_questions, table, unfindable, write_results
    from ui.commands.opening import open_assistant
    from ui.output import to_json

    rows = read_questions(questions)[: limit or None]
    with closing(open_assistant(index_dir, llm if answers else "none", no_llm, llm_model)) as assistant:
        _note_unfindable(unfindable(assistant, rows), len(rows))
        scored = measure(assistant, rows, answers, _told, as_of_day(as_of, assistant))
    if out:
        write_results(scored, out)
    typer.echo(to_json(table(scored)) if as_json else table_text(table(scored)))


def _note_unfindable(lacking: Sequence[Question], asked: int) -> None:
    if lacking:
        names = list(dict.fromkeys(question.article_id for question in lacking))
        shown = ", ".join(map(repr, names[:_NAMED])) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
        verb = "names" if len(lacking) == 1 else "name"
        say(
            f"Note: {len(lacking):,} of {asked:,} questions {verb} an article that the index lacks ({shown}); each counts as not "
            "found. `citewire search … --json` shows what the articles of the index are called."
        )


def _told(done: int, total: int) -> None:
    if done % _EVERY == 0 and done < total:
        say(f"{done:,} of {total:,} questions")


def _compare(first: Path, second: Path, as_json: bool) -> None:
    from assistant.evaluate import compare, read_results
    from ui.output import to_json

    rows = compare(read_results(first), read_results(second))
    typer.echo(to_json([asdict(row) for row in rows]) if as_json else compared_text(rows, first.name, second.name))


def table_text(means: Mapping[str, Mapping[str, float]]) -> str:
    """One line for each measure, one column for each kind of question."""
    names = list(dict.fromkeys(name for values in means.values() for name in values))
    lines = [["", *means]] + [[name, *(_value(name, values.get(name)) for values in means.values())] for name in names]
    return _aligned(lines)


def compared_text(rows: Sequence[Compared], first: str, second: str) -> str:
    """Both runs side by side, the difference and how likely chance makes one as large."""
    head = ["", "n", first, second, "difference", "p"]
    body = [[r.measure, f"{r.n}", f"{r.first:.3f}", f"{r.second:.3f}", f"{r.difference:+.3f}", f"{r.p:.4f}"] for r in rows]
    return _aligned([head, *body])


def _value(name: str, value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}" if name == "n" else f"{value:.3f}"


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
