"""`citewire mcp`: the articles as tools for another program's assistant, over stdin and stdout."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from ui.commands.options import IndexDir, Llm, LlmModel, NoLlm
from ui.terminal import reports_errors


@reports_errors
def mcp(index_dir: IndexDir = Path("data"), llm: Llm = "auto", no_llm: NoLlm = False, llm_model: LlmModel = "") -> None:
    """Serve the tools ask, search, read and list_sources over the Model Context Protocol (stdio), until stdin ends.

    Name it in the settings of the program that is to use it; the path must be absolute.

    \b
    {"mcpServers": {"citewire": {"command": "citewire", "args": ["mcp", "--index", "/path/to/data"]}}}
    """
    from ui.commands.opening import open_assistant
    from ui.mcp.server import mcp_server

    with closing(open_assistant(index_dir, llm, no_llm, llm_model)) as assistant:
        mcp_server(assistant).run("stdio")
