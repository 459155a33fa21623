"""Every failure of the page and the command line that a user can act on.

CitewireUIError
├── PortInUse     another program listens there: choose a port, or end it
└── HostRefused   an address others can reach, without a login to protect it
"""

from __future__ import annotations


class CitewireUIError(Exception):
    """Base of all errors of this package; the text is meant for the user."""


class PortInUse(CitewireUIError):
    """The port is taken, or may not be opened."""


class HostRefused(CitewireUIError):
    """The address could be reached from other machines."""
