"""Articles and questions from their files, and the articles that may be trained on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Articles or questions, one JSON object a line; .gz too."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def without(articles: Sequence[dict[str, Any]], scoring: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The articles that are not, by id, url, headline or first words, among those that are scored with."""

    def marks(row: dict[str, Any]) -> set[tuple[str, str]]:
        values = {"id": row["id"], "url": row["url"], "title": (row["title"] or "").strip().casefold(), "text": row["text"][:200]}
        return {(name, value) for name, value in values.items() if value}

    known = {mark for row in scoring for mark in marks(row)}
    return [row for row in articles if not marks(row) & known]
