"""Which files and folders an index was built from last, so that it can be built again without naming them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from index.writer import write_atomically

_NAME = "sources.json"


def remember_sources(index_dir: Path, sources: Iterable[Path]) -> None:
    """Keep them as absolute paths. Without room on the disk they stay unknown: that ends no build."""
    paths = [str(source.expanduser().absolute()) for source in sources]
    with suppress(OSError, UnicodeEncodeError):
        write_atomically(index_dir / _NAME, json.dumps(paths, indent=1) + "\n")


def known_sources(index_dir: Path) -> list[Path]:
    """What the last build read; empty if nothing is known of it."""
    try:
        paths = json.loads((index_dir / _NAME).read_text(encoding="utf-8"))
        return [Path(path) for path in paths if isinstance(path, str)]
    except (OSError, ValueError, TypeError):
        return []
