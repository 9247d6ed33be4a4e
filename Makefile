# The only list of commands: people, hooks and .ci/run call these.
# Needs make and Python 3.11 or newer; everything else is fetched into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/sh

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
demo: setup ## Five agencies, one form, one output; ONCE=1 ends by itself
	@$(BIN)/gapura demo $(if $(filter-out 0,$(ONCE)),--once)

.PHONY: clean
clean: ## Remove what make made, .venv included
	rm -rf .venv .venv-tools .cache dist build htmlcov .coverage .coverage.* \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
