# Every task of the project. Each target does its own set-up, so it works in a fresh clone.
# Variables: PYTHON (to make the environment with), PYTEST_ARGS, LOCK_ARGS, REPLICAS_CACHE (where engines are kept).

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv/bin
PYTEST_ARGS ?=
LOCK_ARGS ?=

##@ Getting started

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":[^#]*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make the Python environment (.venv) from requirements.lock
	@tools/bootstrap

.PHONY: engine
engine: setup ## Find a Pulumi engine, or get one, and say which
	@$(VENV)/python -m tools.engine

##@ Stacks

##@ Checks

.PHONY: test
test: lint engine ## Run all checks and all tests, those on the real engine too (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest $(PYTEST_ARGS)

.PHONY: test-quick
test-quick: setup ## Run the tests that need no engine (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -m "not engine" $(PYTEST_ARGS)

.PHONY: lint
lint: setup ## Check style, formatting and types
	@$(VENV)/ruff check
	@$(VENV)/ruff format --check
	@$(VENV)/mypy

.PHONY: fmt
fmt: setup ## Mend style and formatting
	@$(VENV)/ruff check --fix-only --quiet
	@$(VENV)/ruff format

##@ Upkeep

.PHONY: lock
lock: setup ## Bring requirements.lock in line with the requirements files (LOCK_ARGS=--upgrade for newer versions)
	@$(VENV)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
		--custom-compile-command "make lock" $(LOCK_ARGS) --output-file requirements.lock requirements-dev.txt
	@tools/bootstrap

.PHONY: clean
clean: ## Remove what checks and tests leave in the checkout; never the cache, the environment or any state
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.*
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
