"""`citewire replay`: the question of a receipt asked again, and what is not as it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson, IndexDir, LlmModel
from ui.terminal import columns, reports_errors, say

#: exit codes besides 0, the same answer, and 1, a failure
DIFFERS, NO_MODEL = 3, 4

ReceiptFile = Annotated[
    str, typer.Argument(metavar="FILE", help="What `citewire ask … --receipt FILE` wrote, or - to read it from stdin.")
]
ReplayLlm = Annotated[
    str,
    typer.Option("--llm", metavar="none|URL|FILE|NAME", help="The answer model, where it is not the one that the receipt names."),
]


@reports_errors
def replay(
    receipt: ReceiptFile,
    index_dir: IndexDir = Path("data"),
    llm: ReplayLlm = "",
    llm_model: LlmModel = "",
    as_json: AsJson = False,
) -> None:
    """Answer the question of a receipt again, and say whether the answer is the same and what has changed since.

    Exit code 0: the same answer. 3: another one. 4: the model that wrote it is not on this machine. 1: a failure.

    \b
    citewire ask "What did the Kremlin say about NATO?" --receipt kremlin.json
    citewire replay kremlin.json
    """
    from assistant.errors import ModelMissing
    from assistant.receipts import named_model, read_receipt
    from assistant.replaying import replay as ask_again
    from ui.commands.opening import open_assistant
    from ui.output import answer_text, to_json

    kept = read_receipt(_read(receipt))
    try:
        assistant = open_assistant(index_dir, llm or named_model(kept), False, llm_model)
    except ModelMissing as error:
        say(f"citewire: {error} With another model (--llm) the answer may be another one.")
        raise typer.Exit(NO_MODEL) from error
    with closing(assistant):
        again = ask_again(kept, assistant)
    if as_json:
        typer.echo(to_json({"same": again.same, "differences": again.differences, "answer": again.answer}))
    else:
        typer.echo(answer_text(again.answer, columns()))
        say("\nThe same answer as in the receipt." if again.same else "\nNot the answer of the receipt.")
        for difference in again.differences:
            say(f"  - {difference}")
    if not again.same:
        raise typer.Exit(DIFFERS)


def _read(name: str) -> str:
    data = typer.get_binary_stream("stdin").read() if name == "-" else Path(name).read_bytes()
    return data.decode("utf-8-sig", "replace")
