"""Every failure of answering that a caller can act on. Each message names the cause and the next step.

AssistantError
├── ModelMissing      a model is not on this machine: `citewire models pull NAME`
├── ModelCorrupt      a model file has another hash than the registry's: it is not used
├── DownloadFailed    no source could deliver a model: what was tried
├── EvaluationError   a file of questions or results that cannot be used
├── ReceiptError      a receipt that cannot be used
└── LLMFailed         the answer model failed; answers go on from quotes
    ├── ContextTooLong
    ├── LLMTimeout
    └── LLMUnreachable
"""

from __future__ import annotations


class AssistantError(Exception):
    """Base of all errors of this package; the text is meant for the user."""


class ModelMissing(AssistantError):
    """A model is not on this machine."""


class ModelCorrupt(AssistantError):
    """A model file does not have the registry's hash."""


class DownloadFailed(AssistantError):
    """No source delivered the model."""


class EvaluationError(AssistantError):
    """A file of questions or results that cannot be used; the text names the line."""


class ReceiptError(AssistantError):
    """A receipt that cannot be used."""


class LLMFailed(AssistantError):
    """The answer model failed."""


class ContextTooLong(LLMFailed):
    """The prompt does not fit the model's context."""


class LLMTimeout(LLMFailed):
    """The model took longer than allowed."""


class LLMUnreachable(LLMFailed):
    """The model's server cannot be reached."""
