"""Articles that stay as they were, because what they came from could not all be read this time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from index.readers.placed import Repeated
from index.types import Failure, Kept

#: "export.jsonl:12" is where a record stands; its article's origin is "export.jsonl"
_RECORD_NUMBER = re.compile(r":\d+\Z")


def kept_after(failed: Iterable[Failure], origins: Origins, seen: Collection[str]) -> list[Kept]:
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
        if ids := sorted(origins.under(origin).keys() - kept):
            found.append(Kept(origin, reasons[origin], ids))
            kept.update(ids)
    return found


class Origins:
    """What an index holds of each file, folder and archive, looked up without going through all of it."""

    def __init__(self, known: Mapping[str, tuple[str, str, str]]) -> None:
        """:param known: `Catalog.cut`."""
        self._known = known

    @cached_property
    def _sorted(self) -> list[tuple[str, str, str]]:
        return sorted((origin, article_id, digest) for article_id, (digest, _, origin) in self._known.items())

    def under(self, origin: str) -> dict[str, str]:
        """Id and digest of each article that came from this file, or from inside this folder or archive."""
        inside = f"{origin}/", f"{origin}0"  # "0" comes next after "/"
        runs = ((origin,), (f"{origin}\0",)), ((inside[0],), (inside[1],))
        return {i: digest for low, high in runs for _, i, digest in self._between(low, high)}

    def _between(self, low: tuple[str], high: tuple[str]) -> list[tuple[str, str, str]]:
        return self._sorted[bisect_left(self._sorted, low) : bisect_left(self._sorted, high)]

    def of_failure(self, path: str) -> dict[str, str]:
        """Of what a failure names: where that is a record, its whole file."""
        return self.under(_RECORD_NUMBER.sub("", path))


def is_record(path: str) -> bool:
    """Whether the path of a failure is that of one record of a file."""
    return bool(_RECORD_NUMBER.search(path))
