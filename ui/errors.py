"""Every failure of the page and the command line that a user can act on.

CitewireUIError
├── PortInUse         another program listens there: choose a port, or end it
├── HostRefused       an address others can reach, without a login to protect it
├── UsersFileBroken   the file of users cannot be read, or names nobody
└── ChangesRefused    an upload or a deletion that is not possible, and why
"""

from __future__ import annotations

#: what a user is told of a failure that is nobody's but ours
BROKEN = "Something failed inside Citewire, and its log says what. Other questions may well work."


class CitewireUIError(Exception):
    """Base of all errors of this package; the text is meant for the user."""


class PortInUse(CitewireUIError):
    """The port is taken, or may not be opened."""


class HostRefused(CitewireUIError):
    """The address could be reached from other machines."""


class UsersFileBroken(CitewireUIError):
    """The file of users cannot be used."""


class ChangesRefused(CitewireUIError):
    """A change of the library that is not possible. `status`: what HTTP calls it."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status
