"""Addresses as they may be logged and shown: a URL may carry a password or a key."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def without_secrets(url: str) -> str:
    """A URL without user, password, query and fragment."""
    return _QUERY.sub("", _USER.sub("", url))


def hide_secrets(text: str, url: str) -> str:
    """A text, such as a library's message, in which what is secret in a URL is replaced by dots."""
    for secret in (*_USER.findall(url), *_QUERY.findall(url)):
        if len(secret) > 1:
            text = text.replace(secret[:-1] if secret.endswith("@") else secret[1:], "...")
    return text
