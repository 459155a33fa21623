"""Serving the application: on which address, to whom that address is open, and ending at once."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from ui.errors import HostRefused, PortInUse
from ui.shield import is_loopback

if TYPE_CHECKING:
    from fastapi import FastAPI

_WAITING_CONNECTIONS = 128
_LEAVE_S = 5  #: seconds that requests under way may still take when the chat ends


def run(app: FastAPI, listener: socket.socket, on_ready: Callable[[str], None] | None = None, proxy: str = "") -> None:
    """Serve until interrupted.

    :param on_ready: called with the address. :param proxy: the address that may say for whom it asks, and whether by https
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started and on_ready:
                on_ready(address(listener))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Every open page holds a stream that never ends: Ctrl-C would wait until the last tab is closed.
            for connection in list(self.server_state.connections):
                if transport := getattr(connection, "transport", None):
                    transport.close()
            await super().shutdown(sockets=sockets)

    with contextlib.closing(listener):
        config = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_LEAVE_S,
            # Whoever may say where a request came from could guess passwords from a thousand addresses: only a named proxy may.
            proxy_headers=bool(proxy) or "FORWARDED_ALLOW_IPS" in os.environ,
            forwarded_allow_ips=proxy or None,  # None: what the environment says
            ws="none",
        )
        Server(config).run(sockets=[listener])


def require_login(host: str, has_users: bool) -> None:
    """:raises HostRefused: if others can reach `host` and nobody has to log in."""
    if has_users or is_loopback(host):
        return
    raise HostRefused(
        f"{host} can be reached from other machines, and there is no login: anybody could read the articles. "
        "Make users with `citewire users add NAME --auth users.txt` and name that file with --auth; or use --host 127.0.0.1, "
        "and a tunnel (ssh -L) to reach it from elsewhere."
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that nobody can take the port between the check and the start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_WAITING_CONNECTIONS)  # only bound, another that reuses addresses could be bound beside it
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"Port {port} on {host} cannot be had ({error.strerror}). Choose another with --port, or end what uses it."
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
