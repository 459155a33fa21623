# `make chat` sets up everything and serves the chat; `make test` sets up what tests need and passes them.
# Settings: SOURCES=folder make chat (your own articles), PYTHON=python3.11, CITEWIRE_MODELS, CITEWIRE_PORT, CITEWIRE_LLM.

SOURCES ?= seeds
VENV := .venv
BIN := $(VENV)/bin
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for p in python3 python3.11 python3.12; do $$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done)
TEST_MODELS := all-MiniLM-L6-v2 smollm2-135m-instruct qwen2.5-coder-1.5b-instruct
UV := uv==0.13.9

.DEFAULT_GOAL := help
.PHONY: help python setup chat test lint lock clean

help: ## this list
	@echo "Citewire: ask a collection of news articles; every sentence of the answer carries a quote."; echo
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST)
	@echo; echo "  SOURCES=folder make chat     your own articles instead of seeds/"
	@echo "  make chat ARGS=--no-llm      answers from quotes only, no answer model"

python:
	@test -n "$(PYTHON)" || { echo "citewire: Citewire needs Python 3.11 or 3.12 and found neither: install one (Debian:" \
	    "apt-get install python3 python3-venv) or name it with PYTHON=/path/to/python3.11." >&2; exit 1; }

setup: python ## the environment .venv from requirements.lock
	@$(PYTHON) .ci/bootstrap.py setup

chat: setup ## set up everything, index $(SOURCES), serve the chat
	@if test -e "$(SOURCES)"; then set -- "$(SOURCES)"; else set -- $(SOURCES); fi; exec $(BIN)/citewire chat "$$@" $(ARGS)

test: setup ## set up what tests need, pass all of them
	@$(PYTHON) .ci/bootstrap.py browser
	@$(BIN)/citewire models pull $(TEST_MODELS)
	@$(BIN)/python -m pytest -m "" $(ARGS)

lint: setup ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy index assistant ui

# The two packages left out are for Pythons and platforms that pyproject.toml excludes.
lock: python ## resolve pyproject.toml anew into requirements.lock; pins that still fit stay (ARGS=--upgrade moves them)
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet $(UV); }
	@build/lock/bin/uv pip compile --quiet --config-file .ci/uv.toml --universal --python-version 3.11 --extra dev \
	    --no-emit-package audioop-lts --no-emit-package httpx2-jsfetch --no-emit-index-url --no-header \
	    $(ARGS) pyproject.toml --output-file requirements.lock >/dev/null

clean: ## remove the environment and what was built (models and data/ stay)
	rm -rf $(VENV) build dist *.egg-info
