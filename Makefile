# Every command a developer needs; `make help` lists them.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3
UV := $(BIN)/uv
STAMP := $(VENV)/.stamp
export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(abspath $(VENV))
# Tests start commands hundreds of times: let Python keep what it has compiled, also where it is told not to.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run test check format cover lock migration messages wheel clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Daily Paper Digest needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(STAMP)-main: requirements/main.txt pyproject.toml | $(UV)
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/main.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP)-dev: requirements/dev.txt $(STAMP)-main | $(UV)
	$(UV) pip install --quiet --compile-bytecode --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(STAMP)-main ## Install what running needs into .venv
setup-dev: $(STAMP)-dev ## Install what developing and testing need too

demo: setup ## Run the whole job once: pull, match, compose, "send" into demo/
	$(BIN)/digest demo $(ARGS)

run: setup ## Start the service: fetch, compose and deliver until stopped
	$(BIN)/digest db upgrade
	$(BIN)/digest run

test: setup-dev ## Install what tests need, then run every test and check
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -p no:cacheprovider --numprocesses auto --dist loadfile tests

.PHONY: lint
lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: setup-dev lint ## The fast loop: format, lint, types, import rules, unit tests
	$(BIN)/pytest -q tests/unit

format: setup-dev ## Format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

cover: setup-dev ## Run the tests with branch coverage
	$(BIN)/pytest --cov --cov-report=term-missing tests

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
	--custom-compile-command 'make lock' pyproject.toml --extra postgres --group build
lock: | $(UV) ## Pin every dependency again (requirements/*.txt)
	$(COMPILE) -o requirements/main.txt
	$(COMPILE) --group dev -c requirements/main.txt -o requirements/dev.txt

migration: setup-dev ## Write a migration for changed tables: make migration m="add a column"
	$(BIN)/digest db upgrade --url sqlite:///.migration.db
	$(BIN)/alembic -x url=sqlite:///.migration.db revision --autogenerate -m "$(m)"
	@rm -f .migration.db

messages: setup-dev ## Bring the catalogues up to date with the texts that the code says
	$(BIN)/python -m digest.languages.messages

wheel: setup-dev ## Build the wheel and the source archive into dist/
	$(UV) build --no-build-isolation --out-dir dist .

clean: ## Remove what the other commands made
	rm -rf $(VENV) dist build demo preview .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
