# Every task of the project. Each target does its own set-up, so it works in a fresh clone.
# Variables: PYTHON (to make the environment with), PYTEST_ARGS, WORKERS (of pytest), CHAOS_ARGS, LOCK_ARGS,
# REPLICAS_CACHE (where engines and environments are kept; ~/.cache/pulumi-replicas).

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv/bin
PYTEST_ARGS ?=
WORKERS ?= 3
LOCK_ARGS ?=

##@ Getting started

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":[^#]*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make the Python environment (.venv) from the lock files, with the command `replicas` in it
	@tools/bootstrap

.PHONY: engine
engine: setup ## Find a Pulumi engine, or get one, and say which
	@$(VENV)/python -m tools.engine

.PHONY: sandbox
sandbox: setup ## Start the local cloud and bring its stack up on the real engine: the whole thing, no account needed
	@$(VENV)/python -m sandbox serve --background
	@$(VENV)/python -m sandbox seed stacks/sandbox-sources.json
	@$(VENV)/replicas up sandbox --yes
	@printf '\nNext: edit stacks/Pulumi.sandbox.yaml, then\n  %s\n  %s\n  %s\n' \
		'make preview STACK=sandbox   # what would change' \
		'make up STACK=sandbox        # change it' \
		'make sandbox-down            # delete the replicas and stop the local cloud'

.PHONY: sandbox-down
sandbox-down: setup ## Destroy the sandbox stack, show that no replica is left, and stop the local cloud
	@$(VENV)/python -m sandbox serve --background
	@$(VENV)/replicas destroy sandbox --yes
	@$(VENV)/python -m sandbox status
	@$(VENV)/python -m sandbox stop

.PHONY: sandbox-env
sandbox-env: setup ## Print what plain `pulumi` needs to use the sandbox: eval $(make -s sandbox-env)
	@$(VENV)/replicas env sandbox

##@ Stacks: STACK=<name> is stacks/Pulumi.<name>.yaml, ARGS="--diff --parallel 50" goes to the command

STACK ?=
ARGS ?=
RUN = @test -n "$(STACK)" || { echo "error: which stack? Next: make $@ STACK=sandbox" >&2; exit 2; }; \
	$(VENV)/replicas $@ $(STACK) $(ARGS)

.PHONY: preview
preview: setup ## Show what `up` would do; changes nothing in the cloud
	$(RUN)

.PHONY: up
up: setup ## Repair, refresh, create and update replicas, and wait until they are usable (ARGS=--yes: skip confirmation)
	$(RUN)

.PHONY: refresh
refresh: setup ## Read the replicas' real state: drift, expiry, loss, failure
	$(RUN)

.PHONY: destroy
destroy: setup ## Delete all replicas of the stack (ARGS=--yes: skip confirmation)
	$(RUN)

.PHONY: repair
repair: setup ## Find copies that a killed run started but did not record
	$(RUN)

.PHONY: report
report: setup ## Show the stack's replicas with what the cloud reports of them now
	$(RUN)

##@ Checks

.PHONY: test
test: lint engine ## Run all checks, and all tests but the kill matrices and what is timed (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -n $(WORKERS) -m "not matrix and not bench" $(PYTEST_ARGS)

.PHONY: test-quick
test-quick: setup ## Run the tests that need no engine (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -n 2 -m "not engine" $(PYTEST_ARGS)

.PHONY: explore
explore: setup ## Try the property-based tests on new random examples, up to 2,000 each; `make test` tries the same ones every time
	@$(VENV)/python -m pytest -n 2 -m "hypothesis and not engine" --hypothesis-profile=explore $(PYTEST_ARGS)

.PHONY: test-kills
test-kills: engine ## Kill and interrupt every process at every moment of every operation (17 minutes)
	@$(VENV)/python -m pytest -n $(WORKERS) -m matrix tests/engine $(PYTEST_ARGS)

.PHONY: bench
bench: engine ## Time what README promises, as ratios against a floor of the same run (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -n 0 -s -q -m bench tests/engine $(PYTEST_ARGS)

SEED ?= 1
CHAOS_ARGS ?=

.PHONY: chaos
chaos: engine ## Let storms of faults and kills pass over a stack of all kinds (SEED=7; 200 faults, 20 minutes at most)
	@$(VENV)/python -m tools.chaos --seed $(SEED) $(CHAOS_ARGS)

.PHONY: chaos-quick
chaos-quick: engine ## The same with 25 faults, in less than 3 minutes
	@$(VENV)/python -m tools.chaos --seed $(SEED) --faults 25 --minutes 2.5 $(CHAOS_ARGS)

.PHONY: lint
lint: setup ## Check style, formatting and types
	@$(VENV)/ruff check
	@$(VENV)/ruff format --check
	@$(VENV)/mypy
	@for program in examples/*/__main__.py; do $(VENV)/mypy "$$program" || exit 1; done  # one by one: all are __main__

.PHONY: fmt
fmt: setup ## Mend style and formatting
	@$(VENV)/ruff check --fix-only --quiet
	@$(VENV)/ruff format

##@ Upkeep

.PHONY: docs
docs: setup ## Write the generated pages: docs/errors.md
	@$(VENV)/python -m tools.error_page

LOCK = $(VENV)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
	--custom-compile-command "make lock"

.PHONY: lock
lock: setup ## Bring both lock files in line with the requirements files (LOCK_ARGS=--upgrade for newer versions)
	@$(LOCK) $(LOCK_ARGS) --output-file requirements.lock requirements-dev.txt
	@$(LOCK) --constraints requirements.lock --no-annotate --output-file requirements-build.lock requirements-build.txt
	@tools/bootstrap

.PHONY: clean
clean: ## Remove what checks and tests leave in the checkout; never the cache, the environment or any state
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.*
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
