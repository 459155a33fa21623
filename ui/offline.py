"""The environment that keeps every library at home. Import this before anything heavy; it imports nothing itself.

gradio, huggingface_hub, transformers and chromadb read these variables when they are imported, some of them only once.
"""

from __future__ import annotations

import os

OFFLINE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


def stay_offline() -> None:
    """Set the variables that nobody has set: the user's own setting wins."""
    for name, value in OFFLINE.items():
        os.environ.setdefault(name, value)


stay_offline()
