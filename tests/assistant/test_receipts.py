"""Receipts: what an answer came from, enough to have it again, and a plain word where that cannot be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import Assistant
from assistant.answers import digest_of
from assistant.errors import EvaluationError, ReceiptError
from assistant.models.registry import DEFAULT_ANSWER, MODELS
from assistant.receipts import read_receipt
from assistant.replaying import replay
from index import build
from ui.cli import app

QUESTION = "How much will the Silver Bridge cost?"
HISTORY = [{"role": "user", "content": "Who spoke of the Silver Bridge?"}, {"role": "assistant", "content": "The council. [1]"}]


@pytest.fixture(scope="module")
def sources(articles_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(articles_dir, tmp_path_factory.mktemp("receipts") / "articles"))


@pytest.fixture(scope="module")
def index_dir(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("receipts-index")
    build([sources], folder)
    return folder


@pytest.fixture
def assistant(index_dir: Path) -> Iterator[Assistant]:
    with closing(Assistant(index_dir, "none")) as assistant:
        yield assistant


def test_a_receipt_names_all_that_an_answer_came_from(assistant: Assistant) -> None:
    answer = assistant.answer(QUESTION, HISTORY, since=date(2025, 1, 1), sources=["The Mallory Courier"], as_of=date(2025, 7, 1))
    kept = json.loads(json.dumps(assistant.receipt(answer)))
    assert kept["question"] == QUESTION and kept["history"] == HISTORY and kept["rewritten"].startswith(QUESTION)
    assert (
        kept["asked_for"] | {"since": "2025-01-01", "sources": ["The Mallory Courier"], "today": "2025-07-01"}
        == kept["asked_for"]
    )
    assert kept["generation"] == assistant.generation and kept["passages"] and kept["encoder"]
    assert set(kept["articles"]) == {c.article_id for c in answer.citations}
    assert all(digest_of(assistant.article(name).text) == digest for name, digest in kept["articles"].items())
    assert kept["model"] == {"name": "none", "sha256": "", "wrote": "none"}
    assert kept["answer"]["text"] == answer.text and set(kept["timings"]) == {"evidence_s", "first_token_s", "total_s"}


def test_the_same_index_gives_the_same_answer(assistant: Assistant) -> None:
    for question in (QUESTION, "How did the strike in Port Mallory develop?", "Who won the 2022 World Cup?"):
        kept = read_receipt(json.dumps(assistant.receipt(assistant.answer(question, as_of=date(2025, 7, 1)))))
        again = replay(kept, assistant)
        assert again.same and again.differences == ()


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "{}", '{"receipt": 99}', '{"receipt": 1}', '{"receipt": 1, "question": 3}', "[" * 100_000]
)
def test_what_is_no_receipt_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ReceiptError, match="receipt"):
        read_receipt(text)


def test_a_receipt_with_odd_parts_is_refused_in_a_sentence(assistant: Assistant) -> None:
    kept = assistant.receipt(assistant.answer(QUESTION))
    for wrong in ({"asked_for": {"since": "soon"}}, {"history": [3]}, {"history": [{}]}, {"asked_for": {"sources": 4}}):
        with pytest.raises(ReceiptError, match="make no sense"):
            replay({**kept, **wrong}, assistant)


@pytest.mark.slow
def test_the_command_line_writes_a_receipt_and_replays_it(sources: Path, index_dir: Path, tmp_path: Path) -> None:
    run, kept, where = CliRunner(), tmp_path / "kept.json", ["--index", str(index_dir)]
    asked = run.invoke(app, ["ask", QUESTION, *where, "--no-llm", "--receipt", str(kept)])
    assert asked.exit_code == 0 and "$84 million" in asked.stdout
    printed = run.invoke(app, ["ask", QUESTION, *where, "--no-llm", "--receipt", "-"])
    assert json.loads(printed.stdout)["answer"] == json.loads(kept.read_text())["answer"]
    same = run.invoke(app, ["replay", str(kept), *where])
    assert same.exit_code == 0 and "The same answer" in same.stderr
    from_stdin = run.invoke(app, ["replay", "-", *where, "--json"], input=kept.read_text())
    assert json.loads(from_stdin.stdout)["same"] is True

    (sources / "bridge-cost.md").write_text((sources / "bridge-cost.md").read_text().replace("$84 million", "$97 million"))
    (sources / "bridge-audit.md").unlink()
    build([sources], index_dir)
    changed = run.invoke(app, ["replay", str(kept), *where])
    assert changed.exit_code == 3 and "Not the answer of the receipt" in changed.stderr
    assert "'bridge-cost.md' has changed" in changed.stderr and "'bridge-audit.md' is no longer in the index" in changed.stderr
    assert "which is not current" in changed.stderr and "The answer is another one." in changed.stderr


def test_a_missing_model_has_an_exit_code_of_its_own(index_dir: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    run, where = CliRunner(), ["--index", str(index_dir)]
    run.invoke(app, ["ask", QUESTION, *where, "--no-llm", "--receipt", str(kept)])
    receipt = json.loads(kept.read_text())
    kept.write_text(json.dumps(receipt | {"model": {"name": "gone-7b", "sha256": "0" * 64, "wrote": "gone-7b"}}))
    missing = run.invoke(app, ["replay", str(kept), *where])
    assert missing.exit_code == 4 and "gone-7b" in missing.stderr
    other = run.invoke(app, ["replay", str(kept), *where, "--llm", "none"])
    assert other.exit_code == 0 and "The model is none, not gone-7b." in other.stderr
    assert run.invoke(app, ["replay", str(tmp_path / "nowhere.json"), *where]).exit_code == 1


def test_errors_of_evaluation_stand_in_the_tree_of_errors() -> None:
    from assistant import evaluate
    from assistant.errors import AssistantError

    assert evaluate.EvaluationError is EvaluationError and issubclass(EvaluationError, AssistantError)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_local_model_gives_the_same_answer_again(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.proposing.ANSWER_TIMEOUT_S", 900.0)  # a busy machine is no failure of the model
    question = "What did the Kremlin say about NATO?"
    with closing(Assistant(seeds_index, "auto")) as first:
        kept = first.receipt(first.answer(question))
        first.answer("Whom did Zelensky meet in Berlin on Monday?")  # what the engine has read before must not matter
        assert replay(kept, first).same
    assert kept["model"]["name"] == DEFAULT_ANSWER and kept["model"]["sha256"] == MODELS[DEFAULT_ANSWER].files[0].sha256
    with closing(Assistant(seeds_index, "auto")) as second:
        again = replay(kept, second)
    assert again.same and again.differences == ()


@pytest.mark.parametrize("named", ["https://models.example/v1", "models/other.gguf", "auto"])
def test_a_receipt_cannot_name_a_server_or_a_file(index_dir: Path, tmp_path: Path, named: str, assistant: Assistant) -> None:
    receipt = assistant.receipt(assistant.answer("How much will the Silver Bridge cost?"))
    kept = tmp_path / "receipt.json"
    kept.write_text(json.dumps(receipt | {"model": {"name": named, "sha256": "", "wrote": named}}))
    refused = CliRunner().invoke(app, ["replay", str(kept), "--index", str(index_dir)])
    assert refused.exit_code == 4 and named in refused.stderr and "--llm" in refused.stderr
