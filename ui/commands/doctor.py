"""`citewire doctor`: is the index whole, and what to do where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import AsJson, IndexDir
from ui.terminal import columns, reports_errors, say


@reports_errors
def doctor(
    index_dir: IndexDir = Path("data"),
    fix: Annotated[bool, typer.Option("--fix", help="Cure what can be cured, from the catalog.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check every article, passage and vector of the index, and the files on the disk. Exit code 1 if an error is left.

    \b
    citewire doctor
    citewire doctor --fix
    """
    import ui.offline  # noqa: F401  before anything heavy
    from index import doctor as checks
    from index.encoder import default_encoder
    from index.errors import EncoderMissing, ServerFailed
    from index.mending import fix as fix_index
    from ui.output import fold, to_json

    missing: list[checks.Finding] = []
    try:
        encoder = default_encoder().fingerprint
    except (EncoderMissing, ServerFailed) as error:
        encoder = ""
        missing = [checks.Finding("error", str(error), "Until then nothing can be asked or built.")]
    findings, done = [*missing, *checks.diagnose(index_dir, encoder)], []
    if fix and any(finding.fixable for finding in findings):
        if not as_json:
            for finding in findings:
                say(f"{finding.severity}: {finding.message}")
        done = fix_index(index_dir)
        findings = [*missing, *checks.diagnose(index_dir, encoder)]
    if as_json:
        typer.echo(to_json({"findings": findings, "done": done}))
    else:
        for line in done:
            typer.echo(line)
        for finding in findings:
            typer.echo(fold(f"{finding.severity}: {finding.message}", columns(), "", "  "))
            typer.echo(fold(finding.remedy, columns(), "  "))
        if not findings:
            typer.echo("The index is whole.")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)
