"""What an index was built from last, and how it was read, so that it can be built again without naming it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.errors import SourceError
from index.readers import ReadOptions
from index.writer import write_atomically

_NAME = "sources.json"


def remember_sources(index_dir: Path, sources: Iterable[Path], options: ReadOptions) -> None:
    """Keep them, as absolute paths. Without room on the disk they stay unknown: that ends no build."""
    paths = [str(source.expanduser().absolute()) for source in sources]
    options = ReadOptions(options.max_file_bytes, dict(options.fields))
    with suppress(OSError, UnicodeEncodeError):
        write_atomically(index_dir / _NAME, json.dumps({"sources": paths, "read_options": asdict(options)}, indent=1) + "\n")


def known_sources(index_dir: Path) -> list[Path]:
    """What the last build read; empty if nothing is known of it."""
    kept = _kept(index_dir)
    paths = kept.get("sources") if isinstance(kept, dict) else kept  # a list is what earlier versions of Citewire wrote
    return [Path(path) for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def in_known_order(index_dir: Path, sources: Iterable[Path]) -> list[Path]:
    """Those that the last build read, in its order, then the new ones: of two files of one name, the first keeps its id."""
    known = known_sources(index_dir)
    place = {path: i for i, path in enumerate(known)}
    return sorted(sources, key=lambda source: place.get(source.expanduser().absolute(), len(known)))


def known_read_options(index_dir: Path) -> ReadOptions:
    """How the last build read them; the usual way if nothing is known of it."""
    kept = _kept(index_dir)
    try:
        return ReadOptions(**kept["read_options"])
    except (KeyError, TypeError, SourceError):
        return ReadOptions()


def read_options_for(index_dir: Path, sources: Iterable[Path]) -> ReadOptions:
    """As the last build read these sources; the usual way if one of them is new to the index."""
    known = set(known_sources(index_dir))
    is_known = all(source.expanduser().absolute() in known for source in sources)
    return known_read_options(index_dir) if is_known else ReadOptions()


def _kept(index_dir: Path) -> Any:
    try:
        return json.loads((index_dir / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
