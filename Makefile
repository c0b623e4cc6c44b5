# The commands to know: `make` lists them. The first run of each installs what it needs; the next ones start at once.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
SETUPS := $(wildcard core/setup.cfg plugins/*/setup.cfg) constraints.txt
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install -c constraints.txt
DEMO := JALON_ENV=demo JALON_DATA_DIR=$(CURDIR)/var
PYTEST := JALON_REQUIRE_ALL=1 $(BIN)/python -m pytest
WORKERS ?= $(shell nproc)

.PHONY: help run test test-all lint types i18n wheels bench clean
help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## start the demo on http://127.0.0.1:8000
	@$(DEMO) $(BIN)/jalon db upgrade >/dev/null
	@$(DEMO) $(BIN)/jalon demo load
	@$(DEMO) $(BIN)/jalon serve

test: $(VENV)/.dev $(VENV)/.system ## all tests but the slow ones, in parallel
	$(PYTEST) -n $(WORKERS) --dist loadscope -m "not slow"

test-all: $(VENV)/.dev $(VENV)/.system ## every test
	$(PYTEST) -n $(WORKERS) --dist loadscope

lint: $(VENV)/.dev ## style, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

i18n: $(VENV)/.dev ## extract, update and compile the French catalogues
	$(BIN)/python -m jalon.testing.catalogues

wheels: $(VENV)/.dev ## build the distributions into dist/
	for d in core plugins/*/; do $(BIN)/python -m build --no-isolation --outdir dist $$d >/dev/null || exit 1; done; ls dist

bench: $(VENV)/.dev $(VENV)/.system ## measure; QUICK=1 for a minute's worth
	$(BIN)/python benchmarks/run.py

clean: ## remove what the commands above made
	rm -rf $(VENV) var dist

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 is needed: install the package python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "installing python3-venv"; $(APT) update -qq && $(APT) install -qq -y python3-venv >/dev/null; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(SETUPS) requirements-run.txt | $(BIN)/python
	@echo "installing Jalon and what it needs into $(VENV)"
	@$(PIP) -r requirements-run.txt
	@touch $@

$(VENV)/.dev: $(SETUPS) requirements-run.txt requirements-dev.txt | $(BIN)/python
	@echo "installing what the tests need into $(VENV)"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.system: | $(BIN)/python
	@missing=""; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql-15"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	fc-list 2>/dev/null | grep -q . || missing="$$missing fonts-dejavu-core"; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; $(APT) update -qq && $(APT) install -qq -y --no-install-recommends $$missing >/dev/null; fi
	@touch $@
