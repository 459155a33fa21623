"""A model behind HTTP and JSON: one request, one retry, short connects, and every failure as a sentence without the key."""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from index.errors import ServerFailed

_CONNECT_S = 5.0
#: before the one retry: a connection that a restarted server has forgotten works at once, a restart takes a moment
_RETRY_AFTER_S = 0.5
_MAY_PASS = {429, 500, 502, 503, 504}


class ModelServer:
    """What is asked of it is answered again by the same question, so each is tried twice. Safe to use from threads."""

    def __init__(self, url: str, key: str, setting: str, timeout_s: float) -> None:
        """
        :param url: with its path, such as http://127.0.0.1:8080/v1; without one it is /v1.
        :param setting: the variable the address came from, for messages; its key is in the one that ends in KEY.
        :param timeout_s: seconds that a server may be silent.
        :raises ServerFailed: if it is no address, or the key cannot be sent. Nothing is sent yet.
        """
        self._setting, self._key_setting = setting, setting.removesuffix("URL") + "KEY"
        self._base = self._checked(url.rstrip("/"))
        self._headers = self._with_key(key.strip())  # a key from a file ends with its line
        self._timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_S))
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        #: how often a request failed so far: a server that comes back may be another one
        self.interruptions = 0

    @property
    def name(self) -> str:
        """The address without what is secret in it."""
        parts = urlsplit(self._base)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """:param path: such as /embeddings. :return: the reply, an object.
        :raises ServerFailed: it cannot be reached, refuses, or sends something else, also the second time."""
        try:
            return self._post(path, body)
        except ServerFailed as error:
            self.interruptions += 1
            if not error.may_pass:
                raise
        time.sleep(_RETRY_AFTER_S)
        return self._post(path, body)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self._http.post(f"{self._base}{path}", json=body, headers=self._headers)
        except httpx.TimeoutException as error:
            raise ServerFailed(f"The server {self.name} did not answer in time ({type(error).__name__}). Try again.") from error
        except httpx.HTTPError as error:
            raise ServerFailed(
                f"The server {self.name} cannot be reached, or broke off. Is it running? Check {self._setting} and the network.",
                may_pass=True,
            ) from error
        if response.is_success:
            return self._object(response)
        raise self._refused(response)

    def _object(self, response: httpx.Response) -> dict[str, Any]:
        try:
            reply = response.json()
        except ValueError:
            reply = None
        if isinstance(reply, dict):
            return reply
        raise ServerFailed(f"The server {self.name} sent no JSON object: it is no model server. Check {self._setting}.")

    def _refused(self, response: httpx.Response) -> ServerFailed:
        status, said = response.status_code, " ".join(response.text.split())[:300]
        if status in (401, 403):
            return ServerFailed(f"The server {self.name} refused the key. Check {self._key_setting}.", status=status)
        if status == 404:
            advice = f"Check {self._setting} and the model's name."
            return ServerFailed(f"The server {self.name} knows no such address or model ({said}). {advice}", status=status)
        return ServerFailed(f"The server {self.name} failed ({status}: {said}).", status=status, may_pass=status in _MAY_PASS)

    @property
    def _http(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self._timeout)
            return self._client

    def _with_key(self, key: str) -> dict[str, str]:
        if not (key.isascii() and key.isprintable()):
            raise ServerFailed(
                f"The key in {self._key_setting} has characters that no key has, such as “ or a line break. Copy it again."
            )
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _checked(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
                return url if parts.path.strip("/") else f"{url}/v1"
        except ValueError:  # an unfinished IPv6 address, a port beyond 65535
            pass
        raise ServerFailed(f"{self._setting} names no server. Give an address like http://127.0.0.1:8080/v1.")
