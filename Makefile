# The only list of commands: people, hooks and .ci/run call these.
# Needs make and Python 3.11 or newer; everything else is fetched into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/sh
# Tests start dozens of processes: where nothing compiled is kept, each of them compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python` names one.
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
BIN := .venv/bin

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name words; do printf '  make %-9s %s\n' "$$name" "$$words"; done

.PHONY: setup
setup: .venv/.made ## Make .venv from uv.lock (nothing happens when it is up to date)

.venv/.made: uv.lock pyproject.toml .ci/bootstrap.py
	@test -n "$(PYTHON)" || { echo "setup: no Python 3.11 or newer on the PATH"; exit 1; }
	@$(PYTHON) .ci/bootstrap.py
	@touch $@

.PHONY: demo
demo: setup ## Eleven agencies, three services, one joint output; ONCE=1 ends by itself
	@$(BIN)/gapura demo $(if $(filter-out 0,$(ONCE)),--once)

# What `coverage` runs is not run again by `test`.
COVERED := tests/unit/contracts tests/unit/workflows/core
PARALLEL := --numprocesses auto --dist loadfile --no-loadscope-reorder

.PHONY: test
test: setup system ## Every test, in parallel; TESTS=path and ARGS='-k name' choose some
ifdef TESTS
	@$(BIN)/pytest $(PARALLEL) $(ARGS) $(TESTS)
else
	@mkdir -p .cache
	@$(MAKE) --no-print-directory coverage >.cache/covered.txt 2>&1 & covered=$$!; \
		$(BIN)/pytest $(PARALLEL) $(COVERED:%=--ignore=%) $(ARGS); tested=$$?; \
		wait $$covered; covered=$$?; cat .cache/covered.txt; exit $$((tested | covered))
endif

.PHONY: coverage
coverage: setup ## Unit tests of contracts and workflows/core: every branch is run
	@mkdir -p .cache
	@$(BIN)/coverage run -m pytest --quiet $(COVERED)
	@$(BIN)/coverage report

.PHONY: simulate
simulate: setup ## The simulation alone; GAPURA_SEED=n runs one seed, GAPURA_SEEDS=n so many
	@$(BIN)/pytest --numprocesses auto --timeout 0 $(ARGS) tests/simulation

.PHONY: soak
soak: setup ## 20,000 simulated cases, and kill loops ten times as long; GAPURA_SEEDS=n and SCALE=n change that
	@GAPURA_TEST_SCALE=$(or $(SCALE),10) GAPURA_SEEDS=$(or $(GAPURA_SEEDS),20000) \
		$(BIN)/pytest --numprocesses auto --timeout 0 $(ARGS) tests/simulation tests/unit/workflows/journal tests/integration

.PHONY: bench
bench: .venv-bench/.made ## What one case costs, beside other engines; JSON=file for programs, ARGS='--rounds 1' is short
	@.venv-bench/bin/gapura bench $(ARGS) $(if $(JSON),--json > $(JSON))

.venv-bench/.made: uv.lock pyproject.toml .ci/bootstrap.py
	@test -n "$(PYTHON)" || { echo "bench: no Python 3.11 or newer on the PATH"; exit 1; }
	@$(PYTHON) .ci/bootstrap.py bench
	@touch $@

.PHONY: system
system: ## Install Chromium and HAProxy for the tests, on Debian as root; NO_SYSTEM=1 does not
	@sh .ci/system.sh

.PHONY: check
check: format lint types layers test ## Everything that must hold before a change is merged

.PHONY: format
format: setup ## Is the code formatted? FIX=1 formats it
	@$(BIN)/ruff format $(if $(FIX),,--check)

.PHONY: lint
lint: setup ## Every rule of ruff, spelling and YAML; FIX=1 mends what can be mended
	@$(BIN)/ruff check $(if $(FIX),--fix)
	@$(BIN)/codespell
	@$(BIN)/yamllint --strict .

.PHONY: types
types: setup ## mypy and pyright, both strict
	@$(BIN)/mypy
	@$(BIN)/pyright

.PHONY: layers
layers: setup ## Imports go down only, and the core stays pure
	@$(BIN)/lint-imports --cache-dir .cache/import-linter

.PHONY: schemas
schemas: setup ## Write contracts/schemas again from the types; a test fails while the committed ones differ
	@$(BIN)/python -m workflows.loading.schemas
	@$(BIN)/python -m gateway.routes

.PHONY: reference
reference: setup ## Write the generated pages of docs/reference again; a test fails while the committed ones differ
	@$(BIN)/python -m gateway.cli.reference

.PHONY: wheel
wheel: setup ## Build the wheels and the source archives into dist/: the product, and what agencies install
	@rm -rf dist
	@$(BIN)/uv build --quiet --offline
	@$(BIN)/uv build --quiet --offline --out-dir dist sdk/python
	@ls dist

.PHONY: clean
clean: ## Remove what make made, .venv included
	rm -rf .venv .venv-bench .venv-tools .cache dist build htmlcov .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
