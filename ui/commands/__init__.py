"""The commands of `citewire`, one file per group. Whatever is heavy is imported inside the command that needs it."""

from __future__ import annotations

import os

# transformers draws a bar each time it loads a model, in the middle of our own lines.
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
