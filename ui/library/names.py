"""A file name from outside, made one that is safe to keep: no path, no control, nothing hidden, an ending that we read."""

from __future__ import annotations

import re
import unicodedata

from index.readers.formats import DOCUMENTS, FEEDS, RECORDS
from ui.errors import ChangesRefused

_MOST_BYTES = 120  #: of a name without its ending; file systems stop at 255 with it
_PACKED = frozenset({".zip", ".gz"})
ENDINGS = frozenset(DOCUMENTS) | FEEDS | RECORDS | _PACKED
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_UNFIT = re.compile(r"[^\w .,()'+=@&-]")


def safe_name(raw: str) -> str:
    """What a file sent under this name is kept as.

    :raises ChangesRefused: if its ending is none that Citewire reads.
    """
    name = unicodedata.normalize("NFC", raw).replace("\\", "/").rpartition("/")[2]
    name = "".join("_" if unicodedata.category(char)[0] in "CZ" and char != " " else char for char in name)
    name = " ".join(_UNFIT.sub("_", name).split()).rstrip(" .")
    stem, ending = _parted(name)
    if f".{ending.rpartition('.')[2]}" not in ENDINGS:
        raise ChangesRefused(f"{_quoted(name)} is not in a format that Citewire reads: {', '.join(_shown())}.", 415)
    stem = _shortened(stem).strip(" .-") or "article"
    if stem.split(".")[0].strip().lower() in _DEVICES:
        stem = f"_{stem}"
    return stem + ending


def numbered(name: str, number: int) -> str:
    """`report.md` -> `report-2.md`."""
    stem, ending = _parted(name)
    tail = f"-{number}"
    return f"{_shortened(stem, _MOST_BYTES - len(tail)).rstrip(' .-')}{tail}{ending}"


def _parted(name: str) -> tuple[str, str]:
    """`a.jsonl.gz` -> `a`, `.jsonl.gz`; the ending in lower case."""
    stem, dot, last = name.rpartition(".")
    if dot and last.lower() == "gz":
        inner, inner_dot, before = stem.rpartition(".")
        if inner_dot and f".{before.lower()}" in ENDINGS:
            return inner, f".{before}.{last}".lower()
    return (stem, f".{last}".lower()) if dot else (name, "")


def _shortened(stem: str, most_bytes: int = _MOST_BYTES) -> str:
    return stem.encode("utf-8")[:most_bytes].decode("utf-8", "ignore")


def _shown() -> list[str]:
    return sorted(ending.removeprefix(".") for ending in ENDINGS)


def _quoted(name: str) -> str:
    return f"“{name[:80]}”" if name else "A file without a name"
