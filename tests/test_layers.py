"""ui -> assistant -> index: nothing points back, and each engine has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: package -> what none of its files may import
FORBIDDEN = {
    "index": ("assistant", "ui", "gradio", "fastapi", "xllamacpp", "openai", "llama_index.llms", "llama_index.core.llms"),
    "assistant": ("ui", "gradio", "fastapi", "uvicorn", "chromadb", "bm25s"),
    "ui": ("chromadb", "bm25s", "xllamacpp", "sentence_transformers", "torch"),
}
#: engine -> the only file that may import it
DOORS = {"chromadb": "index/vectors.py", "bm25s": "index/lexical.py"}


def imports_of(source: str) -> Iterator[str]:
    """Dotted names that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that the direction can be read off them"
            assert node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def leads_to(imported: str, module: str) -> bool:
    return imported == module or imported.startswith(f"{module}.")


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_package_imports_what_is_above_it(package: str) -> None:
    assert modules(package)
    wrong = [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in modules(package)
        for imported in imports_of(path.read_text(encoding="utf-8"))
        for module in FORBIDDEN[package]
        if leads_to(imported, module)
    ]
    assert not wrong


@pytest.mark.parametrize(("engine", "door"), DOORS.items())
def test_an_engine_is_imported_in_one_file_only(engine: str, door: str) -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for package in FORBIDDEN
        for path in modules(package)
        for imported in imports_of(path.read_text(encoding="utf-8"))
        if leads_to(imported, engine)
    }
    assert importers == {door}


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("import chromadb.config", "chromadb"),
        ("def f():\n    from ui.app import serve", "ui"),
        ("from llama_index.core import llms", "llama_index.core.llms"),
        ("import importlib\nimportlib.import_module('gradio.themes')", "gradio"),
        ("if TYPE_CHECKING:\n    from assistant import Assistant", "assistant"),
    ],
)
def test_every_way_to_import_is_seen(source: str, module: str) -> None:
    assert any(leads_to(imported, module) for imported in imports_of(source))


def test_a_name_that_only_begins_alike_is_no_import_of_it() -> None:
    assert not any(leads_to(imported, "ui") for imported in imports_of("import uitools\nfrom uix import ui"))
