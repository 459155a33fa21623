"""Sources -> a new current generation: read, compare by content, cut and embed what is new, write, verify, publish."""

from __future__ import annotations

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np

from index.catalog import Catalog, CutPassage
from index.configured import configured_upstream
from index.contents import damaged_articles, published_digests
from index.digests import digest_of
from index.encoder import Encoder, default_encoder
from index.errors import IndexCorrupt, SourceError
from index.generations import current_name
from index.kept import Origins, kept_after
from index.known_sources import in_known_order, remember_sources
from index.last_build import recorded
from index.passages import ChunkOptions, embedding_text, split_article
from index.publication import MadeWith, publish_catalog
from index.readers import ReadOptions, count_files, read_sources
from index.readers.unread import Unread
from index.remembered import Remembered
from index.terms import terms
from index.types import Article, BuildReport, Failure, Kept, Passage, Progress
from index.upstream import Upstream, leased
from index.writer import storage_errors, writer

#: passages between two reports of progress; a kill loses what is under way and the one ahead
EMBED_BATCH = 64
#: raised when the terms change, so that older indexes are cut again
_TERMS_VERSION = 1
#: articles between two reports of progress, so that a large file shows some, and between two commits
_READ_BATCH, _COMMIT_BATCH = 20, 200

OnProgress = Callable[[Progress], None]
#: batches of texts -> (number of a batch, float32 of shape (its texts, dimensions)) in any order; see `index.ray_embedding`
Embed = Callable[[Encoder, Iterable[list[str]]], Generator[tuple[int, np.ndarray], None, None]]


def here(encoder: Encoder, batches: Iterable[list[str]]) -> Generator[tuple[int, np.ndarray], None, None]:
    """In this process, one batch after the other, and always one ahead: the encoder does not wait until the last is stored."""
    ahead, under_way = ThreadPoolExecutor(1, thread_name_prefix="embedding"), deque[Future[np.ndarray]]()
    try:
        for number, texts in enumerate(batches):
            under_way.append(ahead.submit(encoder.encode_passages, texts))
            if number:
                yield number - 1, under_way.popleft().result()
        if under_way:
            yield number, under_way.popleft().result()
    finally:
        ahead.shutdown(cancel_futures=True)


def build(
    sources: Iterable[str | os.PathLike[str]],
    index_dir: str | os.PathLike[str] = "data",
    *,
    encoder: Encoder | None = None,
    read_options: ReadOptions = ReadOptions(),
    chunk_options: ChunkOptions = ChunkOptions(),
    on_progress: OnProgress = lambda progress: None,
    dry_run: bool = False,
    embed: Embed = here,
) -> BuildReport:
    """Make the index hold exactly what the sources hold. What is gone from them is removed; what is equal is not touched.

    A file that cannot be read is listed in `failed` and stops nothing; if an earlier version of it is indexed, that one stays.
    Of a file with a record that cannot be read, every article stays that was not read anew: it may be the record's. `kept` says
    which.
    The index itself is not read, even where it lies below a source.
    Readers that are open use the new generation at their next question. Where nothing changed, nothing is written, unless
    the published files are damaged: then they are written again, and nothing is embedded.

    :param sources: files, folders and archives. They are the whole truth.
    :param embed: where the passages are embedded: in this process, or by workers, `index.ray_embedding.OnRay`.
    :param dry_run: only report what would change. Nothing is written, not even an empty index.
    :raises SourceError: if a source does not exist, or nothing in the sources can be read.
    Where the environment names an upstream, the new generation is published there first; replicas fetch it by themselves.
    :raises UpstreamFailed: if that cannot be reached; the old index still serves, and nothing that was embedded is lost.
    :raises IndexBusy: if another process is building. :raises StorageError: if the disk is full or the folder read-only.
    """
    index_dir = Path(index_dir)
    paths = in_known_order(index_dir, [Path(s) for s in sources])
    if not paths:
        raise SourceError("Nothing to build from: name at least one file or folder.")
    job = _Build(index_dir, encoder or default_encoder(), chunk_options, on_progress, embed)
    if dry_run:
        with storage_errors(index_dir):
            return job.run(paths, read_options, dry_run=True)
    job.upstream = upstream = configured_upstream()
    with writer(index_dir), recorded(index_dir, job.failed) as record, storage_errors(index_dir), leased(upstream):
        report = job.run(paths, read_options, dry_run=False)
        record(report)
        remember_sources(index_dir, paths, read_options)
        return report


