"""Passwords as they are stored: scrypt with its settings and salt beside it, so that the settings can be raised later."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from threading import BoundedSemaphore

MIN_CHARS, MAX_CHARS = 8, 1000
# 32 MB and about a quarter of a second for each guess; OWASP's Password Storage Cheat Sheet names N = 2^15, r = 8, p = 3.
_N, _R, _P = 2**15, 8, 3
_SALT_BYTES = 16
#: logins that are computed at once: more would take memory and both cores from the answers
_AT_ONCE = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class _Stored:
    n: int
    r: int
    p: int
    salt: bytes
    key: bytes


def hashed(password: str) -> str:
    """`scrypt$32768$8$3$<salt>$<key>`, salt and key in base64."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _derive(password, _Stored(_N, _R, _P, salt, b""))
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(key)))


def is_right(password: str, stored: str) -> bool:
    """Compares in constant time. :raises ValueError: if `stored` is nothing that `hashed` wrote."""
    parsed = _parsed(stored)
    return hmac.compare_digest(_derive(password, parsed), parsed.key)


def check_form(stored: str) -> None:
    """:raises ValueError: if `stored` is nothing that `hashed` wrote."""
    _parsed(stored)


def _derive(password: str, stored: _Stored) -> bytes:
    with _AT_ONCE:
        return hashlib.scrypt(
            password[:MAX_CHARS].encode("utf-8", "surrogatepass"),
            salt=stored.salt, n=stored.n, r=stored.r, p=stored.p, maxmem=256 * 1024 * 1024, dklen=32,
        )  # fmt: skip


def _parsed(stored: str) -> _Stored:
    kind, *numbers, salt, key = stored.split("$")
    if kind != "scrypt" or len(numbers) != 3:
        raise ValueError("not a scrypt hash")
    n, r, p = map(int, numbers)
    if not (2**14 <= n <= 2**20 and n & (n - 1) == 0 and 1 <= r <= 32 and 1 <= p <= 16 and n * r * 128 <= 2**27):
        raise ValueError("scrypt settings out of range")
    return _Stored(n, r, p, base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
