# `make help` lists what there is. Every target works in a fresh clone: it installs what it needs first.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo run test lint format types bench docs screenshots assets messages lock clean

PY := .venv/bin/python
ARGS ?=

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1  /p' $(MAKEFILE_LIST) | awk '{name=$$1; $$1=""; printf "  make %-12s%s\n", name, $$0}'

install: ## .venv with Kith and its assets; afterwards the command is .venv/bin/kith
	@sh tools/install.sh base

install-dev:
	@sh tools/install.sh dev

demo: install ## a working Kith with sample data; address and sign-in are printed
	.venv/bin/kith demo $(ARGS)

run: install ## Kith on an empty database of its own
	.venv/bin/kith serve $(ARGS)

test: install-dev ## the test run; ARGS="-k deals" for a part of it
	@$(PY) tools/run_tests.py $(ARGS)

lint: install-dev ## style, formatting, import rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports

format: install-dev ## puts the formatting right
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: install-dev ## the type checker
	$(PY) -m mypy

bench: install-dev ## timed runs (long); ARGS="--help" for the choices
	$(PY) -m benchmarks $(ARGS)

docs: install-dev ## checks the pages under docs/: every link and every file they name
	$(PY) tools/docs.py $(ARGS)

screenshots: install-dev ## pictures of the main pages, into docs/pictures
	$(PY) tools/screenshots.py $(ARGS)

assets: install ## rebuilds the browser assets and message catalogues that changed
	@$(PY) hatch_build.py

messages: install-dev ## collects new strings into the catalogues, then says what is missing
	$(PY) tools/messages.py extract
	$(PY) tools/messages.py check

lock: ## resolves the dependencies again, into requirements/*.txt
	@sh tools/lock.sh $(ARGS)

clean: ## removes what was built, not your data
	rm -rf .venv build dist frontend/node_modules src/kith/surfaces/web/static/dist