class _Build:
    """One build, so that its steps share what they found without handing eight arguments around."""

    catalog: Catalog
    upstream: Upstream | None = None

    def __init__(
        self, index_dir: Path, encoder: Encoder, chunk_options: ChunkOptions, on_progress: OnProgress, embed: Embed
    ) -> None:
        self.index_dir, self.encoder = index_dir, encoder
        self.chunk_options, self.on_progress, self.embed = chunk_options, on_progress, embed
        self.recipe = f"{chunk_options.fingerprint}|{encoder.fingerprint}|terms:{_TERMS_VERSION}"
        self.started = time.monotonic()
        self.seen: dict[str, str] = {}
        self.failed: list[Failure] = []

    def run(self, sources: list[Path], read_options: ReadOptions, *, dry_run: bool) -> BuildReport:
        """Read and compare; then, unless it is a dry run, embed and publish."""
        with closing(Catalog(self.index_dir / "catalog.sqlite", read_only=dry_run)) as self.catalog:
            return self._run(sources, read_options, dry_run)

    def _run(self, sources: list[Path], read_options: ReadOptions, dry_run: bool) -> BuildReport:
        published = published_digests(self.index_dir)
        self._read(sources, read_options, dry_run)
        kept, known = kept_after(self.failed, self.origins, self.seen.keys()), self.catalog.digests()
        wanted = self.seen | {i: known[i] for of_file in kept for i in of_file.articles}
        if not wanted:
            reasons = "; ".join(f"{f.path} {f.reason}" for f in self.failed[:3])
            raise SourceError(f"No article could be read from {', '.join(map(str, sources))}. {reasons}".strip())
        if lost := sorted(wanted.keys() & self.damaged - self.seen.keys()):
            raise IndexCorrupt(
                f"{lost[0]} is damaged in the catalog and cannot be read anew, so the old index still serves. Mend its file, or "
                f"take it away, and build again. {'; '.join(of_file.path for of_file in kept)} could not be read."
            )
        embedded = 0
        if not dry_run:
            self.catalog.remove(set(self.catalog.digests()) - set(wanted))
            self.catalog.drop_unused_vectors()
            self.catalog.commit()
            embedded = self._embed()
            self._publish()
        return self._report(published, wanted, kept, embedded)

    def _report(self, published: dict[str, str], wanted: dict[str, str], kept: list[Kept], embedded: int) -> BuildReport:
        in_both = wanted.keys() & published.keys()
        return BuildReport(
            generation=current_name(self.index_dir) or "",
            added=sorted(wanted.keys() - published.keys()),
            changed=sorted(i for i in in_both if wanted[i] != published[i]),
            removed=sorted(published.keys() - wanted.keys()),
            unchanged=sorted(i for i in in_both if wanted[i] == published[i]),
            failed=self.failed,
            articles=len(wanted),
            passages=self.catalog.counts()[1],
            embedded=embedded,
            seconds=round(time.monotonic() - self.started, 3),
            kept=kept,
        )

    def _read(self, sources: list[Path], options: ReadOptions, dry_run: bool) -> None:
        total, files, known = count_files(sources, self.index_dir), 0, self.catalog.cut()
        self.damaged = set(damaged_articles(self.catalog))

        def told(more_files: int = 0) -> None:
            nonlocal files
            files += more_files
            self.on_progress(Progress("reading", files, total, len(self.seen)))

        told()
        memory = Remembered(self.catalog, options, self.recipe, known, self.damaged, self.seen, dry_run)
        self.origins = Origins(known)
        for item in read_sources(sources, options, lambda path: told(1), self.index_dir, self.origins.of_failure, memory):
            if isinstance(item, Failure):
                self.failed.append(item)
                continue
            if isinstance(item, Unread):
                self.seen[item.given] = item.digest
            else:
                self.seen[item.id] = digest_of(item)
                if not dry_run:
                    self._store(item, None if item.id in self.damaged else known.get(item.id))
            if len(self.seen) % _READ_BATCH == 0:
                told()
            if len(self.seen) % _COMMIT_BATCH == 0:
                self.catalog.commit()
        if not dry_run:
            memory.forget_others()
            self.catalog.commit()

    def _store(self, article: Article, known: tuple[str, str, str] | None) -> None:
        """:param known: digest, recipe and origin of what the catalog holds under this id."""
        digest = self.seen[article.id]
        if known is None or known[:2] != (digest, self.recipe):
            self.catalog.put(article, digest, self.recipe, self._cut(article))
        elif known[2] != article.origin:
            self.catalog.move(article.id, article.origin)

    def _cut(self, article: Article) -> Iterator[CutPassage]:
        for passage in split_article(article, self.encoder, self.chunk_options):
            text = embedding_text(article, passage, self.encoder)
            yield CutPassage(passage, hashlib.sha256(text.encode("utf-8")).hexdigest(), terms(text))

    def _embed(self) -> int:
        fingerprint = self.encoder.fingerprint
        missing = self.catalog.missing_vectors(fingerprint)
        batches = [missing[i : i + EMBED_BATCH] for i in range(0, len(missing), EMBED_BATCH)]
        texts = ([self._text_of(article_id, start, end) for _, article_id, start, end in batch] for batch in batches)
        done = 0
        if missing:
            self.on_progress(Progress("embedding", 0, len(missing)))
        with closing(self.embed(self.encoder, texts)) as embedded:
            for number, vectors in embedded:
                keys = [key for key, *_ in batches[number]]
                self.catalog.put_vectors(fingerprint, keys, vectors)
                self.catalog.commit()  # what is embedded stays, also if the build is killed in the next batch
                done += len(keys)
                self.on_progress(Progress("embedding", done, len(missing)))
        return len(missing)

    def _text_of(self, article_id: str, start: int, end: int) -> str:
        article = self.catalog.article(article_id)
        return embedding_text(article, Passage("", article_id, start, end, article.text[start:end]), self.encoder)

    def _publish(self) -> None:
        made_with = MadeWith(self.encoder.fingerprint, self.encoder.dimensions, self.recipe)
        publish_catalog(
            self.index_dir,
            self.catalog,
            made_with,
            lambda done, total: self.on_progress(Progress("publishing", done, total)),
            upstream=self.upstream,
        )
