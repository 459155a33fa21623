"""The login page, logging out, and tokens for programs."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from ui.asgi import address_of, read_body
from ui.auth.access import COOKIE, Access, TooManyAttempts, token_of
from ui.auth.sessions import LASTS_S
from ui.markup import escaped

_WRONG = "Name and password do not fit."
#: where somebody wanted to go: one step below this page and nowhere else
_LOCAL = re.compile(r"(?!//)[A-Za-z0-9_?&=%.+~-]*")
_MOST_BYTES = 10_000
_STATIC = Path(__file__).parent / "static"
_COLOURS = Path(__file__).parents[1] / "static" / "citewire.css"


class Credentials(BaseModel):
    """What a program logs in with."""

    name: str = Field(max_length=64)
    password: str = Field(max_length=1000)


class Token(BaseModel):
    """Send it as `Authorization: Bearer …` for `expires_in` seconds."""

    token: str
    expires_in: int


def login_routes(access: Access, title: str) -> APIRouter:
    """The routes of logging in and out."""
    router = APIRouter()

    @router.get("/login", include_in_schema=False)
    def page(next: str = "") -> HTMLResponse:
        return HTMLResponse(login_page(title, next), headers=_NO_STORE)

    @router.post("/login", include_in_schema=False)
    async def log_in(request: Request) -> Response:
        body = await read_body(request.receive, _MOST_BYTES)
        said = {name: values[0] for name, values in parse_qs((body or b"").decode("utf-8", "replace")).items()}
        name, wanted = said.get("name", "").strip(), said.get("next", "")
        try:
            token = await to_thread.run_sync(access.log_in, name, said.get("password", ""), address_of(request.scope))
        except TooManyAttempts as error:
            headers = {**_NO_STORE, "Retry-After": str(math.ceil(error.wait_s))}
            return HTMLResponse(login_page(title, wanted, str(error), name), 429, headers)
        if token is None:
            return HTMLResponse(login_page(title, wanted, _WRONG, name), 401, _NO_STORE)
        response = RedirectResponse(f"./{_local(wanted)}", 303, _NO_STORE)
        response.set_cookie(COOKIE, token, **_cookie(request, LASTS_S))
        return response

    @router.post("/logout", include_in_schema=False)
    def log_out(request: Request) -> Response:
        access.sessions.close(token_of(request.headers.get("cookie", "")))
        response = RedirectResponse("login", 303, {**_NO_STORE, "Clear-Site-Data": '"storage"'})
        response.set_cookie(COOKIE, "", **_cookie(request, 0))
        return response

    @router.post("/api/token", tags=["login"], response_model=Token, responses={401: {}, 429: {}})
    def token(credentials: Credentials, request: Request) -> Any:
        """A token for a program, in place of sending the password with every call."""
        try:
            found = access.log_in(credentials.name, credentials.password, address_of(request.scope))
        except TooManyAttempts as error:
            return JSONResponse({"error": str(error)}, 429, {"Retry-After": str(math.ceil(error.wait_s))})
        if found is None:
            return JSONResponse({"error": _WRONG}, 401)
        return JSONResponse({"token": found, "expires_in": LASTS_S}, headers=_NO_STORE)

    return router


_NO_STORE = {"Cache-Control": "no-store"}


def login_page(title: str, wanted: str = "", problem: str = "", name: str = "") -> str:
    """The page that asks for name and password. Its style is inside, since everything else is closed.

    :param wanted: where to go afterwards. :param problem: why the last try failed.
    """
    style = _COLOURS.read_text(encoding="utf-8") + (_STATIC / "login.css").read_text(encoding="utf-8")
    said = f'<p class="cw-problem" role="alert">{escaped(problem)}</p>' if problem else ""
    first, second = ("", " autofocus") if name else (" autofocus", "")
    return (
        '<!doctype html><html lang="en" class="cw-page"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>Log in · {escaped(title)}</title><style>{style}</style></head>"
        f'<body><main class="cw-login"><h1>{escaped(title)}</h1><form method="post" action="login">{said}'
        '<label for="name">Name</label><input id="name" name="name" autocomplete="username" autocapitalize="none" '
        f'spellcheck="false" required maxlength="64" value="{escaped(name[:64])}"{first}>'
        '<label for="password">Password</label><input id="password" name="password" type="password" '
        f'autocomplete="current-password" required maxlength="1000"{second}>'
        f'<input type="hidden" name="next" value="{escaped(_local(wanted))}"><button>Log in</button></form></main></body></html>'
    )


def _local(wanted: str) -> str:
    return wanted if _LOCAL.fullmatch(wanted) else ""


def _cookie(request: Request, lasts_s: int) -> dict[str, Any]:
    return {
        "max_age": lasts_s,
        "path": request.scope.get("root_path", "") + "/",
        "httponly": True,
        "samesite": "strict",
        "secure": request.url.scheme == "https",
    }
