"""From a name and a password, a cookie or a header to a user; the one place that decides who is in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from threading import Lock

from ui.auth.attempts import Attempts
from ui.auth.sessions import Sessions
from ui.auth.users import Users

COOKIE = "citewire_session"
_REMEMBERED = 256


class TooManyAttempts(Exception):
    """Somebody has failed too often. `wait_s`: seconds until the next try counts."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Too many failed logins. Try again in {max(1, round(wait_s / 60))} min.")
        self.wait_s = wait_s


class Access:
    """Who is in. Blocking where a password is checked (a quarter of a second): call it from a thread."""

    def __init__(self, users: Users) -> None:
        self.users = users
        self.sessions, self.attempts = Sessions(), Attempts()
        # A program sends its password with every call; scrypt each time would be most of what the call costs.
        self._key, self._right, self._lock = secrets.token_bytes(32), OrderedDict[bytes, None](), Lock()

    def log_in(self, name: str, password: str, address: str) -> str | None:
        """:return: a session's token, or None if name and password do not fit. :raises TooManyAttempts: whatever they are."""
        if not self._is_right(name, password, address):
            return None
        return self.sessions.open(name, self.users.stored().get(name, ""))

    def user_of(self, cookie: str, authorization: str, address: str) -> str | None:
        """The user whom a request's headers name, or None.

        :param authorization: `Basic …` with a user's password, or `Bearer …` with a token of `log_in`.
        :raises TooManyAttempts: for passwords only.
        """
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic":
            name, password = _basic(value)
            return name if name and self._is_right(name, password, address) else None
        token = value.strip() if scheme.lower() == "bearer" else token_of(cookie)
        return self.sessions.name_of(token, self.users.stored().get) if token else None

    def _is_right(self, name: str, password: str, address: str) -> bool:
        stored = self.users.stored().get(name, "")
        said = hmac.digest(self._key, repr((name, password, stored)).encode("utf-8", "surrogatepass"), hashlib.sha256)
        with self._lock:
            if stored and said in self._right:
                return True
        if wait := self.attempts.begin(name, address):
            raise TooManyAttempts(wait)
        if not self.users.is_right(name, password):
            return False
        self.attempts.succeeded(name, address)
        with self._lock:
            self._right[said] = None
            while len(self._right) > _REMEMBERED:
                self._right.popitem(last=False)
        return True


def token_of(cookie: str) -> str:
    """The session's token in a Cookie header; "" if there is none."""
    try:
        found = SimpleCookie(cookie).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _basic(value: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password
