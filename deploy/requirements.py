"""What pyproject.toml asks for at run time, a line each: `requirements.py [EXTRA…]`. The image has a layer of just that."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def main(extras: list[str]) -> None:
    path = Path(__file__).resolve().parents[1] / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    offered = project["optional-dependencies"]
    if unknown := set(extras) - set(offered):
        sys.exit(f"There is no extra {', '.join(sorted(unknown))}: choose from {', '.join(sorted(offered))}.")
    wanted = [*project["dependencies"], *(line for extra in extras for line in offered[extra]), "setuptools"]
    sys.stdout.write("\n".join(wanted) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
