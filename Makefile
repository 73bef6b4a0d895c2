# Switchboard: everything a developer does, one word each. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help run stop test lint format types unit integration e2e smoke bench test-soak lock
SHELL := /bin/bash
BIN := .venv/bin

help: ## list these targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# A prepared folder is newer than what it was prepared from.
.venv/.prepared-run: requirements.lock pyproject.toml
	@infra/setup/prepare.sh run

.venv/.prepared-dev: requirements-dev.lock pyproject.toml
	@infra/setup/prepare.sh dev

run: .venv/.prepared-run ## start everything here: Temporal, PostgreSQL, Redis, worker, API; until Ctrl-C
	@$(BIN)/switchboard up

stop: .venv/.prepared-run ## stop what `make run` started
	@$(BIN)/switchboard stop

test: lint types unit integration e2e ## lint, types and all tests, with the coverage gate

lint: .venv/.prepared-dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/.prepared-dev ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.prepared-dev ## mypy, strict on domain, workflows and activities
	$(BIN)/mypy

# Three suites add up to one coverage report; the last one holds the gate.
unit: .venv/.prepared-dev ## tests without servers
	@rm -f .coverage .coverage.*
	$(BIN)/pytest -m "unit and not soak" -n 2 --dist loadfile --cov --cov-report= --cov-fail-under=0

# Before the tests, so that no test's time limit meets the first build.
.PHONY: servers
servers: .venv/.prepared-dev
	@$(BIN)/python -m tests.servers

integration: servers ## tests against real Temporal, PostgreSQL and Redis
	$(BIN)/pytest -m "integration and not soak" -n 2 --dist loadfile --cov --cov-append --cov-report= --cov-fail-under=0

e2e: servers ## tests of the whole product, browser included, and the coverage gate
	$(BIN)/pytest -m "e2e and not soak" --cov --cov-append --cov-report=term

test-soak: servers ## the long runs: kills, freezes and storms for minutes
	$(BIN)/pytest -m soak --timeout 3600

smoke: .venv/.prepared-dev ## try a running system: SWITCHBOARD_SMOKE_URL and SWITCHBOARD_SMOKE_TOKEN say which
	@: $${SWITCHBOARD_SMOKE_URL:?the address to try, e.g. http://127.0.0.1:8000} $${SWITCHBOARD_SMOKE_TOKEN:?a bearer token for it, e.g. from .switchboard/dev.json}
	$(BIN)/pytest tests/smoke

bench: .venv/.prepared-dev ## the benchmarks; bench/README.md says how to read them
	$(BIN)/python -m bench

lock: .venv/.prepared-run ## compile the lock files anew from pyproject.toml
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile pyproject.toml $(LOCK_OPTIONS) --extra local --extra vertex -o requirements.lock
	$(BIN)/python -m uv pip compile pyproject.toml $(LOCK_OPTIONS) --all-extras -c requirements.lock -o requirements-dev.lock

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
