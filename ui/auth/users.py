"""The users of a file, one a line: `name:scrypt$…`. A change of the file counts from the next request on."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock

from ui.auth.passwords import MAX_CHARS, MIN_CHARS, check_form, hashed, is_right
from ui.errors import UsersFileBroken

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_BROKEN = (-1, -1, -1)  #: the state of no file


class Users:
    """Who may log in. Safe to use from threads."""

    def __init__(self, path: Path) -> None:
        """:raises UsersFileBroken: if the file cannot be read, or names nobody."""
        self.path = path
        self._lock = Lock()
        self._seen: tuple[int, int, int] | None = None
        self._known: dict[str, str] = {}
        if not self.stored():
            raise UsersFileBroken(f"{path} names no user. Add one: citewire users add NAME --auth {path}")

    def stored(self) -> Mapping[str, str]:
        """name -> hash, as the file says now. A file that broke while serving lets nobody in until it is whole again.

        :raises UsersFileBroken: only the first time; later the users become none.
        """
        with self._lock:
            try:
                now = _state(self.path)
                if now != self._seen:
                    self._known, self._seen = read_users(self.path), now
            except (OSError, UsersFileBroken) as error:
                if self._seen is None:
                    raise _told(self.path, error) from error
                # Not as seen: the same file may be whole again at the next request.
                self._known, self._seen = {}, _BROKEN
            return self._known

    def is_right(self, name: str, password: str) -> bool:
        """Takes as long for a name that nobody has, so that names cannot be found out by the clock."""
        stored = self.stored().get(name)
        right = is_right(password, stored or self._nobody)
        return right and stored is not None

    @cached_property
    def _nobody(self) -> str:
        return hashed("nobody has this password")


def read_users(path: Path) -> dict[str, str]:
    """name -> hash. :raises UsersFileBroken: if a line is not one. :raises OSError: if the file cannot be read."""
    users: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsersFileBroken(f"{path} is no text file. Set it aside, and add its users again.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, stored = line.strip().partition(":")
        try:
            check_form(stored)
        except ValueError as error:
            raise UsersFileBroken(
                f"{path}, line {number}, is not a user with a hash. Remove it, and run `citewire users add NAME --auth {path}`."
            ) from error
        users[name] = stored
    return users


def add_user(path: Path, name: str, password: str) -> bool:
    """Add a user, or give one a new password. :return: True if the name is new. :raises UsersFileBroken, ValueError: not fit."""
    check_name(name)
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise ValueError(f"A password needs {MIN_CHARS} characters at least, and {MAX_CHARS} at most.")
    users = read_users(path) if path.exists() else {}
    is_new = name not in users
    _write(path, users | {name: hashed(password)})
    return is_new


def remove_user(path: Path, name: str) -> bool:
    """:return: False if there was no such user. :raises UsersFileBroken: if the file cannot be read."""
    users = read_users(path)
    if users.pop(name, None) is None:
        return False
    _write(path, users)
    return True


def check_name(name: str) -> None:
    """:raises ValueError: if a user cannot be called so."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a user's name: use letters, digits and . _ @ - (64 at most).")


def _write(path: Path, users: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name}:{stored}\n" for name, stored in users.items())
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _told(path: Path, error: OSError | UsersFileBroken) -> UsersFileBroken:
    if isinstance(error, UsersFileBroken):
        return error
    return UsersFileBroken(f"{path} cannot be read ({error.strerror}). Make it: citewire users add NAME --auth {path}")


def _state(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
