"""What an application answers, read off its routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from starlette.routing import Mount


def routes(app: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(method, path) of every route of the application and of what is mounted in it, "x" for each parameter."""
    for route in app.routes:
        path = before + re.sub(r"\{[^}]*\}", "x", getattr(route, "path", ""))
        if isinstance(route, Mount) and getattr(route, "routes", None):
            yield from routes(route, path.rstrip("/"))
        elif inner := getattr(route, "original_router", None):  # an included router
            yield from routes(inner, before)
        else:
            for method in getattr(route, "methods", None) or ("GET",):
                yield method, path or "/"
