"""The description of the REST interface: as OpenAPI, and as a page that loads nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse

from ui.markup import escaped

_ABOUT = (
    "Every sentence of an answer carries a verbatim quote: `article.text[start:end] == quote`. Offsets count characters "
    "(Unicode code points) and are half-open. Every failure is `{\"error\": \"a sentence\"}`."
)  # fmt: skip
_LOGIN = "With a login, send `Authorization: Basic …` with a user's name and password, or `Bearer …` with what /api/token gave."
_STYLE = Path(__file__).parent / "static" / "docs.css"
_METHODS = ("get", "post", "put", "delete")


def described_routes(app: FastAPI, title: str, has_login: bool) -> APIRouter:
    """`/api/openapi.json` and `/api/docs`. Both are made when they are first asked for, from the routes that are there then."""
    router, made = APIRouter(prefix="/api", include_in_schema=False), dict[str, Any]()

    def spec() -> dict[str, Any]:
        if not made:
            about = f"{_ABOUT}\n\n{_LOGIN}" if has_login else _ABOUT
            made.update(get_openapi(title=f"{title} API", version=_version(), description=about, routes=app.routes))
            _name_problems(made)
            if has_login:
                made.setdefault("components", {})["securitySchemes"] = {
                    "basic": {"type": "http", "scheme": "basic"},
                    "bearer": {"type": "http", "scheme": "bearer"},
                }
                made["security"] = [{"basic": []}, {"bearer": []}]
        return made

    @router.get("/openapi.json")
    def openapi() -> JSONResponse:
        return JSONResponse(spec())

    @router.get("/docs")
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(spec()))

    return router


def _name_problems(spec: dict[str, Any]) -> None:
    """FastAPI describes its own form of a refused request; ours is `Problem`."""
    for _, _, operation in _operations(spec):
        if "422" in operation.get("responses", {}):
            content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            operation["responses"]["422"] = {"description": "The request is not as described.", "content": content}
    for name in ("HTTPValidationError", "ValidationError"):
        spec.get("components", {}).get("schemas", {}).pop(name, None)


def docs_page(spec: Mapping[str, Any]) -> str:
    """The description as one page without a script."""
    operations = "".join(_operation(path, method, what) for path, method, what in _operations(spec))
    schemas = "".join(_schema(name, schema) for name, schema in spec.get("components", {}).get("schemas", {}).items())
    about = "".join(f"<p>{_code(line)}</p>" for line in spec["info"]["description"].split("\n\n"))
    return (
        '<!doctype html><html lang="en" class="cw-page"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="../favicon.ico">'
        '<link rel="stylesheet" href="../ui/citewire.css">'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style><title>{escaped(spec['info']['title'])}</title></head>"
        f'<body><main class="cw-docs"><h1>{escaped(spec["info"]["title"])}</h1>{about}'
        f'<p><a href="openapi.json">The same as OpenAPI</a> · <a href="../">Ask the articles</a></p>'
        f"{operations}<h2>Types</h2>{schemas}</main></body></html>"
    )


def _operations(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in spec["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield path, method, methods[method]


def _operation(path: str, method: str, what: Mapping[str, Any]) -> str:
    lines = "".join(f"<p>{_code(part)}</p>" for part in what.get("description", "").split("\n\n") if part)
    rows = "".join(_field(p["name"], p.get("schema", {}), p.get("required", False), p) for p in what.get("parameters", ()))
    parameters = f'<table><caption class="cw-sr">Parameters</caption>{rows}</table>' if rows else ""
    body = _named(what.get("requestBody", {}))
    answers = "".join(_answer(status, answer) for status, answer in what.get("responses", {}).items())
    return (
        f'<section><h2><span class="cw-method">{method.upper()}</span> <code>{escaped(path)}</code></h2>{lines}{parameters}'
        f"{f'<p>Body: {body}</p>' if body else ''}<ul>{answers}</ul>{_example(path, method, what)}</section>"
    )


def _answer(status: str, answer: Mapping[str, Any]) -> str:
    parts = (f"<code>{escaped(status)}</code>", _named(answer), escaped(answer.get("description", "")))
    return f"<li>{' '.join(filter(None, parts))}</li>"


def _example(path: str, method: str, what: Mapping[str, Any]) -> str:
    content = what.get("requestBody", {}).get("content", {})
    if method != "post" or "application/json" not in content or "token" in path:
        return ""
    body = json.dumps({"question": "What did the Kremlin say about NATO?"})
    command = f"curl -N -H 'Content-Type: application/json' -d '{body}' http://127.0.0.1:7860{path}"
    return f'<pre tabindex="0">{escaped(command)}</pre>'


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    required, fields = schema.get("required", ()), schema.get("properties", {})
    rows = "".join(_field(field, what, field in required, what) for field, what in fields.items())
    caption = f'<caption class="cw-sr">Fields of {escaped(name)}</caption>'
    about = f"<p>{_code(schema.get('description', ''))}</p>" if schema.get("description") else ""
    return f'<section id="{escaped(name)}"><h3>{escaped(name)}</h3>{about}<table>{caption}{rows}</table></section>'


def _field(name: str, schema: Mapping[str, Any], required: bool, described: Mapping[str, Any]) -> str:
    default = "" if required or schema.get("default") in (None, "", []) else f" = {json.dumps(schema['default'])}"
    need = "" if required else ' <span class="cw-soft">optional</span>'
    return (
        f'<tr><th scope="row"><code>{escaped(name)}</code>{need}</th><td>{_type(schema)}{escaped(default)}</td>'
        f"<td>{_code(described.get('description', ''))}</td></tr>"
    )


def _named(holder: Mapping[str, Any]) -> str:
    return ", ".join(_type(content["schema"]) for content in holder.get("content", {}).values() if content.get("schema"))


def _type(schema: Mapping[str, Any]) -> str:
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return f'<a href="#{escaped(name)}">{escaped(name)}</a>'
    if either := schema.get("anyOf"):
        return " or ".join(_type(one) for one in either)
    if schema.get("type") == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {_type(items)}"
    if values := schema.get("enum"):
        return " | ".join(f"<code>{escaped(str(value))}</code>" for value in values)
    return escaped(str(schema.get("format") or schema.get("const") or schema.get("type") or "anything"))


def _code(text: str) -> str:
    """Words between backticks as code; the rest as text."""
    return "".join(f"<code>{escaped(part)}</code>" if i % 2 else escaped(part) for i, part in enumerate(text.split("`")))


def _version() -> str:
    try:
        return version("citewire")
    except PackageNotFoundError:
        return "0"
