"""What people may do to the library where `--allow-changes` says so: add files, delete them, rebuild."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from index.errors import ArticleNotFound
from index.known_sources import known_sources
from index.listing import Listing, Row
from ui.errors import ChangesRefused
from ui.library import MAX_UPLOAD_MB
from ui.library.building import Building, Job
from ui.library.uploads import PREFIX, Uploads, with_uploads


@dataclass(frozen=True, slots=True)
class Deleted:
    """An uploaded file that is gone; its articles leave the index with the next rebuild."""

    file: str
    articles: list[str]


class Changes:
    """Uploads and rebuilds of one index. Safe to use from threads."""

    def __init__(self, index_dir: Path, paths: Sequence[Path] = (), max_file_mb: int = MAX_UPLOAD_MB) -> None:
        """:param paths: the sources named when the chat was started; without any, those of the last build."""
        self._dir, self._paths = index_dir, [path.expanduser().absolute() for path in paths]
        self.uploads = Uploads(index_dir, max_file_mb)
        self.uploads.clear_leftovers()
        self.building = Building(index_dir, self.sources)
        self._deleting = Lock()

    def sources(self) -> list[Path]:
        """Everything that a rebuild reads."""
        return with_uploads(self._paths or known_sources(self._dir), self._dir)

    def require_sources(self) -> None:
        """:raises ChangesRefused: if nobody knows what the index was built from: a rebuild would lose all of it."""
        if not (self._paths or known_sources(self._dir)):
            raise ChangesRefused(
                f"It is not known which folders {self._dir} was built from: name them, as in "
                "`citewire chat FOLDER --allow-changes`."
            )

    def rebuild(self) -> Job:
        """Begin one. :raises ChangesRefused: as `require_sources`."""
        self.require_sources()
        return self.building.start()

    def delete(self, listing: Listing, article_id: str, all_of_file: bool = False) -> Deleted:
        """Delete the uploaded file that an article came from.

        A file of the user's own folders is never touched: Citewire reads them, and others may need them.

        :param all_of_file: also if the file holds other articles, which go with it.
        :raises ArticleNotFound: if there is no such article. :raises ChangesRefused: if it cannot be deleted; it says why.
        """
        row = listing.row(article_id)
        if row is None:
            raise ArticleNotFound(f"There is no article {article_id!r} in the index.")
        origin = "/".join(row.origin.split("/")[:2])
        with self._deleting:  # two at once must not each take the other's for what stays
            path = self._path_of(row)
            together = listing.of_origin(origin)
            if len(together) > 1 and not all_of_file:
                raise ChangesRefused(f"{path.name} holds {len(together):,} articles: all of them would go.", 428)
            if not (self.uploads.others_than(path) or self._has_own(listing)):
                raise ChangesRefused("These are the last articles, and an index cannot be empty: upload others first.")
            self.uploads.delete(path)
        return Deleted(path.name, together)

    def _path_of(self, row: Row) -> Path:
        """The upload that an article came from. :raises ChangesRefused: if it came from none, or from one that is gone."""
        path = self.uploads.path_of(row.origin)
        if path is None and self._was_uploaded(row.origin):
            raise ChangesRefused(f"{row.origin.split('/')[1]} is deleted already: what it held leaves the index with a rebuild.")
        if path is None:
            raise ChangesRefused(
                f"This article comes from {row.origin or row.id} in a folder of yours, which Citewire only reads: move the file "
                "out of that folder, then rebuild."
            )
        return path

    def _has_own(self, listing: Listing) -> bool:
        """Whether any article came from a folder of the user's."""
        origins = listing.origins_below(PREFIX)
        uploaded = sum(number for origin, number in origins.items() if self._was_uploaded(origin))
        return listing.page(limit=0).total > uploaded

    def _was_uploaded(self, origin: str) -> bool:
        """Whether an article came from an upload, which may be gone; a folder of the user's can have the same name."""
        parts = origin.split("/")
        own = self.uploads.source.absolute()
        sources = [path for path in self.sources() if path != own]
        return parts[0] == PREFIX and len(parts) > 1 and not any((path / PREFIX / parts[1]).exists() for path in sources)

    def can_delete(self, row: Row) -> bool:
        """Whether an article came from an upload."""
        return self.uploads.path_of(row.origin) is not None

    def close(self) -> None:
        """End a rebuild under way."""
        self.building.close()
