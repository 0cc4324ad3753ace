# What you need is git, make and Python 3.11 or newer; everything else goes into .venv/, from requirements.lock.
# ARGS is handed on: make serve ARGS="--port 0", make test ARGS="tests/test_wheel.py -x", make lock ARGS=--upgrade.
# The folder's path may hold spaces. For Linux and macOS; on Windows use WSL.

# Tried in this order; the first that is new enough is taken. To name another: make setup PYTHON=/opt/bin/python3.13
PYTHON = python3.14 python3.13 python3.12 python3.11 python3
ARGS =

BIN = .venv/bin
PIP_INSTALL = $(BIN)/python -m pip --disable-pip-version-check --no-input -qq install

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check format docs lock soak fuzz clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: .venv/.ready ## Make .venv/ with everything in requirements.lock (the others do so when needed)
	@echo ".venv is ready"

demo: .venv/.ready ## Show one fault ticket's life, in seconds
	@$(BIN)/cityfibre-simulator demo $(ARGS)

serve: .venv/.ready ## Start the simulator until you press Ctrl+C
	@$(BIN)/cityfibre-simulator serve $(ARGS)

# One process for each core, four at most; a file's tests stay together, for some count what the others have done.
test: .venv/.ready ## Run the tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: .venv/.ready ## Check style, types and layers, as CI does
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/.ready ## Format the code and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: .venv/.ready ## Write the generated pages and files anew
	$(BIN)/python -m docs.generator.page
	$(BIN)/python -m docs.generator.scenarios
	$(BIN)/python -m docs.generator.scenario_schema
	$(BIN)/python -m docs.generator.bank_holidays

soak: .venv/.ready ## Run the tests that take minutes
	@$(BIN)/python -m pytest -m soak $(ARGS)

fuzz: .venv/.ready ## Send a million damaged messages, another million each day (ARGS="--seed 7 --count 1000")
	@$(BIN)/python -m pytest -m fuzz tests/hostile $(ARGS)

lock: .venv/uv/bin/uv ## Settle requirements.lock anew from pyproject.toml
	@.venv/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--custom-compile-command "make lock" --group dev --output-file requirements.lock $(ARGS) pyproject.toml

clean: ## Remove .venv/ and whatever tools left behind
	rm -rf .venv dist .fuzz .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is written last and names this folder. Where it is missing (a setup was interrupted), names another folder
# (the checkout was moved or copied) or its Python is gone, .venv is made from nothing; where it is only older than the
# files that it depends on, .venv is brought up to date.
ifneq ($(shell test -x $(BIN)/python && cat .venv/.ready 2>/dev/null),$(CURDIR))
.PHONY: .venv/.ready
FIND_PYTHON = for python in $(PYTHON); do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; \
	done; test -n "$$python" || { \
	echo "No Python 3.11 or newer with its venv module (tried: $(PYTHON)); name one: make setup PYTHON=..." >&2; \
	exit 1; }; \
	"$$python" -c 'import platform as p; print("Making .venv, Python", p.python_version(), "(about half a minute)")'; \
	"$$python" -m venv --clear .venv
else
FIND_PYTHON = echo "Bringing .venv up to date"
endif

.venv/.ready: requirements.lock pyproject.toml
	@$(FIND_PYTHON)
	@rm -f $@
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-build-isolation --no-deps --no-index --editable .
	@echo "$(CURDIR)" > $@

# The resolver has a corner of its own, so that .venv itself holds only what is locked.
.venv/uv/bin/uv: | .venv/.ready
	@$(BIN)/python -m venv .venv/uv
	@.venv/uv/bin/python -m pip --disable-pip-version-check --no-input -qq install "uv>=0.9"
