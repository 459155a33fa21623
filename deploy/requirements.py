"""What pyproject.toml asks for at run time, a line each, for `pip install --requirement`: the image then has a layer of it."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
sys.stdout.write("\n".join([*project["dependencies"], "setuptools"]) + "\n")
