"""The MCP server as a client meets it, also as a process of its own, spoken to over its stdin and stdout."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from assistant import Assistant
from ui.mcp.server import mcp_server

ROOT = Path(__file__).resolve().parents[2]
SHIPS = "How many ships did the nine-day strike in Port Mallory leave waiting at sea?"
Talk = Callable[[Client], Awaitable[Any]]


@pytest.fixture(params=["in this process", pytest.param("over stdio", marks=pytest.mark.slow)])
def talk(request: pytest.FixtureRequest, fixtures_index: Path) -> Iterator[Callable[[Talk], Any]]:
    """Runs a conversation with the server over the articles written for the tests: here, or with a fresh `citewire mcp`."""
    arguments = ["-m", "ui.cli", "mcp", "--index", str(fixtures_index), "--no-llm"]
    with closing(Assistant(index_dir=fixtures_index, llm="none")) as assistant:
        over_stdio = StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)
        server = over_stdio if request.param == "over stdio" else mcp_server(assistant)

        def run(conversation: Talk) -> Any:
            async def main() -> Any:
                async with Client(server) as client:
                    return await conversation(client)

            return anyio.run(main)

        yield run


def test_a_whole_conversation(talk: Callable[[Talk], Any]) -> None:
    async def conversation(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask", "search", "read", "list_sources"}
        assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in tools.values())
        assert "question" in tools["ask"].input_schema["required"]

        library = (await client.call_tool("list_sources", {})).structured_content
        assert library and library["articles"] == 10 and library["sources"]["Northern Wire"] >= 1

        told = (await client.call_tool("ask", {"question": SHIPS})).structured_content
        assert told and not told["abstained"] and "41" in told["text"] and told["citations"]
        first = told["citations"][0]
        piece = (await client.call_tool("read", {"article_id": first["article_id"]})).structured_content
        assert piece and piece["text"][first["start"] : first["end"]] == first["quote"] and piece["next_start"] is None

        none = (await client.call_tool("ask", {"question": "Who won the 2022 World Cup?"})).structured_content
        assert none and none["abstained"] and none["reason"] and none["nearest"] and not none["citations"]

        query = {"query": "strike of the dockers", "top_k": 3, "since": "2025-03-01"}
        found = (await client.call_tool("search", query)).structured_content
        assert found and 1 <= len(found["result"]) <= 3
        assert all(hit["published"] >= "2025-03-01" for hit in found["result"])

        assert found["filters"]["since"] == "2025-03-01" and found["filters"]["said"] == [] == found["notices"]

        query = {"query": "What was said about the cost of the Silver Bridge since 9 April 2025?"}
        found = (await client.call_tool("search", query)).structured_content
        assert found and found["filters"]["said"] == ["since 9 April 2025"] and found["result"]

        chosen = {"articles": [first["article_id"], "gone.txt"]}
        found = (await client.call_tool("search", {"query": SHIPS, **chosen})).structured_content
        assert found and {hit["article_id"] for hit in found["result"]} == {first["article_id"]}
        told = (await client.call_tool("ask", {"question": SHIPS, **chosen})).structured_content
        assert told and {c["article_id"] for c in told["citations"]} == {first["article_id"]}
        assert told["filters"]["articles"] == chosen["articles"]

        for name, arguments, said in [
            ("read", {"article_id": "../../etc/passwd"}, "There is no article"),
            ("search", {"query": "x", "top_k": 5000}, "top_k"),
            ("ask", {"question": "When?", "since": "soon"}, "since"),
        ]:
            failed = await client.call_tool(name, arguments)
            assert failed.is_error and said in failed.content[0].text

    talk(conversation)
