# Every command of the project; `make` alone lists them. Each is enough on a fresh Debian 12 with git, make
# and Python 3.11: what is missing is installed, once.

.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKERS ?= $(shell cores=$$(nproc); echo $$(( cores > 2 ? cores : 2 )))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input
PACKAGING := requirements-run.txt constraints.txt $(wildcard core/*.toml core/setup.cfg plugins/*/*.toml plugins/*/setup.cfg)
DISTRIBUTIONS := core $(wildcard plugins/*)
# what is imported is compiled once, not by each of the hundred processes that tests start, wherever that was switched off
PYTEST := JALON_REQUIRE_ALL=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# $(call apt,PACKAGES): a shell command that installs Debian packages, or says who must.
apt = { echo "Installing from the system's packages: $(1)"; \
	if [ "$$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; \
	else echo "Jalon needs the packages $(1): install them as root, or install sudo." >&2; exit 1; fi; \
	$$as_root apt-get -q update </dev/null && $$as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get -q install -y --no-install-recommends $(1) </dev/null \
	|| { echo "The system's packages could not be installed: $(1)" >&2; exit 1; }; }

.PHONY: help run test test-all lint types i18n wheels bench system paper

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: export JALON_ENV ?= demo
run: .venv/ready-to-run ## start the demo on http://127.0.0.1:8000 (JALON_HOST, JALON_PORT) and print its accounts
	@$(MAKE) --no-print-directory paper || echo "Jalon starts without them, and makes no PDF." >&2
	@$(BIN)/jalon db upgrade
	@$(BIN)/jalon demo load
	@exec $(BIN)/jalon serve

test: .venv/ready-to-test system ## run the tests, on SQLite, PostgreSQL and in Chromium, but the slow ones
	@$(PYTEST) -m "not slow"

test-all: .venv/ready-to-test system ## run all tests
	@$(PYTEST)

lint: .venv/ready-to-test ## check style, and who imports whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: .venv/ready-to-test ## check types
	@$(BIN)/mypy

i18n: .venv/ready-to-test ## extract the sentences, update and compile the French catalogues
	@$(BIN)/python -m jalon.testing.catalogues

wheels: .venv/ready-to-test ## build the distributions into dist/
	@rm -rf dist
	@for folder in $(DISTRIBUTIONS); do $(BIN)/python -m build --no-isolation --outdir dist $$folder >/dev/null || exit 1; done
	@ls dist

bench: .venv/ready-to-test system ## measure; QUICK=1 for a minute's worth
	@$(BIN)/python benchmarks/run.py

# --- what the commands stand on; done again when the files they were made from have changed ---

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Jalon needs Python 3.11 or later; say which with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null || { $(call apt,python3-venv) && $(PYTHON) -m venv --clear .venv; }
	@touch $@

.venv/ready-to-run: .venv/made $(PACKAGING)
	@echo "Installing what Jalon needs into .venv"
	@$(PIP) install --constraint constraints.txt setuptools
	@$(PIP) install --constraint constraints.txt --no-build-isolation --requirement requirements-run.txt
	@touch $@

.venv/ready-to-test: .venv/ready-to-run requirements-dev.txt
	@echo "Installing what the tests need into .venv"
	@$(PIP) install --constraint constraints.txt --no-build-isolation --requirement requirements-dev.txt
	@touch $@

system: paper # PostgreSQL 15 or later, Chromium, and a font for it to write with
	@missing=; \
	ls /usr/lib/postgresql/ 2>/dev/null | grep -qE '^(1[5-9]|[2-9][0-9])$$' || missing="$$missing postgresql"; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	find /usr/share/fonts -name '*.ttf' 2>/dev/null | grep -q . || missing="$$missing fonts-dejavu-core"; \
	[ -z "$$missing" ] || $(call apt,$$missing)

paper: # what WeasyPrint makes PDF with: three libraries, and a font for the letters that ours lacks
	@missing=; has() { /sbin/ldconfig -p 2>/dev/null | grep -q "$$1"; }; \
	has libpango-1.0.so || missing="$$missing libpango-1.0-0"; \
	has libpangoft2-1.0.so || missing="$$missing libpangoft2-1.0-0"; \
	has libharfbuzz-subset.so || missing="$$missing libharfbuzz-subset0"; \
	find /usr/share/fonts -name '*.ttf' 2>/dev/null | grep -q . || missing="$$missing fonts-dejavu-core"; \
	[ -z "$$missing" ] || $(call apt,$$missing)
