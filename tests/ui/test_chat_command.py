"""`citewire chat` with users and with changes, as somebody starts it: a process, its address, and its end."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from index import build
from index.readers import ReadOptions
from ui.auth.attempts import PER_PAIR
from ui.auth.users import add_user
from ui.cli import app

ROOT = Path(__file__).resolve().parents[2]


def refused(*arguments: str | Path) -> str:
    """The sentence with which `citewire chat` ends at once."""
    result = CliRunner().invoke(app, ["chat", *map(str, arguments)])
    assert result.exit_code == 1
    return result.stderr


@contextmanager
def running(*arguments: str | Path) -> Iterator[str]:
    """`citewire chat` on a free port; gives its address, ends it with SIGTERM, and looks how it ended."""
    command = [sys.executable, "-m", "ui.cli", "chat", *map(str, arguments), "--port", "0", "--no-llm", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout and process.stderr
    try:
        lines = [process.stdout.readline() for _ in range(3)]
        assert all(lines), process.stderr.read()
        yield json.loads("".join(lines))["address"]
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and "Traceback" not in said, said


def test_an_address_that_others_reach_needs_users(tmp_path: Path, seeds_index: Path) -> None:
    said = refused("--index", seeds_index, "--host", "0.0.0.0")
    assert "there is no login" in said and "citewire users add NAME" in said and "127.0.0.1" in said
    assert "cannot be read" in refused("--index", seeds_index, "--host", "0.0.0.0", "--auth", tmp_path / "none.txt")


def test_changes_need_to_know_the_folders(tmp_path: Path, seeds_index: Path) -> None:
    index_dir = shutil.copytree(seeds_index, tmp_path / "data")
    (index_dir / "sources.json").unlink()
    assert "not known which folders" in refused("--index", index_dir, "--allow-changes")


@pytest.mark.slow
def test_with_users_nothing_is_open_but_the_login(tmp_path: Path, seeds_index: Path) -> None:
    add_user(tmp_path / "users.txt", "dana", "correct horse battery")
    arguments = ("--index", seeds_index, "--auth", tmp_path / "users.txt", "--rate-limit", "2")
    with running(*arguments) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("library").status_code == 401 and client.get("healthz").status_code == 200
        entered = client.post("login", data={"name": "dana", "password": "correct horse battery", "next": "library"})
        assert entered.headers["location"] == "./library"
        assert "1 article" in client.get("library").text
        found = [client.get("api/search", params={"q": "NATO"}).status_code for _ in range(3)]
        assert found == [200, 200, 429]


@pytest.mark.slow
def test_behind_a_proxy_those_who_guess_keep_nobody_else_out(tmp_path: Path, seeds_index: Path) -> None:
    add_user(tmp_path / "users.txt", "dana", "correct horse battery")
    right = {"name": "dana", "password": "correct horse battery"}

    def log_in(client: httpx.Client, address: str, said: dict[str, str]) -> httpx.Response:
        return client.post("login", data=said, headers={"x-forwarded-for": address, "x-forwarded-proto": "https"})

    arguments = ("--index", seeds_index, "--auth", tmp_path / "users.txt")
    with running(*arguments, "--behind-proxy", "127.0.0.1") as address, httpx.Client(base_url=address, timeout=60) as client:
        guesses = [log_in(client, "10.0.0.1", {"name": "dana", "password": "guess"}).status_code for _ in range(PER_PAIR + 1)]
        assert guesses == [401] * PER_PAIR + [429] and log_in(client, "10.0.0.1", right).status_code == 429
        entered = log_in(client, "10.0.0.2", right)
        assert entered.status_code == 303 and "; secure" in entered.headers["set-cookie"].lower()
    with running(*arguments, "--behind-proxy", "127.0.0.9") as address, httpx.Client(base_url=address, timeout=60) as client:
        entered = log_in(client, "10.0.0.2", right)
        assert entered.status_code == 303 and "secure" not in entered.headers["set-cookie"].lower(), "no proxy of ours said so"


@pytest.mark.slow
def test_a_folder_is_built_served_and_rebuilt_with_what_is_added(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "articles")
    ferry = b"Ferry line reopens\n\nThe Brannock ferry runs again from Friday, its owner said on Monday.\n"
    arguments, header = (tmp_path / "articles", "--index", tmp_path / "data"), {"X-Citewire": "1"}
    with (
        running(*arguments, "--allow-changes", "--max-upload", "1") as address,
        httpx.Client(base_url=address, timeout=60, headers=header) as client,
    ):
        assert client.put("api/library/files", params={"name": "ferry.txt"}, content=ferry).status_code == 201
        assert client.put("api/library/files", params={"name": "long.txt"}, content=b"x" * 1_000_001).status_code == 413
        client.post("api/library/rebuild")
        while (job := client.get("api/library/job").json())["running"]:
            time.sleep(0.2)
        assert job["report"]["added"] == ["uploaded/ferry.txt"]
    with running(*arguments) as address:
        listed = httpx.get(f"{address}api/articles", timeout=60).json()
        assert {row["id"] for row in listed["rows"]} >= {"uploaded/ferry.txt"}, "what was added outlives a restart"
        assert httpx.put(f"{address}api/library/files", headers=header, timeout=60).status_code == 404


@pytest.mark.slow
def test_what_was_built_with_other_names_of_fields_is_read_so_again(tmp_path: Path) -> None:
    export = tmp_path / "export.jsonl"
    records = ({"id": name, "main_body": f"The {name} was shown on Monday."} for name in ("ferry", "lamp"))
    export.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    build([export], tmp_path / "data", read_options=ReadOptions(fields={"text": "main_body"}))
    with running(export, "--index", tmp_path / "data") as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("api/status").json()["articles"] == 2
