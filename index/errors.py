"""Every failure a caller can act on. Each message names the cause and the next step.

CitewireIndexError
├── ReadError          one file or record is unreadable: the build goes on without it and lists it
├── SourceError        a source path does not exist or cannot be listed: nothing was built
├── IndexMissing       there is no index at that place yet: build one
├── IndexBusy          another process is building: wait, or end it
├── IndexCorrupt       no generation verifies: rebuild
├── IndexMismatch      built by another model or format: rebuild with this one
├── StorageError       disk full, read-only folder: the old index still serves
├── UpstreamFailed     where generations are published does not answer, or refuses: what is here still serves
│   └── VectorsUnreachable   the server of the vectors does not answer: the search goes on by words
├── EncoderMissing     the embedding model is not on this machine: `citewire models pull`
├── ServerFailed       a server of an embedding or ranking model cannot be reached, or refuses
├── RayFailed          Ray is not installed, not there, or lost a batch for good: what is embedded is kept
└── ArticleNotFound    no such article in this generation
"""

from __future__ import annotations


class CitewireIndexError(Exception):
    """Base of all errors of this package; the text is meant for the user."""


class ReadError(CitewireIndexError):
    """A file or record that cannot be read as an article."""


class SourceError(CitewireIndexError):
    """A source that does not exist, or holds nothing readable."""


class IndexMissing(CitewireIndexError):
    """No index has been built at this place."""


class IndexBusy(CitewireIndexError):
    """Another builder holds the lock."""


class IndexCorrupt(CitewireIndexError):
    """The stores of a generation disagree, or cannot be opened."""


class IndexMismatch(CitewireIndexError):
    """The index was built with another embedding model or another format."""


class StorageError(CitewireIndexError):
    """The disk is full or the folder cannot be written."""


class UpstreamFailed(CitewireIndexError):
    """The store or server where generations are published cannot be reached, refuses, or is not set up."""


class VectorsUnreachable(UpstreamFailed):
    """The server that holds the vectors of this generation does not answer, or no longer has them."""


class EncoderMissing(CitewireIndexError):
    """The embedding model is not on this machine."""


class ServerFailed(CitewireIndexError):
    """A model's server cannot be reached, refuses, or sends nonsense.

    `status`: of its reply in HTTP; 0 without one. `may_pass`: whether the same request may well succeed in a moment.
    """

    def __init__(self, message: str, *, status: int = 0, may_pass: bool = False) -> None:
        super().__init__(message)
        self.status, self.may_pass = status, may_pass


class RayFailed(CitewireIndexError):
    """Ray is not installed, there is none at this address, or it lost a batch for good."""


class ArticleNotFound(CitewireIndexError, KeyError):
    """No article has this id in the current generation."""

    def __str__(self) -> str:  # KeyError would print the repr
        return str(self.args[0]) if self.args else ""
