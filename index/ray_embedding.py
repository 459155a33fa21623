"""Embedding on Ray: `citewire build --ray ADDRESS`. Workers embed, the one builder keeps the vectors and publishes as always.

Plain tasks, not Ray Data and not actors. A task is a batch of texts that returns their vectors, and Ray itself sends it to
another process when its own is killed. Ray Data would bring pyarrow and a second store between the workers and the catalog;
actors would have to be counted, restarted and fed. The model is loaded once in a process, which Ray keeps for the next task.

Few tasks are out at a time, so that a large collection is never in Ray's memory at once, and an interrupted build loses no more
than those.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import numpy as np

from index.encoder import Encoder, default_encoder
from index.errors import EncoderMissing, RayFailed

LOCAL = "local"
#: tasks in work or waiting, for each processor: no worker waits for the builder
_AHEAD = 2
#: how often a batch is begun again when its process was killed
_RETRIES = 5
#: of the local Ray: enough for its batches, and little beside the models
_STORE_BYTES = 100 << 20
_HOME = "127.0.0.1"
_CONNECT_S = 5.0
#: how often the local one is started at most
_STARTS = 3
#: Ray reads these when it is imported or starts its processes
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_enable_metrics_collection": "0",
}
#: of a local one: named after other systems, but it makes every part of Ray bind to loopback, which `_node_ip_address` does not
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


class OnRay:
    """Embeds batches on a Ray cluster: `build(…, embed=OnRay("local"))`. Ray starts with the first batch."""

    def __init__(self, address: str, workers: int | None = None) -> None:
        """
        :param address: `local` starts one here, on loopback, for this build; else of a cluster, as `ray.init` takes it.
        :param workers: processes of the local one; by default one for each processor.
        :raises RayFailed: if Ray is not installed.
        """
        for name, value in (_ENVIRONMENT | (_ALONE if address == LOCAL else {})).items():
            os.environ.setdefault(name, value)
        try:
            import ray
        except ImportError as error:
            if error.name != "ray":
                raise
            raise RayFailed("Ray is not installed: run `pip install 'citewire[ray]'`, here and on each of its nodes.") from None
        self._ray, self._address, self._workers = ray, address, workers

    def __call__(self, encoder: Encoder, batches: Iterable[list[str]]) -> Generator[tuple[int, np.ndarray], None, None]:
        """
        :return: (number of the batch, float32 of shape (its texts, dimensions)), in the order in which they are done.
        :raises RayFailed: no cluster, or a batch whose process was killed again and again.
        :raises EncoderMissing: a worker has another embedding model, or none.
        """
        numbered = enumerate(batches)
        first = next(numbered, None)
        if first is None:
            return
        with self._connected():
            yield from self._embedded(encoder.fingerprint, first, numbered)

    def _embedded(
        self, fingerprint: str, first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]
    ) -> Generator[tuple[int, np.ndarray], None, None]:
        embed = self._ray.remote(_embed).options(num_cpus=1, max_retries=_RETRIES)
        out = {embed.remote(first[1], fingerprint): first[0]}
        while out:
            for number, texts in islice(rest, max(0, self._wanted() - len(out))):
                out[embed.remote(texts, fingerprint)] = number
            (done, *_), _ = self._ray.wait(list(out), num_returns=1)
            yield out.pop(done), self._vectors(done)

    def _wanted(self) -> int:
        """Tasks that should be out. A cluster may grow meanwhile."""
        return _AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def _vectors(self, done: Any) -> np.ndarray:
        try:
            vectors, failure = self._ray.get(done)
        except self._ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1][:300]
            raise RayFailed(f"A batch could not be embedded on Ray ({reason}). What is embedded is kept: build again.") from error
        if failure:
            raise EncoderMissing(failure)
        return vectors

    @contextmanager
    def _connected(self) -> Iterator[None]:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": False}
        with tempfile.TemporaryDirectory(prefix="citewire-ray-", ignore_cleanup_errors=True) as folder:
            if self._address == LOCAL:
                self._begin(quiet | _on_loopback(folder, self._workers or os.cpu_count() or 1), starts=_STARTS)
            else:
                self._begin(quiet, starts=1)
            try:
                self._require_loopback()
                yield
            finally:
                with suppress(Exception):  # the first failure is the one to know
                    self._ray.shutdown()

    def _begin(self, options: dict[str, Any], starts: int) -> None:
        try:
            if self._address != LOCAL:
                _require_reachable(self._address)
            self._ray.init(self._address, **options)
        except Exception as error:
            with suppress(Exception):
                self._ray.shutdown()
            # A bare one says that its processes did not start in 30 s, which a busy machine may need.
            if starts > 1 and type(error) is Exception:
                return self._begin(options, starts - 1)
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
            advice = "Free the machine a little" if self._address == LOCAL else "Start one, or use --ray local"
            raise RayFailed(f"There is no Ray at {self._address} ({reason}). {advice}.") from error

    def _require_loopback(self) -> None:
        """Ray reads where to listen when it is imported, which somebody else may have done."""
        if self._address == LOCAL and self._ray.util.get_node_ip_address() != _HOME:
            names = " ".join(f"{name}={value}" for name, value in _ALONE.items())
            raise RayFailed(f"The local Ray listens beyond {_HOME} and was ended. Set {names} before Ray is imported.")


def _require_reachable(address: str) -> None:
    """Ray itself waits for many minutes, and cannot be interrupted. :raises OSError: if nothing listens there."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()


def _on_loopback(folder: str, workers: int) -> dict[str, Any]:
    """No dashboard, no port that another machine reaches, its files in a folder that goes with it."""
    return {
        "num_cpus": workers,
        "include_dashboard": False,
        "object_store_memory": _STORE_BYTES,
        "_temp_dir": folder,
    }


def _embed(texts: list[str], fingerprint: str) -> tuple[np.ndarray, str]:
    """In a worker. :return: the vectors; or none, and why this worker must not embed."""
    os.environ.setdefault("CITEWIRE_ENCODER_THREADS", "1")  # Ray starts a worker for each processor
    try:
        encoder = default_encoder()
        here = encoder.fingerprint
    except EncoderMissing as error:
        return np.zeros((0, 0), dtype=np.float32), f"A Ray worker on {os.uname().nodename} has no embedding model: {error}"
    if here != fingerprint:
        return np.zeros((0, 0), dtype=np.float32), (
            f"A Ray worker on {os.uname().nodename} has the embedding model {here}, this build uses {fingerprint}: "
            "give all the same CITEWIRE_ENCODER settings and models."
        )
    return encoder.encode_passages(texts), ""
