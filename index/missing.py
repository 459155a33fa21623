"""Where there is no index: why not, and what to do."""

from __future__ import annotations

from pathlib import Path

from index.errors import IndexMissing
from index.writer import is_building


def no_index(index_dir: Path) -> IndexMissing:
    """The error for a place that holds no generation."""
    if index_dir.is_file():
        return IndexMissing(f"{index_dir} is a file; an index is a folder: name the index's own folder with --index.")
    if is_building(index_dir):
        return IndexMissing(f"There is no index in {index_dir} yet: its first build is under way. Wait until it is done.")
    return IndexMissing(f"There is no index in {index_dir} yet. Run `citewire build PATH --index {index_dir}`.")
