"""Generations as folders of files in a shared folder or a bucket: whatever fsspec reaches. The only file that imports fsspec.

<url>/generations/<place>/bundle.json   path -> [sha256, bytes] of every file; written last
<url>/generations/<place>/files/...
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from index.addresses import hide_secrets, without_secrets
from index.errors import CitewireIndexError, IndexCorrupt, StorageError, UpstreamFailed
from index.generations import Manifest
from index.model_files import sha256_of
from index.pointer import Published, Records
from index.upstream import OnDone

_BOOKS = "chroma/chroma.sqlite3"
_MISSING = {"s3": 'the package for it is missing: run `pip install "citewire[s3]"`'}
_REFUSED = ("403", "AccessDenied", "Forbidden", "InvalidAccessKey")
_BUCKETS = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"}
_CONNECT_S, _READ_S = 5, 60


class Bundles:
    """A `Store` below an address such as `file:///srv/news` or `s3://bucket/news`."""

    def __init__(self, url: str) -> None:
        """:raises UpstreamFailed: if there is nothing that reaches such addresses."""
        self.address, self._url = without_secrets(url), url
        self._fs, self._root = _opened(url)
        self.records: Records = _Files(self)

    def upload(self, folder: Path, manifest: Manifest, place: str, on_done: OnDone) -> None:
        """See `Store.upload`."""
        paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        bundle: dict[str, tuple[str, int]] = {}
        with self.said(), tempfile.TemporaryDirectory() as own:
            for done, path in enumerate(paths):
                local = _still(folder / path, Path(own)) if path == _BOOKS else folder / path
                bundle[path] = (sha256_of(local), local.stat().st_size)
                remote = f"{self._place(place)}/files/{path}"
                if self._has_folders():  # others would make the bucket
                    self._fs.makedirs(remote.rpartition("/")[0], exist_ok=True)
                self._fs.put_file(str(local), remote)
                on_done(done + 1, len(paths))
            found = self._fs.find(f"{self._place(place)}/files", detail=True)
            arrived = sorted(int(about["size"]) for about in found.values())
            if arrived != sorted(size for _, size in bundle.values()):
                raise UpstreamFailed(f"{self.address} did not keep all files of generation {manifest.generation}. Try again.")
            self.put(f"generations/{place}/bundle.json", json.dumps(bundle, indent=1) + "\n")

    def download(self, one: Published, into: Path, on_done: OnDone) -> None:
        """See `Store.download`."""
        again = "Publish it again with `citewire build` or `citewire index push`."
        text = self.get(f"generations/{one.place}/bundle.json")
        if text is None:
            raise IndexCorrupt(f"{self.address} names generation {one.name} as current and does not hold it. {again}")
        bundle = _checked(text, f"The list of files of generation {one.name} at {self.address}")
        for done, (path, (sha256, _)) in enumerate(bundle.items()):
            local = into / path
            local.parent.mkdir(parents=True, exist_ok=True)
            with self.said():
                self._fs.get_file(f"{self._place(one.place)}/files/{path}", str(local))
            if sha256_of(local) != sha256:
                raise IndexCorrupt(f"{path} of generation {one.name} at {self.address} is not what was published. {again}")
            on_done(done + 1, len(bundle))

    def places(self) -> list[str]:
        """See `Store.places`."""
        with self.said():
            try:
                return sorted(PurePosixPath(path).name for path in self._fs.ls(f"{self._root}/generations", detail=False))
            except FileNotFoundError:
                return []

    def delete(self, place: str) -> None:
        """See `Store.delete`."""
        with self.said():
            if self._fs.exists(self._place(place)):
                self._fs.rm(self._place(place), recursive=True)

    def get(self, key: str) -> str | None:
        """A small object's text; None where there is none."""
        with self.said():
            try:
                return str(self._fs.cat_file(f"{self._root}/{key}").decode("utf-8"))
            except FileNotFoundError:
                return None

    def put(self, key: str, text: str, *, only_new: bool = False) -> bool:
        """Replace a small object as a whole. :param only_new: False is returned, and nothing done, where it is there."""
        path = f"{self._root}/{key}"
        with self.said():
            if not self._is_local():
                try:
                    self._fs.pipe_file(path, text.encode("utf-8"), mode="create" if only_new else "overwrite")
                except FileExistsError:
                    return False
                return True
            return _put_file(Path(path), text, only_new)

    def remove(self, key: str) -> None:
        """Take a small object away, if it is there."""
        with self.said():
            try:
                self._fs.rm_file(f"{self._root}/{key}")
            except FileNotFoundError:
                return

    def list(self) -> list[str]:
        """Names of the small objects."""
        with self.said():
            try:
                found = self._fs.ls(self._root, detail=False)
            except FileNotFoundError:
                return []
            return [name for path in found if (name := PurePosixPath(path).name).endswith(".json")]

    def _place(self, place: str) -> str:
        return f"{self._root}/generations/{place}"

    def _has_folders(self) -> bool:
        return not _BUCKETS & set([self._fs.protocol] if isinstance(self._fs.protocol, str) else self._fs.protocol)

    def _is_local(self) -> bool:
        return "file" in self._fs.protocol

    @contextmanager
    def said(self) -> Iterator[None]:
        """What the libraries raise, as a sentence."""
        try:
            yield
        except CitewireIndexError:
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageError(f"The disk is full ({error}). Free some space; what is published is untouched.") from error
            raise UpstreamFailed(f"{self.address} cannot be used: {hide_secrets(_reason(error), self._url)}") from error
        except Exception as error:  # every file system has its own; all of them mean that the address does not serve
            raise UpstreamFailed(f"{self.address} cannot be used: {hide_secrets(_reason(error), self._url)}") from error


