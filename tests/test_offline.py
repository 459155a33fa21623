"""After set-up nothing connects beyond loopback: build, ask and serve with every other connection forbidden."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

LOOPBACK = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}


@pytest.fixture
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuse, and record, every attempt to look up or reach another host."""
    refused: list[str] = []
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def check(host: Any) -> None:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if name not in LOOPBACK:
            refused.append(name)
            raise OSError(f"a test must not reach {name}")

    def guarded_connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        return connect(self, address)

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)
    return refused


def test_the_guard_guards(loopback_only: list[str]) -> None:
    with pytest.raises(OSError, match="must not reach"):
        socket.create_connection(("news.example", 80), timeout=1)
    assert loopback_only == ["news.example"]


def test_build_ask_and_serve_stay_at_home(loopback_only: list[str], seeds_dir: Path, tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    from assistant import Assistant
    from index import build
    from ui.app import create_app

    build([seeds_dir], tmp_path / "index")
    with closing(Assistant(tmp_path / "index", "none")) as assistant:
        assert "cornerstone" in assistant.answer("What did the Kremlin say about NATO?").text
        with TestClient(create_app(assistant), base_url="http://127.0.0.1") as client:
            assert client.get("/").status_code == 200
            assert client.get("/healthz").status_code == 200
    assert loopback_only == []
