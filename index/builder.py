"""Sources -> a new current generation: read, compare by content, cut and embed what is new, write, verify, publish."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.catalog import Catalog, CutPassage, digest_of
from index.encoder import Encoder, default_encoder
from index.errors import IndexBusy, SourceError, StorageError
from index.generations import Manifest, current_name, folder_of, next_name, prune, publish, read_manifest
from index.passages import ChunkOptions, embedding_text, split_article
from index.readers import ReadOptions, count_files, read_sources
from index.terms import terms
from index.types import Article, BuildReport, Failure, Passage, Progress
from index.write import verify, write_generation

_EMBED_BATCH = 256
#: raised when the terms change, so that older indexes are cut again
_TERMS_VERSION = 1

OnProgress = Callable[[Progress], None]


def build(
    sources: Iterable[str | os.PathLike[str]],
    index_dir: str | os.PathLike[str] = "data",
    *,
    encoder: Encoder | None = None,
    read_options: ReadOptions = ReadOptions(),
    chunk_options: ChunkOptions = ChunkOptions(),
    on_progress: OnProgress = lambda progress: None,
    dry_run: bool = False,
) -> BuildReport:
    """Make the index hold exactly what the sources hold. What is gone from them is removed; what is equal is not touched.

    A file that cannot be read is listed in `failed` and stops nothing; if an earlier version of it is indexed, that one stays.
    Readers that are open use the new generation at their next question. Where nothing changed, nothing is written.

    :param sources: files, folders and archives. They are the whole truth.
    :param dry_run: only report what would change.
    :raises SourceError: if a source does not exist, or nothing in the sources can be read.
    :raises IndexBusy: if another process is building. :raises StorageError: if the disk is full or the folder read-only.
    """
    started = time.monotonic()
    index_dir, sources = Path(index_dir), [Path(s) for s in sources]
    if not sources:
        raise SourceError("Nothing to build from: name at least one file or folder.")
    with _storage_errors(index_dir), _writer(index_dir):
        catalog = Catalog(index_dir / "catalog.sqlite")
        try:
            job = _Build(index_dir, catalog, encoder or default_encoder(), chunk_options, on_progress)
            return job.run(sources, read_options, dry_run, started)
        finally:
            catalog.close()


class _Build:
    """One build, so that its steps share what they found without handing eight arguments around."""

    def __init__(
        self, index_dir: Path, catalog: Catalog, encoder: Encoder, chunk_options: ChunkOptions, on_progress: OnProgress
    ) -> None:
        self.index_dir, self.catalog, self.encoder = index_dir, catalog, encoder
        self.chunk_options, self.on_progress = chunk_options, on_progress
        self.recipe = f"{chunk_options.fingerprint}|{encoder.fingerprint}|terms:{_TERMS_VERSION}"
        self.seen: dict[str, str] = {}
        self.failed: list[Failure] = []

    def run(self, sources: list[Path], read_options: ReadOptions, dry_run: bool, started: float) -> BuildReport:
        published = published_digests(self.index_dir)
        self._read(sources, read_options, dry_run)
        kept = self._kept_after_failure()
        if not self.seen and not kept:
            reasons = "; ".join(f"{f.path} {f.reason}" for f in self.failed[:3])
            raise SourceError(f"No article could be read from {', '.join(map(str, sources))}. {reasons}".strip())
        wanted = self.seen | kept
        embedded = 0
        if not dry_run:
            self.catalog.remove(set(self.catalog.digests()) - set(wanted))
            self.catalog.drop_unused_vectors()
            self.catalog.commit()
            embedded = self._embed()
            self._publish_if_changed()
        articles, passages = self.catalog.counts()
        return BuildReport(
            generation=current_name(self.index_dir) or "",
            added=sorted(wanted.keys() - published.keys()),
            changed=sorted(i for i in wanted.keys() & published.keys() if wanted[i] != published[i]),
            removed=sorted(published.keys() - wanted.keys()),
            unchanged=sorted(i for i in wanted.keys() & published.keys() if wanted[i] == published[i]),
            failed=self.failed,
            articles=len(wanted),
            passages=passages,
            embedded=embedded,
            seconds=round(time.monotonic() - started, 3),
        )

    def _read(self, sources: list[Path], options: ReadOptions, dry_run: bool) -> None:
        total, files = count_files(sources), 0

        def on_file(path: Path) -> None:
            nonlocal files
            files += 1
            self.on_progress(Progress("reading", files, total))

        for item in read_sources(sources, options, on_file=on_file):
            if isinstance(item, Failure):
                self.failed.append(item)
                continue
            self.seen[item.id] = digest_of(item)
            if not dry_run and self.catalog.needs_cutting(item.id, self.seen[item.id], self.recipe):
                self.catalog.put(item, self.seen[item.id], self.recipe, self._cut(item))
                if len(self.seen) % 200 == 0:
                    self.catalog.commit()
        self.catalog.commit()

    def _cut(self, article: Article) -> Iterator[CutPassage]:
        for passage in split_article(article, self.encoder, self.chunk_options):
            text = embedding_text(article, passage, self.encoder)
            yield CutPassage(passage, hashlib.sha256(text.encode("utf-8")).hexdigest(), terms(text))

    def _kept_after_failure(self) -> dict[str, str]:
        """Articles whose file could not be read this time stay as they were: a broken file must not lose an article."""
        known = self.catalog.digests()
        broken = {failure.path for failure in self.failed}
        kept = {i for origin in broken for i in self.catalog.ids_from(origin)} - self.seen.keys()
        return {i: known[i] for i in kept}

    def _embed(self) -> int:
        fingerprint = self.encoder.fingerprint
        missing = self.catalog.missing_vectors(fingerprint)
        for i in range(0, len(missing), _EMBED_BATCH):
            self.on_progress(Progress("embedding", i, len(missing)))
            batch = missing[i : i + _EMBED_BATCH]
            texts = [self._text_of(article_id, start, end) for _, article_id, start, end in batch]
            self.catalog.put_vectors(fingerprint, [key for key, *_ in batch], self.encoder.encode_passages(texts))
            self.catalog.commit()  # what is embedded stays, also if the build is killed in the next batch
        if missing:
            self.on_progress(Progress("embedding", len(missing), len(missing)))
        return len(missing)

    def _text_of(self, article_id: str, start: int, end: int) -> str:
        article = self.catalog.article(article_id)
        return embedding_text(article, Passage("", article_id, start, end, article.text[start:end]), self.encoder)

    def _publish_if_changed(self) -> None:
        state, name = self.catalog.state(), next_name(self.index_dir)
        if state == _published_state(self.index_dir):
            prune(self.index_dir)
            return
        written = folder_of(self.index_dir, name).with_suffix(".tmp")
        prune(self.index_dir)
        manifest = self._manifest(name, state)
        write_generation(
            written, self.catalog, manifest, lambda done: self.on_progress(Progress("publishing", done, manifest.passages))
        )
        verify(written)
        publish(self.index_dir, written, name)
        prune(self.index_dir)

    def _manifest(self, name: str, state: str) -> Manifest:
        articles, passages = self.catalog.counts()
        oldest, newest = self.catalog.dates()
        created = datetime.now(UTC).isoformat(timespec="seconds")
        return Manifest(
            name,
            created,
            state,
            self.encoder.fingerprint,
            self.encoder.dimensions,
            self.recipe,
            articles,
            passages,
            oldest,
            newest,
        )


def published_digests(index_dir: Path) -> dict[str, str]:
    """article id -> content digest in the current generation; empty where there is none that can be read."""
    name = current_name(index_dir)
    path = folder_of(index_dir, name or "") / "articles.sqlite"
    if not name or not path.is_file():
        return {}
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return dict(db.execute("SELECT id, digest FROM articles"))
    finally:
        db.close()


def _published_state(index_dir: Path) -> str:
    name = current_name(index_dir)
    folder = folder_of(index_dir, name or "")
    return read_manifest(folder).state if name and folder.is_dir() else ""


@contextmanager
def _writer(index_dir: Path) -> Iterator[None]:
    """Hold the one writer's lock, and tell others who holds it."""
    index_dir.mkdir(parents=True, exist_ok=True)
    (index_dir / "generations").mkdir(exist_ok=True)
    holder = index_dir / "writer.json"
    try:
        with FileLock(index_dir / "writer.lock", timeout=0):
            who = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now().isoformat(timespec="seconds")}
            holder.write_text(json.dumps(who), encoding="utf-8")
            try:
                yield
            finally:
                holder.unlink(missing_ok=True)
    except Timeout as error:
        try:
            who = json.loads(holder.read_text(encoding="utf-8"))
            by = f"process {who['pid']} on {who['host']} since {who['since']}"
        except (OSError, ValueError, KeyError):
            by = "another process"
        raise IndexBusy(f"{by} is building {index_dir}. Wait until it is done, or end it.") from error


@contextmanager
def _storage_errors(index_dir: Path) -> Iterator[None]:
    """Say disk and permission errors in one sentence; the old generation is untouched by all of them."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"The disk of {index_dir} is full. Free some space and build again; the old index still serves."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(f"{index_dir} cannot be written ({error.strerror}). The old index still serves.") from error
        raise
    except sqlite3.OperationalError as error:
        if "full" in str(error) or "readonly" in str(error) or "unable to open" in str(error):
            raise StorageError(f"{index_dir} cannot be written ({error}). The old index still serves.") from error
        raise
