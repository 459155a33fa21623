"""An OpenAI-compatible server of one local model, for `CITEWIRE_LLM`: `python serve_model.py NAME|FILE.gguf [--port 8080]`.

It is llama.cpp's own server, from the package that answers in the chat's process too; vLLM, Ollama or a hosted API do as well.
With CITEWIRE_LLM_KEY set, only who sends that key is answered. It ends with SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads take the core from the one they wait for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a model of `citewire models list` that is on this machine, or a GGUF file")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--context", type=int, default=4096, help="tokens of prompt and answer together, of each answer")
    parser.add_argument("--parallel", type=int, default=2, help="how many answers are written at once")
    args = parser.parse_args()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model_file(args.model))
    params.model_alias = {args.model}
    params.hostnames, params.port = [args.host], args.port
    params.api_keys = [key] if (key := os.environ.get("CITEWIRE_LLM_KEY", "")) else []
    params.n_parallel, params.n_ctx = args.parallel, args.context * args.parallel
    params.n_batch = 128  # a cancelled answer stops between two batches
    params.cache_ram_mib = 256
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 1
    params.fit_params = params.warmup = params.ui = params.endpoint_slots = False
    params.verbosity = 0
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        sys.exit(f"{args.model} cannot be served on {args.host}:{args.port} ({error}). Check the file, the memory and the port.")
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    ended.wait()


def model_file(named: str) -> Path:
    """:raises SystemExit: if there is no such model here."""
    from assistant.models import MODELS, model_path, status

    path = Path(named).expanduser()
    if path.suffix.lower() == ".gguf" and path.is_file():
        return path
    if named in MODELS and MODELS[named].role != "embedding" and status(MODELS[named]) == "ready":
        return model_path(named)
    sys.exit(f"{named} is no answer model that is here: `citewire models list` shows them, `citewire models pull` fetches one.")


if __name__ == "__main__":
    main()
