"""What all tests share. The embedding model and the stores are the real ones; the articles were written for these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import ui.offline  # noqa: F401  the environment of the product, before any heavy import

FIXTURES = Path(__file__).parent / "fixtures" / "articles"
SEEDS = Path(__file__).parents[1] / "seeds"
#: files of few tests that take minutes: the first to start, or one of two processes waits for the other's at the end
LONGEST = ("test_replicas.py", "test_crash.py", "test_planted.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then those with a slow test, then the rest; within them the order stays."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (place.get(item.path.name, len(place)), item.path not in slow))


@pytest.fixture(scope="session", autouse=True)
def kept_verifier() -> Iterator[None]:
    """Hundreds of builds would each load Chroma once more to be verified. Commands that tests start do it as users' do."""
    from index.verifying import kept_verifier

    with kept_verifier():
        yield


@pytest.fixture(scope="session")
def articles_dir() -> Path:
    """Ten short articles: several outlets and dates, a wire copy in two versions, a correction, figures that conflict, a
    hostile one."""
    return FIXTURES


@pytest.fixture(scope="session")
def seeds_dir() -> Path:
    return SEEDS


@pytest.fixture(scope="session")
def fixtures_index(articles_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over `articles_dir`. Only to be read."""
    from index import build

    index_dir = tmp_path_factory.mktemp("fixtures-index")
    build([articles_dir], index_dir)
    return index_dir


@pytest.fixture(scope="session")
def seeds_index(seeds_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over the article that the project started from. Only to be read."""
    from index import build

    index_dir = tmp_path_factory.mktemp("seeds-index")
    build([seeds_dir], index_dir)
    return index_dir
