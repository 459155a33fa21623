"""`citewire chat`: everything from a folder of articles to a chat in the browser."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import AsJson, Host, IndexDir, Llm, LlmModel, NoLlm, Port
from ui.library import MAX_UPLOAD_MB
from ui.limits import PER_MINUTE
from ui.terminal import columns, reports_errors, say

if TYPE_CHECKING:
    from ui.app import Options
    from ui.library.changes import Changes

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Articles to index first; without any, the index as it is.", show_default=False),
]
AuthFile = Annotated[
    Path | None,
    typer.Option(
        "--auth", metavar="FILE", envvar="CITEWIRE_AUTH", help="Only these users may come in: see `citewire users add --help`."
    ),
]
AllowChanges = Annotated[
    bool,
    typer.Option(
        "--allow-changes", envvar="CITEWIRE_ALLOW_CHANGES", help="Let the library page add and delete articles, and rebuild."
    ),
]
MaxUpload = Annotated[
    int,
    typer.Option("--max-upload", metavar="MB", envvar="CITEWIRE_MAX_UPLOAD", min=1, max=1000, help="Largest file to be added."),
]
RateLimit = Annotated[
    int,
    typer.Option(
        "--rate-limit",
        metavar="N",
        envvar="CITEWIRE_RATE_LIMIT",
        min=0,
        help="Questions a minute for each user, or without --auth for each address; 0 for as many as they like.",
    ),
]
BehindProxy = Annotated[
    str,
    typer.Option(
        "--behind-proxy",
        metavar="ADDRESS",
        envvar="CITEWIRE_BEHIND_PROXY",
        help="The proxy in front, e.g. 127.0.0.1: only it is believed about who asks, and whether over https.",
        show_default=False,
    ),
]


@reports_errors
def chat(
    paths: Paths = None,
    index_dir: IndexDir = Path("data"),
    llm: Llm = "auto",
    no_llm: NoLlm = False,
    llm_model: LlmModel = "",
    host: Host = "127.0.0.1",
    port: Port = 7860,
    auth: AuthFile = None,
    allow_changes: AllowChanges = False,
    max_upload: MaxUpload = MAX_UPLOAD_MB,
    rate_limit: RateLimit = PER_MINUTE,
    behind_proxy: BehindProxy = "",
    as_json: AsJson = False,
) -> None:
    """Index articles if any are named, then serve the chat until Ctrl-C.

    The models are fetched if they are missing: the small one for searching first, then, while the chat already answers from
    quotes, the one that writes answers (1.1 GB; --no-llm never asks for it). With --json the address is one JSON document.

    With --allow-changes the library page takes files, which are kept in the index's folder `uploads`; what is in your own folders
    is only ever read. Any --host that other machines reach needs --auth, and should have a proxy before it that speaks https.
    Name that proxy with --behind-proxy: without it all who come through it count as one address, so that a few wrong passwords
    keep everybody out for a while, and the login's cookie is not for https only.

    Paths that the last `citewire build` read are read as it did, with its --field and --max-file-mb.

    \b
    citewire chat articles/
    citewire chat --port 8000 --no-llm
    citewire chat articles/ --allow-changes
    citewire chat --host 0.0.0.0 --auth users.txt
    citewire chat --auth users.txt --behind-proxy 127.0.0.1
    """
    hub = None if "HF_HUB_OFFLINE" in os.environ else True  # ui.offline sets it for everything but this
    from ui.auth.users import Users
    from ui.serving import listen, require_login

    users = Users(auth) if auth else None
    require_login(host, users is not None)
    listen(host, port).close()  # a port that is taken is said now, not after the download and the build
    _require_index(paths, index_dir)
    from ui.commands.opening import pull_embedding_model

    pull_embedding_model(hub)
    if paths:
        _build(paths, index_dir)
    from ui.app import Options

    changes = _changes(index_dir, paths, max_upload) if allow_changes else None
    options = Options(users, changes, rate_limit, behind_proxy)
    _serve(index_dir, "none" if no_llm else llm, llm_model, host, port, hub, as_json, options)


def _require_index(paths: list[Path] | None, index_dir: Path) -> None:
    from index.configured import is_configured
    from index.errors import IndexMissing
    from index.generations import current_name

    if not paths and current_name(index_dir) is None and not is_configured():
        raise IndexMissing(f"There is no index in {index_dir} yet: name your articles, as in `citewire chat articles/`.")


def _build(paths: list[Path], index_dir: Path) -> None:
    from index import build
    from index.known_sources import read_options_for
    from ui.library.uploads import with_uploads
    from ui.progress import BuildProgress
    from ui.reports import report_text

    sources, options = with_uploads(paths, index_dir), read_options_for(index_dir, paths)
    with BuildProgress() as progress:
        report = build(sources, index_dir, read_options=options, on_progress=progress)
    say(report_text(report, columns()))


def _changes(index_dir: Path, paths: list[Path] | None, max_upload: int) -> Changes:
    """:raises CitewireUIError: if a rebuild would not know what the index was built from, and so lose all of it."""
    from ui.library.changes import Changes

    changes = Changes(index_dir, paths or (), max_upload)
    changes.require_sources()
    return changes


def _serve(
    index_dir: Path, llm: str, llm_model: str, host: str, port: int, hub: bool | None, as_json: bool, options: Options
) -> None:
    from ui.app import serve
    from ui.commands.opening import AnswerModelPull, model_to_pull, open_assistant, warm
    from ui.output import to_json

    missing = model_to_pull(llm)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways of ending clean up
    with closing(open_assistant(index_dir, "none" if missing else llm, False, llm_model)) as assistant:
        pull = AnswerModelPull(assistant, missing, hub) if missing else None
        warming = Thread(target=warm, args=(assistant,), name="warm", daemon=True)

        def on_ready(address: str) -> None:
            typer.echo(to_json({"address": address}) if as_json else f"The chat is at {address}  (Ctrl-C ends it)")
            warming.start()
            if pull:
                say(f"Answers are composed of quotes while {missing} is being fetched.")
                pull.start()

        try:
            with suppress(KeyboardInterrupt):
                serve(assistant, host, port, on_ready, options)
        finally:
            if pull:
                pull.stop()
    say("Stopped.")
    _end(warming)


def _end(warming: Thread) -> None:
    """Python takes a thread that is still loading a model down by force, and its C++ then aborts the process."""
    if warming.is_alive():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # nobody waits for a model that nobody will ask; everything of ours is closed
