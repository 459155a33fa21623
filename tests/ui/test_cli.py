"""The command line as somebody meets it: a real index, the real embedding model, what is printed and the exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assistant.types import Answer
from index.types import BuildReport, Hit
from ui.cli import app

ROOT = Path(__file__).resolve().parent.parent.parent
SEED = ROOT / "seeds" / "000_38252a82f9210cae.txt"
QUESTION = "What did the Kremlin say about NATO?"
BAKERY = """The bakery on Mill Lane closes in June

The owners of the bakery on Mill Lane said on Friday that they would close it in June. Rents had doubled in four years.
"""


def cli(*arguments: str | Path, stdin: str | None = None, **environment: str) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], input=stdin, env=environment)


def names_of(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the seed article."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    assert cli("build", SEED.parent, "--index", folder).exit_code == 0
    return folder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bakery.txt").write_text(BAKERY, encoding="utf-8")
    return folder


class TestBuild:
    def test_reports_what_it_did_and_then_that_nothing_changed(self, articles: Path, tmp_path: Path) -> None:
        first = cli("build", articles, "--index", tmp_path / "data")
        assert first.exit_code == 0
        assert first.stdout.startswith("1 added, 0 changed, 0 removed, 0 unchanged.")
        second = json.loads(cli("build", articles, "--index", tmp_path / "data", "--json").stdout)
        assert set(second) == names_of(BuildReport)
        assert (second["added"], second["unchanged"], second["embedded"]) == ([], ["bakery.txt"], 0)

    def test_a_dry_run_says_what_would_change_and_writes_nothing(self, articles: Path, tmp_path: Path) -> None:
        cli("build", articles, "--index", tmp_path / "data")
        shutil.copy(SEED, articles)
        (articles / "bakery.txt").unlink()
        shown = cli("build", articles, "--index", tmp_path / "data", "--dry-run").stdout
        assert f"  + {SEED.name}\n  - bakery.txt\n" in shown
        after = json.loads(cli("build", articles, "--index", tmp_path / "data", "--dry-run", "--json").stdout)
        assert (after["added"], after["removed"], after["generation"]) == ([SEED.name], ["bakery.txt"], "000001")

    def test_a_bad_file_is_named_with_its_reason_and_stops_nothing(self, articles: Path, tmp_path: Path) -> None:
        (articles / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
        built = cli("build", articles, "--index", tmp_path / "data")
        assert built.exit_code == 0
        assert "1 added" in built.stdout
        assert "1 file could not be read:\n  " in built.stdout
        assert "picture.txt: " in built.stdout.split("could not be read")[1]

    def test_nothing_to_read_is_one_sentence(self, tmp_path: Path) -> None:
        failed = cli("build", tmp_path / "nowhere", "--index", tmp_path / "data", "--json")
        assert failed.exit_code == 1
        assert "nowhere" in json.loads(failed.stdout)["error"]
        assert failed.stderr.startswith("citewire: ") and failed.stderr.count("\n") == 1


class TestAsk:
    def test_prints_the_answer_with_footnotes(self, index_dir: Path) -> None:
        asked = cli("ask", QUESTION, "--index", index_dir, "--no-llm")
        assert asked.exit_code == 0
        answer, *notes = asked.stdout.strip().split("\n\n")
        assert "cornerstone" in answer and "[1]" in answer
        assert notes[0].startswith("[1] Ukraine, US report progress following peace plan talks in Berlin\n    ")
        text = " ".join(SEED.read_text(encoding="utf-8").split())
        quotes = [note.splitlines()[-1].strip()[1:-1] for note in notes]
        assert quotes and all(quote in text for quote in quotes)

    def test_json_is_one_answer_with_verbatim_quotes(self, index_dir: Path) -> None:
        answer = json.loads(cli("ask", QUESTION, "--index", index_dir, "--llm", "none", "--json").stdout)
        assert set(answer) == names_of(Answer)
        assert answer["question"] == QUESTION and answer["model"] == "none" and not answer["abstained"]
        text = SEED.read_text(encoding="utf-8")
        assert answer["citations"]
        for citation in answer["citations"]:
            assert text[citation["start"] : citation["end"]] == citation["quote"]

    @pytest.mark.slow
    def test_the_local_model_writes_what_its_quotes_carry(self, index_dir: Path) -> None:
        question = "Whom did Zelensky meet in Berlin on Monday and for how long?"
        answer = json.loads(cli("ask", question, "--index", index_dir, "--llm", "auto", "--json").stdout)
        assert answer["model"].startswith("qwen2.5-coder-1.5b") and not answer["abstained"]
        assert "Witkoff" in answer["text"] and "two hours" in answer["text"]
        text = SEED.read_text(encoding="utf-8")
        for citation in answer["citations"]:
            assert text[citation["start"] : citation["end"]] == citation["quote"]

    def test_what_the_articles_do_not_say(self, index_dir: Path) -> None:
        asked = cli("ask", "Who won the 2022 World Cup?", "--index", index_dir, "--no-llm")
        assert asked.exit_code == 0
        assert asked.stdout.startswith("The articles do not say")
        assert "Ukraine, US report progress" in asked.stdout

    def test_reads_the_question_from_stdin_and_settings_from_the_environment(self, index_dir: Path) -> None:
        environment = {"CITEWIRE_INDEX": str(index_dir), "CITEWIRE_LLM": "none", "CITEWIRE_JSON": "1"}
        asked = cli("ask", "-", stdin=f"{QUESTION}\n", **environment)
        assert json.loads(asked.stdout)["question"] == QUESTION
        assert cli("ask", "-", stdin="  \n", **environment).exit_code == 2

    def test_a_filter_that_leaves_nothing_is_an_abstention(self, index_dir: Path) -> None:
        asked = cli("ask", QUESTION, "--index", index_dir, "--no-llm", "--source", "No Such Paper", "--json")
        assert json.loads(asked.stdout)["abstained"] is True
        assert "no article is from 'No Such Paper'. There are: " in asked.stderr

    @pytest.mark.slow
    def test_a_stray_byte_does_not_hide_the_question(self, index_dir: Path) -> None:
        command = [sys.executable, "-m", "ui.cli", "ask", "-", "--index", str(index_dir), "--no-llm", "--json"]
        asked = subprocess.run(command, input=b"What did the Kremlin say \xff about NATO?", cwd=ROOT, capture_output=True)
        assert json.loads(asked.stdout)["question"] == "What did the Kremlin say \ufffd about NATO?"
        given = subprocess.run([*command[:4], b"Kremlin \xff NATO", *command[5:]], cwd=ROOT, capture_output=True)
        assert json.loads(given.stdout)["question"] == "Kremlin \ufffd NATO"

    @pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:99999", "http://", "https://:80/v1"])
    def test_what_is_no_address_of_a_server(self, index_dir: Path, url: str) -> None:
        asked = cli("ask", QUESTION, "--index", index_dir, "--llm", url)
        assert asked.exit_code == 1 and "names no server" in asked.stderr

    def test_an_index_that_is_a_file_is_said_in_a_sentence(self, articles: Path) -> None:
        path = articles / "bakery.txt"
        for command in (["ask", QUESTION], ["search", QUESTION], ["build", articles], ["chat", "--port", "0"]):
            refused = cli(*command, "--index", path, "--json")
            assert refused.exit_code == 1 and str(path) in json.loads(refused.stdout)["error"]
            assert refused.stderr.startswith("citewire: ") and len(refused.stderr.splitlines()) == 1

    def test_without_an_index_it_says_how_to_build_one(self, tmp_path: Path) -> None:
        asked = cli("ask", QUESTION, "--index", tmp_path, "--no-llm", "--json")
        assert asked.exit_code == 1
        assert "citewire build" in json.loads(asked.stdout)["error"]
        assert "citewire build" in asked.stderr

    def test_a_server_key_is_never_a_flag(self) -> None:
        assert cli("ask", QUESTION, "--llm-key", "secret").exit_code == 2
        assert "CITEWIRE_LLM_KEY" in cli("ask", "--help").stdout


class TestSearch:
    def test_prints_passages_best_first(self, index_dir: Path) -> None:
        found = cli("search", "free economic zone in Donbas", "--index", index_dir, "--no-llm")
        assert found.exit_code == 0
        assert found.stdout.startswith(" 1. Ukraine, US report progress")

    def test_json_has_the_fields_of_a_hit(self, index_dir: Path) -> None:
        found = cli("search", QUESTION, "--index", index_dir, "--no-llm", "--top-k", "2", "--json")
        hits = json.loads(found.stdout)
        assert [hit["rank"] for hit in hits] == [1, 2]
        text = SEED.read_text(encoding="utf-8")
        for hit in hits:
            assert set(hit) == names_of(Hit)
            assert text[hit["start"] : hit["end"]] == hit["text"]

    @pytest.mark.parametrize("as_json", [(), ("--json",)])
    def test_a_filter_that_was_lifted_is_said_as_in_an_answer(self, index_dir: Path, as_json: tuple[str, ...]) -> None:
        question = "What did the Kremlin say about NATO since 1 January 2026?"
        arguments = (question, "--index", index_dir, "--no-llm", "--as-of", "2026-02-01")
        found = cli("search", *arguments, *as_json)
        note = "Note: No article since 1 Jan 2026 matches; searched all.\n"
        assert found.stderr == note and "NATO" in found.stdout
        assert note in cli("ask", *arguments).stderr

    def test_a_filter_that_held_is_said(self, fixtures_index: Path) -> None:
        question = "What was said about the cost of the Silver Bridge since April 9?"
        found = cli("search", question, "--index", fixtures_index, "--no-llm", "--as-of", "2025-06-02")
        assert found.stdout.startswith(" 1. ") and found.stderr == "\nsearched articles since 9 Apr 2025\n"

    def test_json_tells_the_filters_where_it_is_asked_to(self, fixtures_index: Path) -> None:
        question = "What was said about the cost of the Silver Bridge since April 9?"
        arguments = (question, "--index", fixtures_index, "--no-llm", "--as-of", "2025-06-02")
        found = json.loads(cli("search", *arguments, "--with-filters").stdout)
        assert found["hits"] == json.loads(cli("search", *arguments, "--json").stdout)
        assert (found["filters"]["since"], found["filters"]["said"], found["notices"]) == ("2025-04-09", ["since April 9"], [])

    def test_single_articles_can_be_chosen(self, fixtures_index: Path) -> None:
        question = "What did the Silver Bridge cost?"
        arguments = (question, "--index", fixtures_index, "--no-llm", "--article", "bridge-cost.md", "--article", "gone.md")
        found = cli("search", *arguments, "--json")
        assert {hit["article_id"] for hit in json.loads(found.stdout)} == {"bridge-cost.md"}
        assert "Note: There is no article 'gone.md' in the index." in found.stderr
        answer = json.loads(cli("ask", *arguments, "--json").stdout)
        assert not answer["abstained"] and {c["article_id"] for c in answer["citations"]} == {"bridge-cost.md"}

    def test_what_left_nothing_is_named(self, index_dir: Path) -> None:
        found = cli("search", QUESTION, "--index", index_dir, "--no-llm", "--since", "2026-01-01")
        said = "The index has no article since 1 Jan 2026: the filter left out all of its 1 article."
        assert " ".join(found.stdout.split()) == said

    def test_a_date_that_is_none(self, index_dir: Path) -> None:
        wrong = cli("search", QUESTION, "--index", index_dir, "--since", "yesterday")
        assert wrong.exit_code == 2
        assert "'yesterday' is not a date such as 2025-12-31" in wrong.stderr

    def test_a_period_without_a_day(self, index_dir: Path) -> None:
        wrong = cli("search", QUESTION, "--index", index_dir, "--since", "2025-12-02", "--until", "2025-12-01")
        assert wrong.exit_code == 2 and "--since 2025-12-02 is after --until 2025-12-01" in wrong.stderr


class TestModels:
    def test_list_shows_what_is_here(self, tmp_path: Path) -> None:
        rows = json.loads(cli("models", "list", "--json", CITEWIRE_MODELS=str(tmp_path)).stdout)
        assert {row["status"] for row in rows} == {"missing"}
        minilm = next(row for row in rows if row["name"] == "all-MiniLM-L6-v2")
        assert (minilm["role"], minilm["licence"]) == ("embedding", "Apache-2.0")
        assert len(minilm["sha256"]["model.safetensors"]) == 64
        assert "all-MiniLM-L6-v2             embedding   92 MB" in cli("models", "list").stdout

    def test_pull_from_a_folder_that_lacks_it(self, tmp_path: Path) -> None:
        failed = cli("models", "pull", "all-MiniLM-L6-v2", "--source", tmp_path, CITEWIRE_MODELS=str(tmp_path / "models"))
        assert failed.exit_code == 1
        assert failed.stderr.startswith("citewire: ")

    def test_an_unknown_name(self) -> None:
        failed = cli("models", "pull", "gpt-9")
        assert failed.exit_code == 1
        assert "all-MiniLM-L6-v2" in failed.stderr


class TestChat:
    def test_no_index_and_no_articles(self, tmp_path: Path) -> None:
        failed = cli("chat", "--index", tmp_path, "--port", "0")
        assert failed.exit_code == 1
        assert "citewire chat articles/" in failed.stderr

    def test_an_occupied_port_is_said_before_anything_else(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            failed = cli("chat", tmp_path, "--index", tmp_path / "data", "--port", str(port))
        assert failed.exit_code == 1
        assert f"Port {port}" in failed.stderr and "--port" in failed.stderr
        assert not (tmp_path / "data").exists()

    def test_an_address_that_others_reach_is_refused(self, tmp_path: Path) -> None:
        assert cli("chat", "--index", tmp_path, "--host", "0.0.0.0").exit_code == 1

    @pytest.mark.slow
    def test_indexes_a_folder_and_serves_until_interrupted(self, tmp_path: Path) -> None:
        with serving(SEED.parent, "--index", tmp_path / "data", "--no-llm") as (process, address):
            assert get(address, "api/status")["articles"] == 1
            assert get(address, "api/status")["model"] == "none"
            # an open page listens to a stream that never ends
            with urllib.request.urlopen(f"{address}gradio_api/heartbeat/page", timeout=30) as page:
                assert page.readline()
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=10)[1]
            assert process.returncode == 0 and said.endswith("Stopped.\n") and "Traceback" not in said

    @pytest.mark.slow
    def test_answers_from_quotes_and_switches_to_the_model_when_it_has_come(self, index_dir: Path, tmp_path: Path) -> None:
        from index.model_files import models_dir

        models = tmp_path / "models"
        models.mkdir()
        (models / "all-MiniLM-L6-v2").symlink_to(models_dir() / "all-MiniLM-L6-v2")
        environment = {"CITEWIRE_MODELS": str(models), "CITEWIRE_MODEL_SOURCE": str(models_dir())}
        arguments = ("--index", index_dir, "--llm", "smollm2-135m-instruct")
        with serving(*arguments, **environment) as (process, address):
            deadline = time.monotonic() + 120
            while get(address, "api/status")["model"] == "none" and time.monotonic() < deadline:
                time.sleep(0.2)
            assert get(address, "api/status")["model"].lower().startswith("smollm2-135m-instruct")
            process.terminate()
            assert process.wait(timeout=30) == 0
        said = process.stderr.read() if process.stderr else ""
        assert said.index("composed of quotes while smollm2") < said.index("smollm2-135m-instruct is ready")


class serving:  # noqa: N801  used like a function
    """`citewire chat … --port 0 --json` in a process of its own. :return: the process and the address it printed."""

    def __init__(self, *arguments: str | Path, **environment: str) -> None:
        command = [sys.executable, "-m", "ui.cli", "chat", *map(str, arguments), "--port", "0", "--json"]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, **pipes)

    def __enter__(self) -> tuple[subprocess.Popen[str], str]:
        assert self.process.stdout
        document = "".join(self._until_closed(iter(self.process.stdout.readline, "")))
        assert document, self.process.stderr and self.process.stderr.read()
        return self.process, json.loads(document)["address"]

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @staticmethod
    def _until_closed(lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            yield line
            if line.startswith("}"):
                return


def get(address: str, path: str) -> dict[str, Any]:
    """A JSON document of the running chat."""
    with urllib.request.urlopen(address + path, timeout=30) as response:
        return json.loads(response.read())
