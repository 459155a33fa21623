"""The model files: which ones Citewire knows, whether they are on this machine, and how to get them."""

from assistant.models.registry import (
    DEFAULT_ANSWER,
    DEFAULT_EMBEDDING,
    MODELS,
    SMALL_ANSWER,
    TEST_ANSWER,
    model_path,
    pull,
    spec_of,
    status,
)

__all__ = [
    "DEFAULT_ANSWER",
    "DEFAULT_EMBEDDING",
    "MODELS",
    "SMALL_ANSWER",
    "TEST_ANSWER",
    "model_path",
    "pull",
    "spec_of",
    "status",
]
