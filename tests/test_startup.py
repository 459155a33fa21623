"""`citewire --help` answers at once: what is heavy is not imported before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "bm25s", "chromadb", "fastapi", "gradio", "huggingface_hub", "llama_index", "numpy", "onnxruntime", "openai", "pandas",
    "sentence_transformers", "sklearn", "torch", "trafilatura", "transformers", "uvicorn", "xllamacpp",
}  # fmt: skip


def imported_by(*command: str, models: Path) -> set[str]:
    """Top-level packages that a run of Python imports, from its own account of every import."""
    environment = os.environ | {"CITEWIRE_MODELS": str(models), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip()
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["build", "--help"],
        ["ask", "--help"],
        ["search", "--help"],
        ["chat", "--help"],
        ["mcp", "--help"],
        ["users", "--help"],
        ["users", "add", "--help"],
        ["models", "list"],
        ["models", "list", "--json"],
        ["models", "pull", "--help"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(arguments: list[str], tmp_path: Path) -> None:
    imported = imported_by("-m", "ui.cli", *arguments, models=tmp_path)
    assert "typer" in imported
    assert not imported & HEAVY


def test_an_encoder_brings_no_onnx_before_it_encodes(tmp_path: Path) -> None:
    assert not imported_by("-c", "import index.search, index.encoder, sys; sys.stdout.write('done')", models=tmp_path) & {
        "onnx",
        "onnxruntime",
        "torch",
    }


def test_the_account_shows_a_heavy_import(tmp_path: Path) -> None:
    assert "numpy" in imported_by("-c", "import numpy.linalg; import sys; sys.stdout.write('done')", models=tmp_path)
