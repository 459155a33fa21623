"""The whole training of the cross-encoder: questions, numbers, training, the file that ships. Each step is a process of its own.

    python -m tests.training ARTICLES --leave-out DIR… --wordnet DIR --weights FILE --work NEW [--steps 6000]

What a step has made in the folder NEW is kept: begun again, the training goes on with the first step that has made nothing yet.
docs/cross-encoder.md says what each needs and how long it takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from index.cross_encoder import WEIGHTS


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, metavar="ARTICLES")
    parser.add_argument("--leave-out", type=Path, nargs="+", required=True, metavar="DIR", help="sets that are scored with")
    parser.add_argument("--wordnet", type=Path, required=True, metavar="DIR")
    parser.add_argument("--weights", type=Path, required=True, metavar="FILE", help="model.safetensors of all-MiniLM-L6-v2")
    parser.add_argument("--work", type=Path, required=True, metavar="NEW")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args(given)
    args.work.mkdir(parents=True, exist_ok=True)
    for command, made in commands(args):
        if made.exists():
            print(f"{made} is there.", flush=True)
            continue
        # under another name until it is whole: a step that was stopped is begun again
        part = made.with_name(f"part-{made.name}")
        subprocess.run([sys.executable, "-m", *command, "--out", str(part)], check=True)
        part.replace(made)
    subprocess.run([sys.executable, "-m", "tests.training.export", str(args.work / "reader.npz"), "--out", args.out], check=True)


def commands(args: argparse.Namespace) -> list[tuple[list[str], Path]]:
    """The steps in order, each with the file that it makes."""
    questions, data, reader = (args.work / name for name in ("questions.jsonl", "data.npz", "reader.npz"))
    about = [str(args.rows), "--leave-out", *map(str, args.leave_out), "--wordnet", str(args.wordnet)]
    return [
        (["tests.training.ask", *about], questions),
        (["tests.training.prepare", *about, "--questions", str(questions)], data),
        (["tests.training.train", str(data), "--weights", str(args.weights), "--steps", str(args.steps)], reader),
    ]


if __name__ == "__main__":
    main()
