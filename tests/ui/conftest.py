"""The chat over a real index of `seeds/`, without a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

import ui.offline  # noqa: F401  before anything heavy

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from assistant.assistant import Assistant

settings.register_profile("busy", deadline=None)  # a shared machine may pause for seconds
settings.load_profile("busy")

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def seeds_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The real assistant over `seeds/`, answering with quotes."""
    from assistant import Assistant
    from index import build

    index_dir = tmp_path_factory.mktemp("seeds-index")
    build(sources=[REPOSITORY / "seeds"], index_dir=index_dir)
    assistant = Assistant(index_dir=index_dir, llm="none")
    yield assistant
    assistant.close()


@pytest.fixture(scope="session")
def client(seeds_assistant: Assistant) -> Iterator[TestClient]:
    """The web application, addressed as 127.0.0.1."""
    from starlette.testclient import TestClient

    from ui.app import create_app

    with TestClient(create_app(seeds_assistant), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Serves an application over an assistant on a free port of this machine, and gives its address."""
    import uvicorn

    from ui.app import create_app
    from ui.serving import address, listen

    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(assistant: Any, **options: Any) -> str:
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn.Config(create_app(assistant, **options), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        return address(listener)

    yield start
    for server, thread in running:
        server.should_exit = server.force_exit = True
        thread.join(10)
