"""Does our way of running the model give the vectors that sentence-transformers gives on this machine? Asked once, remembered.

The fast way (`index.bert`) rests on onnxruntime, which picks its kernels by processor and version. A wrong one would not fail: it
would find the wrong articles. So the library that the model was made with has the word, and does the work where they differ.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

log = logging.getLogger(__name__)
PROBES = (
    "The council voted on Tuesday to reopen the Silver Bridge.",
    "$84 million? No: at least $112 million, the auditor wrote.",
    "Die Brücke wurde am Sonntag eröffnet.",
    "x",
    "Pilots in the harbour struck for nine days; ferries stayed where they were. " * 12,
)
#: cosine that counts as equal: float32 rounding leaves less than a millionth
EQUAL = 0.9999
#: the same for 8-bit integers, whose rounding leaves a hundredth
ROUNDED = 0.97
_NOTE = "agreement.json"


def agrees(folder: Path, way: str, encode: Callable[[list[str]], np.ndarray], least: float = EQUAL) -> bool:
    """:param way: names how `encode` runs the model; together with the processor, what the outcome is remembered for.
    :param encode: n texts -> float32 (n, dimensions), rows of unit length. :param least: cosine that counts as agreeing."""
    key, note = f"{way} {_processor()}", folder / _NOTE
    known = _read(note)
    if key not in known:
        from index.sentence_encoder import SentenceTransformerEncoder

        expected = SentenceTransformerEncoder(folder).encode_passages(list(PROBES))
        cosines = (expected * encode(list(PROBES))).sum(axis=1)
        known[key] = bool(np.isfinite(cosines).all() and cosines.min() > least)
        with suppress(OSError):  # a folder that cannot be written is asked again by the next process
            note.write_text(json.dumps(known), encoding="utf-8")
        if not known[key]:
            log.warning(
                "%s gives other vectors than sentence-transformers here (cosine %.4f): the latter is used.", way, cosines.min()
            )
    return known[key]


def _processor() -> str:
    """Its model, where the system tells, and which extensions it has."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0].splitlines()
        said = [line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))]
        if said:
            return f"{platform.machine()} {hashlib.sha256(chr(10).join(said).encode()).hexdigest()[:16]}"
    return f"{platform.machine()} {platform.processor()}"


def _read(note: Path) -> dict[str, bool]:
    with suppress(OSError, ValueError):
        known = json.loads(note.read_text(encoding="utf-8"))
        if isinstance(known, dict):
            return known
    return {}
