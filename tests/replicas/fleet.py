"""Servers on this machine as they run in a deployment: processes that are started, killed and started again on the same port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
START_S = 600.0  #: what a replica may take on a busy machine: it loads torch


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], what: str, seconds: float = START_S) -> None:
    """Look every 50 ms. :raises AssertionError: if it is not so after so long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not after {seconds:.0f} s: {what}"
        time.sleep(0.05)


class Server:
    """One process that listens on 127.0.0.1. What it says goes to a file."""

    def __init__(self, name: str, port: int, command: Sequence[str | Path], env: Mapping[str, str], folder: Path, ready: str):
        """:param ready: the path that is answered with 200 once it serves; "" if an open port is enough."""
        self.name, self.port, self.ready = name, port, ready
        self._command, self._env = [str(part) for part in command], os.environ | env | {"PYTHONPATH": str(ROOT)}
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; `wait` says when it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=self._env, cwd=self.log.parent, stdout=log, stderr=log)

    def wait(self) -> None:
        """:raises AssertionError: if it ended, or does not serve in time."""
        until(self._serves, f"{self.name} serves; it said: {self.said()[-2000:]}")

    def kill(self) -> None:
        """As the system does when memory is short: no chance to end in order."""
        assert self.process and self.process.poll() is None, f"{self.name} had ended by itself: {self.said()[-2000:]}"
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """In order."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def _serves(self) -> bool:
        assert self.process and self.process.poll() is None, f"{self.name} ended: {self.said()[-2000:]}"
        try:
            if self.ready:
                return httpx.get(f"{self.address}{self.ready}", timeout=5).status_code == 200
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except (OSError, httpx.HTTPError):
            return False
        return True


def chroma(folder: Path) -> Server:
    port = free_port()
    command = [Path(sys.executable).with_name("chroma"), "run", "--path", folder / "chroma", "--host", "127.0.0.1"]
    return Server("chroma", port, [*command, "--port", str(port)], {}, folder, "/api/v2/heartbeat")


def model(folder: Path, name: str) -> Server:
    """`deploy/serve_model.py`."""
    port = free_port()
    command = [sys.executable, ROOT / "deploy" / "serve_model.py", name, "--port", str(port), "--context", "2048"]
    return Server("model", port, command, {}, folder, "/health")


def replica(number: int, folder: Path, env: Mapping[str, str]) -> Server:
    """A chat with a folder of its own, which is empty at first."""
    port = free_port()
    command = [sys.executable, "-m", "ui.cli", "chat", "--index", folder / f"replica{number}", "--port", str(port)]
    options = ["--rate-limit", "0", "--behind-proxy", "127.0.0.1"]
    return Server(f"replica{number}", port, [*command, *options], env, folder, "/readyz")


def door(folder: Path, replicas: Sequence[Server]) -> Server:
    """nginx with `deploy/nginx.conf`, whose addresses and folders are replaced by ours."""
    port = free_port()
    conf = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    replaced = {f"server 172.30.57.{11 + i}:7860": f"server 127.0.0.1:{each.port}" for i, each in enumerate(replicas)}
    for old, new in (replaced | {"listen 8080": f"listen 127.0.0.1:{port}", "/tmp/nginx": f"{folder}/nginx"}).items():
        assert old in conf
        conf = conf.replace(old, new)
    (folder / "nginx.conf").write_text(conf, encoding="utf-8")
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert program, "there is no nginx: `make test` installs it (Debian: `apt-get install nginx-light`)"
    command = [program, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"]
    return Server("nginx", port, command, {}, folder, "")


def command(*arguments: str | Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`citewire …`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *map(str, arguments)],
        env=os.environ | env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
