"""The web application: its headers, what is closed, how an article is fetched, and where it refuses to listen."""

from __future__ import annotations

import socket
import threading
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.ui.routes import routes
from ui.app import serve
from ui.errors import HostRefused, PortInUse
from ui.serving import address, listen, require_login
from ui.shield import CSP, is_public

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from assistant.assistant import Assistant

SEED = "000_38252a82f9210cae.txt"
CLOSED = """
POST /gradio_api/upload
GET /gradio_api/info
GET /gradio_api/openapi.json
GET /monitoring
GET /gradio_api/monitoring
GET /monitoring/summary
GET /gradio_api/file=/etc/passwd
GET /gradio_api/proxy=http://example.org
POST /gradio_api/call/ask
POST /gradio_api/call/v2/ask
POST /gradio_api/api/ask
POST /gradio_api/run/ask
GET /gradio_api/runs
GET /gradio_api/vibe-code
POST /gradio_api/vibe-edit
POST /gradio_api/run-history/connect
POST /login
GET /gradio_api/deep_link
GET /docs
GET /openapi.json
POST /gradio_api/process_recording
GET /gradio_api/profiling/traces
POST /gradio_api/component_server
GET /gradio_api/dev/reload
GET /pwa_icon
GET /svelte/x
""".split("\n")[1:-1]


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/status", "/api/article?id=no", "/ui/chat.css", "/gradio_api/upload", "/nothing"]
)
def test_every_response_has_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers.get_list("content-security-policy") == [CSP]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


def test_the_policy_lets_nothing_in_from_outside() -> None:
    assert "http" not in CSP and "*" not in CSP and "unsafe-eval" not in CSP
    assert "default-src 'self'" in CSP and "frame-ancestors 'none'" in CSP


def test_health_and_status(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    status = client.get("/api/status").json()
    assert (status["ok"], status["articles"], status["model"]) == (True, 1, "none")
    assert status["line"] == "1 article · quotes only"


def test_the_page_names_its_own_files_only(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "Citewire" in page.text
    for name in ("citewire.css", "chat.css", "chat.js", "reader.js"):
        assert f"ui/{name}" in page.text
        assert client.get(f"/ui/{name}").status_code == 200
    assert client.get("/ui/../app.py").status_code == 404


@pytest.mark.parametrize("call", CLOSED)
def test_what_the_chat_does_not_need_is_closed(client: TestClient, call: str) -> None:
    method, path = call.split(" ", 1)
    files = {"files": ("x.txt", b"x")} if path.endswith("upload") else None
    assert client.request(method, path, files=files).status_code == 404


def test_what_is_answered_is_this_and_nothing_else(client: TestClient) -> None:
    """A new version of Gradio, or a new router, brings routes that somebody has to want first."""
    answered = {path for _, path in routes(client.app) if is_public(path)}
    own = {path for path in answered if path.startswith("/api/")}
    assert own == {
        "/api/answer", "/api/answer/stream", "/api/search", "/api/find", "/api/articles", "/api/articles/x", "/api/article",
        "/api/status",
        "/api/docs", "/api/openapi.json", "/api/x", "/api/export",
    }  # fmt: skip
    assert answered - own == {
        "/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/healthz", "/readyz", "/metrics", "/read", "/library",
        "/assets/x", "/static/x", "/gradio_api/queue/join", "/gradio_api/queue/data",
        "/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/startup-events", "/gradio_api/theme.css",
        "/gradio_api/heartbeat/x",
    }  # fmt: skip


def test_every_route_of_gradio_is_closed_unless_listed() -> None:
    """A new version of Gradio brings new routes: they stay closed."""
    for path in (
        "/gradio_api/brand-new",
        "/brand-new",
        "/gradio_api/queue",
        "/gradio_api",
        "/gradio_apix/queue/join",
        "//config",
    ):
        assert not is_public(path)


def test_the_api_of_gradio_is_not_described(client: TestClient) -> None:
    config = client.get("/config").json()
    assert {dependency["api_visibility"] for dependency in config["dependencies"]} == {"private"}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200), ("localhost", 200), ("[::1]:9", 200), ("127.0.0.2:7860", 200), ("", 421), ("[::1", 421),
        ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("192.168.1.7", 421), ("localhost.evil.example", 421),
    ],
)  # fmt: skip
def test_only_this_machines_names_are_answered(client: TestClient, host: str, status: int) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:7860", 200), ("http://localhost:7860", 403), ("http://evil.example", 403), ("null", 403)],
)
def test_only_the_chats_own_page_may_ask(client: TestClient, origin: str, status: int) -> None:
    headers = {"host": "127.0.0.1:7860", "origin": origin}
    assert client.get("/api/status", headers=headers).status_code == status
    preflight = client.options("/gradio_api/queue/join", headers=headers | {"access-control-request-method": "POST"})
    assert (preflight.status_code == 403) == (status == 403)


