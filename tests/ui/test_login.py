"""The application with users: everything is closed without a login, and what one user began is closed to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.ui.routes import routes
from ui.auth.attempts import PER_PAIR
from ui.auth.users import Users, add_user
from ui.shield import CSP

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from assistant.assistant import Assistant

PASSWORDS = {"dana": "correct horse battery", "mo": "another long word"}
#: everything else needs a login
OPEN = {"/login", "/healthz", "/readyz", "/api/token"}
QUESTION = {"question": "What did the Kremlin say about NATO?"}


@pytest.fixture(scope="module")
def app(seeds_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    from ui.app import Options, create_app
    from ui.library.changes import Changes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.auth.passwords._N", 2**14)
        patch.setattr("ui.auth.passwords._P", 1)
        file = tmp_path_factory.mktemp("users") / "users.txt"
        for name, password in PASSWORDS.items():
            add_user(file, name, password)
        yield create_app(seeds_assistant, options=Options(Users(file), Changes(seeds_assistant.index_dir)))


@pytest.fixture
def visit(app: FastAPI) -> Iterator[Any]:
    """Browsers, each with its own cookies and, as the server sees it, its own address."""
    from starlette.testclient import TestClient

    made: list[TestClient] = []

    def new(name: str = "") -> TestClient:
        address = (f"10.1.{id(made) % 250}.{len(made)}", 5000)
        client = TestClient(app, base_url="http://news.example:8000", client=address, follow_redirects=False)
        made.append(client)
        if name:
            assert client.post("/login", data={"name": name, "password": PASSWORDS[name]}).status_code == 303
        return client

    yield new
    for client in made:
        client.close()


def test_every_route_is_closed_without_a_login(app: FastAPI, visit: Any) -> None:
    found = set(routes(app))
    paths = {path for _, path in found}
    assert {"/", "/config", "/gradio_api/queue/join", "/gradio_api/queue/data", "/api/answer", "/library", "/metrics"} <= paths
    client = visit()
    for method, path in sorted(found):
        if path in OPEN:
            continue
        response = client.request(method, path)
        assert response.status_code in (401, 404), (method, path, response.status_code)
        page = client.request(method, path, headers={"accept": "text/html"})
        assert page.status_code in (303, 401, 404), (method, path, page.status_code)
        assert response.headers["content-security-policy"] == CSP


@pytest.mark.parametrize(
    "path", ["/ui/chat.js", "/library/static/library.js", "/assets/index.js", "/static/img/logo.svg", "/theme.css"]
)
def test_files_are_closed_too(visit: Any, path: str) -> None:
    assert visit().get(path).status_code == 401


def test_what_is_open_says_nothing_of_the_articles(visit: Any) -> None:
    client = visit()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    page = client.get("/login")
    assert page.status_code == 200 and "Zelensky" not in page.text and "http" not in re.sub(r"<style>.*?</style>", "", page.text)
    assert page.headers["cache-control"] == "no-store"


def test_no_websocket_is_opened(visit: Any) -> None:
    from starlette.websockets import WebSocketDisconnect

    for name in ("", "dana"):
        with pytest.raises(WebSocketDisconnect), visit(name).websocket_connect("/gradio_api/queue/join"):
            pass


def test_logging_in_leads_to_what_was_wanted_and_out_again(visit: Any) -> None:
    client = visit()
    away = client.get("/library?q=peace+talks&since=2025-01-01", headers={"accept": "text/html"})
    assert away.status_code == 303 and away.headers["location"] == "login?next=library%3Fq%3Dpeace%2Btalks%26since%3D2025-01-01"
    page = client.get("/" + away.headers["location"])
    assert 'value="library?q=peace+talks&amp;since=2025-01-01"' in page.text
    form = {"name": "dana", "password": PASSWORDS["dana"], "next": "library?q=peace+talks&since=2025-01-01"}
    entered = client.post("/login", data=form)
    assert (entered.status_code, entered.headers["location"]) == (303, "./library?q=peace+talks&since=2025-01-01")
    cookie = entered.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "max-age=43200", "path=/")) and "secure" not in cookie
    assert "dana" in client.get("/library").text
    assert client.get("/api/status").json()["user"] == "dana"
    left = client.post("/logout")
    assert left.status_code == 303 and client.get("/api/status").status_code == 401


def test_over_https_the_cookie_is_for_https_only(app: FastAPI) -> None:
    from starlette.testclient import TestClient

    with_https = TestClient(app, base_url="https://news.example", client=("10.2.0.1", 1), follow_redirects=False)
    entered = with_https.post("/login", data={"name": "dana", "password": PASSWORDS["dana"]})
    assert "; secure" in entered.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "../x", "a\r\nSet-Cookie: x=1", '"><b>'],
)
def test_logging_in_leads_nowhere_else(visit: Any, wanted: str) -> None:
    client = visit()
    page = client.get("/login", params={"next": wanted})
    entered = client.post("/login", data={"name": "dana", "password": PASSWORDS["dana"], "next": wanted})
    for target in (re.findall(r'name="next" value="([^"]*)"', page.text)[0], entered.headers["location"]):
        parts = urlsplit(target)
        assert not parts.scheme and not parts.netloc and not target.startswith(("/", "\\")) and "<" not in target
    assert (
        entered.headers.get_list("set-cookie")[0].startswith("citewire_session=")
        and len(entered.headers.get_list("set-cookie")) == 1
    )


def test_a_wrong_password_is_said_and_guessing_ends(visit: Any) -> None:
    client = visit()
    for _ in range(PER_PAIR):
        wrong = client.post("/login", data={"name": "<i>mo", "password": "guess"})
        assert wrong.status_code == 401 and "do not fit" in wrong.text and "&lt;i&gt;mo" in wrong.text and "<i>" not in wrong.text
    ended = client.post("/login", data={"name": "<i>mo", "password": "guess"})
    assert ended.status_code == 429 and "Too many failed logins" in ended.text and int(ended.headers["retry-after"]) > 800
    assert client.post("/login", content=b"\xff" * 20_000).status_code == 401


def test_a_foreign_page_cannot_log_anybody_in_or_out(visit: Any) -> None:
    client = visit("dana")
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert client.post("/login", data={"name": "mo", "password": PASSWORDS["mo"]}, headers=headers).status_code == 403
        assert client.post("/logout", headers=headers).status_code == 403
        assert client.post("/api/library/rebuild", headers={**headers, "x-citewire": "1"}).status_code == 403
    assert client.get("/api/status").json()["user"] == "dana"


def test_programs_log_in_with_basic_or_a_token(visit: Any) -> None:
    client = visit()
    assert client.post("/api/search", json=QUESTION).status_code == 401
    assert "basic" not in client.post("/api/search", json=QUESTION).headers["www-authenticate"].lower()
    assert client.post("/api/search", json=QUESTION, auth=("dana", PASSWORDS["dana"])).json()[0]["rank"] == 1
    assert client.post("/api/search", json=QUESTION, auth=("dana", "guess")).status_code == 401
    assert client.post("/api/token", json={"name": "dana", "password": "guess"}).status_code == 401
    token = client.post("/api/token", json={"name": "mo", "password": PASSWORDS["mo"]}).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert client.get("/api/status", headers=bearer).json()["user"] == "mo"
    assert b"citewire_questions" in client.get("/metrics", headers=bearer).content
    security = client.get("/api/openapi.json", headers=bearer).json()["components"]["securitySchemes"]
    assert {scheme["scheme"] for scheme in security.values()} == {"basic", "bearer"}


def test_a_session_of_gradio_belongs_to_who_began_it(visit: Any) -> None:
    dana, mo = visit("dana"), visit("mo")
    call = {"session_hash": "abc123", "fn_index": 0, "data": [], "event_id": "e"}
    assert dana.post("/gradio_api/run/predict", json=call).status_code != 403
    for path in ("/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/run/predict", "/gradio_api/reset"):
        refused = mo.post(path, json=call)
        assert refused.status_code == 403 and "somebody else's" in refused.json()["detail"]
    assert mo.get("/gradio_api/queue/data", params={"session_hash": "abc123"}).status_code == 403
    assert mo.get("/gradio_api/heartbeat/abc123").status_code == 403
    for path in (
        "/gradio_api/queue/data?session_hash=mine&session_hash=abc123",
        "/gradio_api/queue/data?session_hash=abc123&session_hash=mine",
        "/gradio_api/queue/data?session_hash=&session_hash=abc123",
        "/gradio_api/heartbeat/abc123?session_hash=mine",
        "/gradio_api/heartbeat/mine?session_hash=abc123",
        "/gradio_api/queue/data?session_hash=mine&session_hash=mine2",
    ):
        assert mo.get(path).status_code == 403, f"{path}: which of the two Gradio takes is not for a guess"
    assert mo.post("/gradio_api/run/predict?session_hash=mine", json=call).status_code == 403
    assert mo.post("/gradio_api/run/predict?session_hash=abc123", json={**call, "session_hash": "mine"}).status_code == 403
    assert dana.post("/gradio_api/reset", json=call).status_code == 200
    assert dana.post("/gradio_api/reset", content=b"x" * 1_100_000).status_code == 413


def test_the_page_itself_is_served_to_a_user(visit: Any) -> None:
    client = visit("dana")
    assert client.get("/").status_code == 200 and client.get("/config").json()["username"] == "dana"


def test_a_removed_user_is_out_at_once(seeds_assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.testclient import TestClient

    from ui.app import Options, create_app
    from ui.auth.users import remove_user

    monkeypatch.setattr("ui.auth.passwords._N", 2**14)
    add_user(tmp_path / "users.txt", "dana", PASSWORDS["dana"])
    client = TestClient(create_app(seeds_assistant, options=Options(Users(tmp_path / "users.txt"))), base_url="http://localhost")
    token = client.post("/api/token", json={"name": "dana", "password": PASSWORDS["dana"]}).json()["token"]
    assert client.get("/api/status", headers={"authorization": f"Bearer {token}"}).status_code == 200
    remove_user(tmp_path / "users.txt", "dana")
    assert client.get("/api/status", headers={"authorization": f"Bearer {token}"}).status_code == 401
