"""Articles that stay as they were, because what they came from could not all be read this time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from index.catalog import Catalog
from index.readers.placed import Repeated
from index.types import Failure, Kept

#: "export.jsonl:12" is where a record stands; its article's origin is "export.jsonl"
_RECORD_NUMBER = re.compile(r":\d+\Z")


def kept_after(failed: Iterable[Failure], catalog: Catalog, seen: Collection[str]) -> list[Kept]:
    """A broken file must not lose an article, so those stay that were read from it before and were not read anew.

    Nobody can say which article a broken record was: of its file, all that were not read anew stay.

    :param seen: ids of the articles that were read this time.
    :return: for each file that keeps any, in the order of their names; each article once.
    """
    lost = [failure.path for failure in failed if not isinstance(failure, Repeated)]
    reasons = dict.fromkeys(lost, "it cannot be read") | {
        origin: f"{'one' if records == 1 else 'some'} of its records cannot be read"
        for origin, records in Counter(_RECORD_NUMBER.sub("", path) for path in lost if is_record(path)).items()
    }
    found, kept = [], set(seen)
    for origin in sorted(reasons):
        if ids := sorted(set(catalog.ids_from(origin)) - kept):
            found.append(Kept(origin, reasons[origin], ids))
            kept.update(ids)
    return found


def held_under(path: str, known: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    """Id and digest of each article that may have been read before from what a failure names. :param known: `Catalog.cut`."""
    origin = _RECORD_NUMBER.sub("", path)
    return {i: digest for i, (digest, _, of) in known.items() if of == origin or of.startswith(f"{origin}/")}


def is_record(path: str) -> bool:
    """Whether the path of a failure is that of one record of a file."""
    return bool(_RECORD_NUMBER.search(path))
