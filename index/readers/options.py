"""What a caller may decide about reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.errors import SourceError

#: Article fields that a record's field can be named for.
FIELDS = ("id", "text", "title", "published", "source", "url", "author")

#: A file of records is streamed, so it may be larger than a file that has to be held as a whole.
MAX_RECORD_FILE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """:param max_file_bytes: a larger file, or a larger single record, is a failure; files of records may be 1 GB.
    :param fields: Article field -> name of the record's field, e.g. `{"text": "body"}`; dots reach into objects.
    :raises SourceError: `fields` names something that an article does not have.
    """

    max_file_bytes: int = 50_000_000
    fields: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.fields) - set(FIELDS))
        if unknown:
            raise SourceError(f"An article has no field {unknown[0]!r}: use one of {', '.join(FIELDS)}.")