class _Files:
    """The small objects as `Records`."""

    def __init__(self, bundles: Bundles) -> None:
        self.read, self.delete, self.names = bundles.get, bundles.remove, bundles.list
        self._bundles = bundles

    def write(self, key: str, text: str) -> None:
        self._bundles.put(key, text)

    def create(self, key: str, text: str) -> bool:
        # a store that does not know such a condition lets both through; then the later one is the one that is there
        return self._bundles.put(key, text, only_new=True) and self._bundles.get(key) == text


def _opened(url: str) -> tuple[Any, str]:
    import fsspec

    scheme = urlsplit(url).scheme
    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if scheme == "s3":
        options["config_kwargs"] = {"connect_timeout": _CONNECT_S, "read_timeout": _READ_S, "retries": {"max_attempts": 2}}
    try:
        fs, root = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        raise UpstreamFailed(f"{without_secrets(url)} cannot be used: {_MISSING.get(scheme, str(error))}.") from error
    except ValueError as error:
        raise UpstreamFailed(
            f"{without_secrets(url)} cannot be used: {hide_secrets(str(error), url)}. CITEWIRE_PUBLISH_URL is an address such as "
            "file:///srv/news or s3://bucket/news."
        ) from error
    return fs, str(root).rstrip("/")


def _put_file(path: Path, text: str, only_new: bool) -> bool:
    """fsspec writes a local file in place, where a reader could see half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    temporary.write_text(text, encoding="utf-8")
    try:
        if only_new:
            os.link(temporary, path)
        else:
            os.replace(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _still(path: Path, own: Path) -> Path:
    """A copy of Chroma's database, in which readers keep books."""
    copy = own / path.name
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as original, closing(sqlite3.connect(copy)) as to:
        original.backup(to)
    return copy


def _checked(text: str, what: str) -> dict[str, tuple[str, int]]:
    try:
        bundle = {str(path): (str(sha256), int(size)) for path, (sha256, size) in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise IndexCorrupt(f"{what} cannot be read ({error}). Publish it again with `citewire build`.") from error
    if bad := [path for path in bundle if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts]:
        raise IndexCorrupt(f"{what} names {bad[0]!r}, which lies outside of it. Nothing was fetched.")
    return bundle


def _reason(error: Exception) -> str:
    said = f"{type(error).__name__} {error}"
    if isinstance(error, PermissionError) or any(sign in said for sign in _REFUSED):
        return f"access is refused ({error}). Check the credentials, and that they may read, write, list and delete there."
    if "NoCredentials" in said or "Unable to locate credentials" in said:
        return "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
    if "NoSuchBucket" in said or "bucket does not exist" in said:
        return "there is no such bucket. Make it first, or correct CITEWIRE_PUBLISH_URL."
    return f"{error or type(error).__name__}. Check the address and the network, then try again."