@pytest.mark.parametrize(
    ("site", "mode", "dest", "status"),
    [
        ("cross-site", "no-cors", "image", 403), ("same-site", "no-cors", "script", 403),
        ("cross-site", "navigate", "iframe", 403), ("cross-site", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200), ("none", "navigate", "document", 200),
    ],
)  # fmt: skip
def test_a_foreign_page_cannot_have_its_visitors_ask(client: TestClient, site: str, mode: str, dest: str, status: int) -> None:
    """`<img src="http://127.0.0.1:7860/api/search?q=…">` would spend what the user may ask in a minute."""
    headers = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
    assert client.get("/api/search", params={"q": "NATO"}, headers=headers).status_code == status
    assert client.get("/", headers=headers).status_code == 200, "a link to the chat may stand anywhere"
    if status == 403:
        assert client.get("/gradio_api/queue/data", params={"session_hash": "x"}, headers=headers).status_code == 403


def test_an_article_comes_with_its_quote_cut_out(client: TestClient, seeds_assistant: Assistant) -> None:
    citation = seeds_assistant.answer("What did the Kremlin say about NATO?").citations[0]
    query = {"id": citation.article_id, "start": citation.start, "end": citation.end}
    article = client.get("/api/article", params=query).json()
    assert article["quote"] == citation.quote
    assert article["before"] + article["quote"] + article["after"] == seeds_assistant.article(SEED).text
    page = client.get("/read", params=query)
    assert page.headers["content-type"].startswith("text/html") and '<mark id="quote">' in page.text


@pytest.mark.parametrize("id", ["no-such", "../../etc/passwd", "<script>alert(1)</script>", "a/../b?c#d", ""])
def test_an_unknown_article_is_a_sentence_and_never_html(client: TestClient, id: str) -> None:
    for path in ("/api/article", "/read"):
        response = client.get(path, params={"id": id})
        assert response.status_code == 404
        assert response.headers["content-type"].startswith("application/json") and response.json()["error"]


def test_an_occupied_port_is_named_with_the_next_step() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"Port {port} on 127\.0\.0\.1 cannot be had .* --port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])
def test_hosts_that_others_can_reach_are_refused(seeds_assistant: Assistant, host: str) -> None:
    with pytest.raises(HostRefused, match="no login.*citewire users add"):
        serve(seeds_assistant, host=host, port=0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_is_served(host: str) -> None:
    require_login(host, has_users=False)


def test_the_address_says_where_it_listens() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        assert address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_serving_calls_back_when_it_answers(seeds_assistant: Assistant) -> None:
    ready, addresses = threading.Event(), []

    def on_ready(address: str) -> None:
        addresses.append(address)
        ready.set()

    threading.Thread(target=serve, args=(seeds_assistant, "127.0.0.1", 0, on_ready), daemon=True).start()
    assert ready.wait(60), "the server did not start"
    with urllib.request.urlopen(f"{addresses[0]}healthz", timeout=10) as response:
        assert response.read() == b'{"status":"ok"}'
