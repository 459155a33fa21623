"""Who is logged in: random tokens in memory. A restart, a new password and a removed user end a session."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

LASTS_S = 12 * 60 * 60
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Session:
    name: str
    stored: str  #: the hash that the password had, so that a new one ends the session
    ends: float


class Sessions:
    """Sessions by token. Only hashes of tokens are kept, so that what memory shows opens nothing. Safe to use from threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._sessions: dict[str, _Session] = {}

    def open(self, name: str, stored: str) -> str:
        """:return: the token, 256 bits."""
        token, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            for key in [key for key, session in self._sessions.items() if session.ends <= now]:
                del self._sessions[key]
            while len(self._sessions) >= _MOST:  # the oldest come first
                del self._sessions[next(iter(self._sessions))]
            self._sessions[_key(token)] = _Session(name, stored, now + LASTS_S)
        return token

    def name_of(self, token: str, stored: Callable[[str], str | None]) -> str | None:
        """Whose token it is, if it still counts. :param stored: name -> the hash of that user's password now."""
        with self._lock:
            session = self._sessions.get(_key(token))
            if session is None or session.ends <= self._clock() or stored(session.name) != session.stored:
                self._sessions.pop(_key(token), None)
                return None
            return session.name

    def close(self, token: str) -> None:
        """End a session; one that is not there is no error."""
        with self._lock:
            self._sessions.pop(_key(token), None)


def _key(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
