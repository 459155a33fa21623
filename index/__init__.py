"""Build an index over news articles and search it. Knows no question, language model or web page.

>>> from index import build, open_index
>>> report = build(sources=["articles/"], index_dir="data")
>>> hits = open_index("data").search("peace talks in Berlin", top_k=5)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.builder import build as build
    from index.errors import CitewireIndexError as CitewireIndexError
    from index.following import Index as Index
    from index.following import open_index as open_index
    from index.types import Article as Article
    from index.types import BuildReport as BuildReport
    from index.types import Failure as Failure
    from index.types import Hit as Hit
    from index.types import Passage as Passage

_HOME = {
    "Article": "types",
    "BuildReport": "types",
    "CitewireIndexError": "errors",
    "Failure": "types",
    "Hit": "types",
    "Index": "following",
    "Passage": "types",
    "build": "builder",
    "open_index": "following",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load on first use: `citewire --help` must not wait for what it does not need."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"index.{_HOME[name]}"), name)
