"""`citewire index`, `citewire doctor` and `citewire build --watch` as somebody meets them, with the real embedding model."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from index.encoder import Encoder
from index.history import GenerationInfo
from index.overview import Overview
from index.types import BuildReport
from ui.cli import app
from ui.watching import changes, concerns, follow

ROOT = Path(__file__).resolve().parent.parent.parent


def cli(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def index_dir(fixtures_index: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fixtures_index, tmp_path / "index"))


def test_show_tells_what_is_there(index_dir: Path) -> None:
    shown = cli("index", "show", "--index", index_dir)
    assert shown.exit_code == 0
    assert "Articles    10 in " in shown.stdout and "1 of them copies of another" in shown.stdout
    assert "Last build" in shown.stdout and "10 added, 0 changed, 0 removed, 0 failed" in shown.stdout
    assert "Languages   English 10" in shown.stdout
    as_json = json.loads(cli("index", "show", "--index", index_dir, "--json").stdout)
    assert set(as_json) == {field.name for field in fields(Overview)}
    assert (as_json["articles"], as_json["copies"]) == (10, 1)


def test_list_and_rollback(index_dir: Path) -> None:
    listed = cli("index", "list", "--index", index_dir)
    assert listed.stdout.startswith("000001  20") and "current" in listed.stdout
    (entry,) = json.loads(cli("index", "list", "--index", index_dir, "--json").stdout)
    assert set(entry) == {field.name for field in fields(GenerationInfo)} and entry["current"]
    refused = cli("index", "rollback", "--index", index_dir)
    assert refused.exit_code == 1 and refused.stderr.startswith("citewire: ") and "no good generation" in refused.stderr
    assert cli("index", "rollback", "000001", "--index", index_dir).stdout == "Generation 000001 is current.\n"
    assert cli("index", "list", "--index", index_dir / "nowhere").exit_code == 1


def test_the_doctor_finds_and_fixes(index_dir: Path) -> None:
    assert cli("doctor", "--index", index_dir).stdout == "The index is whole.\n"
    shutil.rmtree(index_dir / "generations" / "000001" / "chroma")
    ill = cli("doctor", "--index", index_dir, "--json")
    assert ill.exit_code == 1
    assert all(f["severity"] == "error" and f["fixable"] for f in json.loads(ill.stdout)["findings"])
    fixed = cli("doctor", "--fix", "--index", index_dir)
    assert fixed.exit_code == 0
    assert "from the catalog, without embedding" in fixed.stdout and fixed.stdout.endswith("The index is whole.\n")
    assert cli("search", "dockers strike", "--no-llm", "--index", index_dir).exit_code == 0


def test_fields_and_sizes_are_options_of_a_build(tmp_path: Path) -> None:
    records = [{"nr": 1, "main_body": "The ferry is late."}, {"nr": 2, "main_body": "fog " * 300_000}]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    mapped = ("--field", "text=main_body", "--field", "id=nr", "--max-file-mb", "1")
    report = json.loads(cli("build", tmp_path / "r.jsonl", *mapped, "--dry-run", "--json", "--index", tmp_path / "i").stdout)
    assert report["added"] == ["1"]
    assert [failure["path"] for failure in report["failed"]] == ["r.jsonl:2"] and "1 MB" in report["failed"][0]["reason"]
    assert "FIELD=NAME" in cli("build", tmp_path, "--field", "text").stderr
    assert "no field 'body'" in cli("build", tmp_path, "--field", "body=text", "--index", tmp_path / "i").stderr


def test_watch_and_dry_run_exclude_each_other(tmp_path: Path) -> None:
    assert cli("build", tmp_path, "--watch", "--dry-run").exit_code == 2


def test_an_index_in_a_source_is_no_change_by_whichever_links_they_are_named(tmp_path: Path) -> None:
    folder, link = tmp_path / "articles", tmp_path / "link"
    (folder / "index").mkdir(parents=True)
    link.symlink_to(folder)
    for sources, index_dir in (([link], folder / "index"), ([folder], link / "index"), ([link / "a.txt"], link / "index")):
        for named in (folder, link):
            assert concerns(str(named / "a.txt"), sources, index_dir)
            assert not concerns(str(named / "index" / "CURRENT"), sources, index_dir)
            assert not concerns(str(tmp_path / "a.txt"), sources, index_dir)


def test_a_watch_embeds_where_its_first_build_did(tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry is late.\n", encoding="utf-8")
    asked: list[str] = []

    def embed(_: Encoder, batches: Iterable[list[str]]) -> Generator[tuple[int, np.ndarray], None, None]:
        asked.extend(text for batch in batches for text in batch)
        raise KeyboardInterrupt  # as somebody who has seen enough
        yield

    follow([tmp_path / "ferry.txt"], tmp_path / "index", embed=embed)
    assert asked == ["The ferry is late."]


def test_a_watch_ends_although_its_interrupt_was_lost(tmp_path: Path) -> None:
    stopped, told = threading.Event(), []
    for moved in changes([tmp_path], tmp_path / "index", stopped):
        told.append(moved)
        stopped.set()
    assert told == [False]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_a_watched_folder_is_followed_until_it_is_ended(end: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    # an empty folder is waited for, and an index inside it is no change, by whichever name it is called
    command = [sys.executable, "-m", "ui.cli", "build", tmp_path / "link", "--index", folder / "index", "--watch", "--json"]
    watching = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    try:
        assert watching.stdout and watching.stderr
        while "Watching" not in watching.stderr.readline():
            assert watching.poll() is None
        assert "No article could be read" in watching.stderr.readline()
        time.sleep(0.1)
        for name, indexed in (("ferry", []), ("fleet", ["ferry.txt"])):
            (folder / f"{name}.txt").write_text(
                f"The {name} is late\n\nIt was held up by fog, the port said.\n", encoding="utf-8"
            )
            report = json.loads(watching.stdout.readline())
            assert set(report) == {field.name for field in fields(BuildReport)}
            assert (report["added"], report["unchanged"]) == ([f"{name}.txt"], indexed)
        watching.send_signal(end)
        _, errors = watching.communicate(timeout=30)
        assert watching.returncode == 0
        assert errors.rstrip().endswith("Stopped watching.")
    finally:
        watching.kill()
        watching.wait()
