"""What people may do to the library where `--allow-changes` says so: add files, delete them, rebuild."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleNotFound
from index.known_sources import known_sources
from index.listing import Listing, Row
from ui.errors import ChangesRefused
from ui.library import MAX_UPLOAD_MB
from ui.library.building import Building, Job
from ui.library.uploads import Uploads


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
        self.building = Building(index_dir, self.sources)

    def sources(self) -> list[Path]:
        """Everything that a rebuild reads."""
        own = self.uploads.source.absolute()
        named = [path for path in self._paths or known_sources(self._dir) if path != own]
        return [*named, own] if self.uploads.has_files() else named

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
        path = self.uploads.path_of(row.origin)
        if path is None:
            raise ChangesRefused(
                f"This article comes from {row.origin or row.id} in a folder of yours, which Citewire only reads: move the file "
                "out of that folder, then rebuild."
            )
        origin = "/".join(row.origin.split("/")[:2])
        together = listing.of_origin(origin)
        if len(together) > 1 and not all_of_file:
            raise ChangesRefused(f"{path.name} holds {len(together):,} articles: all of them would go.", 428)
        if len(together) >= listing.page(limit=0).total:
            raise ChangesRefused("These are the last articles, and an index cannot be empty: upload others first.")
        self.uploads.delete(path)
        return Deleted(path.name, together)

    def can_delete(self, row: Row) -> bool:
        """Whether an article came from an upload."""
        return self.uploads.path_of(row.origin) is not None

    def close(self) -> None:
        """End a rebuild under way."""
        self.building.close()
