"""Write what `index.cross_encoder` reads from what tests.training.train wrote.

    python -m tests.training.export READER.npz [--out index/cross_encoder.npz]

Matrices become 8-bit integers with one step for each output, as the graph runs them; the rest stays float16 or float32.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from index.cross_encoder import WEIGHTS
from tests.training.model import NAMES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", type=Path, metavar="READER")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    with np.load(args.reader) as stored:
        np.savez_compressed(args.out, **exported(dict(stored)))


def exported(trained: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """:param trained: by the names of `tests.training.model`. :return: by those of the publisher's file."""
    found: dict[str, np.ndarray] = {}
    for name, value in trained.items():
        theirs = _renamed(name)
        if value.ndim == 2 and name.startswith("layers."):
            full = value.astype(np.float32)
            step = np.abs(full).max(axis=1) / 127
            found[theirs] = np.round(full / np.maximum(step, 1e-12)[:, None]).astype(np.int8)
            found[f"{theirs}.step"] = step
        else:
            found[theirs] = value
    return found


def _renamed(name: str) -> str:
    if name.startswith("normalised."):
        return name.replace("normalised", "embeddings.LayerNorm")
    if not name.startswith("layers."):
        return name
    _, number, part, kind = name.split(".")
    return f"encoder.layer.{number}.{NAMES[part]}.{kind}"


if __name__ == "__main__":
    main()
