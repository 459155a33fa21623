"""The chat over a real index of `seeds/`, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ui.offline  # noqa: F401  before anything heavy

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from assistant.assistant import Assistant

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
