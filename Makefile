# `make` alone lists the targets. Everything stays in this folder, except Debian packages when they are missing.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(VENV)/.locked
STAMP := $(VENV)/.complete
PROGRAMS := mariadbd mariadb-install-db mariadb chromium
REPORT := var/test

# Nobody is called home.
export GX_ANALYTICS_ENABLED := false
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED := False
export SCARF_ANALYTICS := false
export SCARF_NO_ANALYTICS := true
export DO_NOT_TRACK := 1
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD := 1
export AIRFLOW__CORE__LOAD_EXAMPLES := False

# The package is imported from include/ in every process, also in those of Airflow.
export PYTHONPATH := $(CURDIR)/include
# Without compiled modules every start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup packages demo test check lint bench bench-quality rehearse up down clean lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) packages ## Make .venv from the lock, install missing Debian packages

$(LOCKED): requirements-build.txt requirements-dev.txt
	@python=''; \
	for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	  if "$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'setup: Python 3.11, 3.12 or 3.13 is needed (apt-get install python3 python3-venv), or name one: make setup PYTHON=/path/to/python3.12' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "setup: $$python cannot make virtual environments; install its venv module (apt-get install python3-venv)" >&2; exit 1; \
	fi; \
	echo "setup: installing the locked packages into $(VENV) ($$("$$python" -V)), a minute or two"; \
	rm -rf $(VENV); \
	"$$python" -m venv $(VENV)
	@for name in requirements-build requirements-dev; do \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $$name.txt; \
	done
	@touch $@

$(STAMP): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

packages: $(STAMP)
	@$(BIN)/python -m consistency_sandbox.servers.packages $(PROGRAMS)

demo: setup ## The bad morning, found and corrected, in a private database
	@$(BIN)/consistency demo run

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar sql

check: setup lint ## Format, lint, types, import directions, SQL, unit and rule tests
	$(BIN)/python -m pytest -q tests/unit tests/rules

test: setup lint ## Everything: check, integration, three servers, DAGs, browser, demo, coverage
	@rm -rf $(REPORT) && mkdir -p $(REPORT)
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses=2 --dist=loadfile --every-server tests --ignore=tests/benchmarks --junitxml=$(REPORT)/pytest.xml 2>&1 | tee $(REPORT)/pytest.log
	@$(BIN)/coverage combine --quiet
	@status=0; $(BIN)/coverage report || status=$$?; grep '^NOTHING WAS TRIED ON' $(REPORT)/pytest.log || true; exit $$status

bench: setup ## Measure checks, corrections and triggers on large tables
	@$(BIN)/python -m tests.benchmarks

bench-quality: setup ## Measure recall, precision and wrong fixes on ten labelled worlds and a large one
	@$(BIN)/python -m tests.quality --large 1000000

rehearse: setup ## Run the compose file without an engine, with faults; needs root
	@$(BIN)/consistency rehearse

up: setup ## Start Airflow with the DAGs, the pages and a private database
	@$(BIN)/consistency airflow up

down: ## Stop what `make up` started
	@if [ -x $(BIN)/consistency ]; then $(BIN)/consistency airflow down; fi

clean: down ## Stop everything and remove what was made here (.venv, var/, caches)
	@if [ -x $(BIN)/consistency ]; then for server in mariadb mariadb-newest mysql; do $(BIN)/consistency db stop --server $$server; done; fi
	rm -rf $(VENV) var .airflow .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* include/*.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Needs uv; for maintainers who change a .in file.
lock:
	@for name in requirements requirements-dev requirements-compose requirements-build; do \
	  uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' $$name.in -o $$name.txt; \
	done
