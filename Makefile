# All tasks of the project. Each target installs what it needs, so it works in a fresh clone.
# Variables: PYTHON (the interpreter for the environment), PYTEST_ARGS, WORKERS (of pytest), CHAOS_ARGS, LOCK_ARGS,
# REPLICAS_CACHE (directory for engines and environments; ~/.cache/pulumi-replicas).

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
VENV := .venv/bin
# Outside the checkout, like engines and environments: a fresh clone checks types as quickly as an old one.
export MYPY_CACHE_DIR ?= $(or $(REPLICAS_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pulumi-replicas)/mypy
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
setup: ## Install the Python environment (.venv) from the lock files, with the command `replicas` in it
	@tools/bootstrap

.PHONY: engine
engine: setup ## Find or install a Pulumi engine, and print which
	@$(VENV)/python -m tools.engine

.PHONY: sandbox
sandbox: setup ## Start the local cloud and deploy its stack with the real engine; needs no cloud account
	@$(VENV)/python -m sandbox serve --background
	@$(VENV)/python -m sandbox seed stacks/sandbox-sources.json
	@$(VENV)/replicas up sandbox --yes --create
	@printf '\nNext: edit stacks/Pulumi.sandbox.yaml, then\n  %s\n  %s\n  %s\n' \
		'make preview STACK=sandbox   # what would change' \
		'make up STACK=sandbox        # apply it' \
		'make sandbox-down            # delete the replicas and stop the local cloud'

.PHONY: sandbox-down
sandbox-down: setup ## Destroy the sandbox stack, list what is left, and stop the local cloud
	@$(VENV)/python -m sandbox serve --background
	@test -z "$$PULUMI_BACKEND_URL" -a ! -e .pulumi-state/.pulumi/stacks/replicas/sandbox.json || $(VENV)/replicas destroy sandbox --yes
	@$(VENV)/python -m sandbox status
	@$(VENV)/python -m sandbox stop

.PHONY: sandbox-env
sandbox-env: setup ## Print the variables that plain `pulumi` needs for the sandbox: eval $(make -s sandbox-env)
	@$(VENV)/replicas env sandbox

##@ Stacks: STACK=<name> is stacks/Pulumi.<name>.yaml, ENV=<env> all of an environment, ARGS="--diff" is passed to the command

STACK ?=
ENV ?=
ARGS ?=
RUN = @test -n "$(STACK)$(ENV)" || { echo "error: which stack? Next: make $@ STACK=sandbox" >&2; exit 2; }; \
	$(VENV)/replicas $@ $(STACK) $(if $(ENV),--env $(ENV)) $(ARGS)

.PHONY: preview
preview: setup ## Show what `up` would do; changes nothing in the cloud
	$(RUN)

.PHONY: review
review: setup ## Write a report of what `up` would do to regions, cost, residency and recovery, into review/
	$(RUN)

.PHONY: drift
drift: setup ## Write a report of what has become of the replicas since the last run, into review/
	$(RUN)

.PHONY: up
up: setup ## Repair, refresh, create and update replicas, and wait until they are usable (ARGS="--yes --create": no question, a new stack)
	$(RUN)

.PHONY: refresh
refresh: setup ## Read the replicas' actual state: drift, expiry, loss, failure
	$(RUN)

.PHONY: destroy
destroy: setup ## Delete all replicas of the stack (ARGS=--yes: skip confirmation)
	$(RUN)

.PHONY: repair
repair: setup ## Find copies that a killed run started but did not record
	$(RUN)

.PHONY: unlock
unlock: setup ## End the lock that a dead run left on a stack, after showing whose it is
	$(RUN)

.PHONY: report
report: setup ## List the stack's replicas with their current status in the cloud
	$(RUN)

.PHONY: config
config: setup ## Print the stack's config, catalogs included, with the file and line of each value
	$(RUN)

##@ Checks

.PHONY: test
test: lint engine ## Run all checks and all tests except the kill matrices and benchmarks (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -n $(WORKERS) -m "not matrix and not bench" $(PYTEST_ARGS)

.PHONY: test-quick
test-quick: setup ## Run the tests that need no engine (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -n 2 -m "not engine" $(PYTEST_ARGS)

.PHONY: explore
explore: setup ## Run the property-based tests on up to 2,000 new random examples each; `make test` uses fixed ones
	@$(VENV)/python -m pytest -n 2 -m "hypothesis and not engine" --hypothesis-profile=explore $(PYTEST_ARGS)

.PHONY: test-kills
test-kills: engine ## Kill and interrupt every process at every step of every operation (half an hour)
	@$(VENV)/python -m pytest -n $(WORKERS) -m matrix tests/engine $(PYTEST_ARGS)

.PHONY: bench
bench: engine ## Measure the bounds of docs/performance.md, against a floor of the same run (PYTEST_ARGS=...)
	@$(VENV)/python -m pytest -n 0 -s -q -m bench tests/engine $(PYTEST_ARGS)

SEED ?= 9
CHAOS_ARGS ?=

.PHONY: chaos
chaos: engine ## Run a stack of all kinds under random faults and kills (SEED=7; 200 faults, 20 minutes at most)
	@$(VENV)/python -m tools.chaos --seed $(SEED) $(CHAOS_ARGS)

.PHONY: chaos-quick
chaos-quick: engine ## The same with 25 faults, in under 3 minutes
	@$(VENV)/python -m tools.chaos --seed $(SEED) --faults 25 --minutes 2.5 $(CHAOS_ARGS)

.PHONY: lint
lint: setup ## Check style, formatting, types and words
	@$(VENV)/ruff check
	@$(VENV)/ruff format --check
	@$(VENV)/mypy
	@$(VENV)/python tools/plain_english.py
	@for program in examples/*/__main__.py policy/__main__.py; do $(VENV)/mypy "$$program" || exit 1; done  # one at a time: all are __main__

.PHONY: fmt
fmt: setup ## Fix style and formatting
	@$(VENV)/ruff check --fix-only --quiet
	@$(VENV)/ruff format

##@ Upkeep

.PHONY: docs
docs: setup ## Generate docs/errors.md, the inputs tables of the kinds' pages and the schemas below stacks/
	@$(VENV)/python -m tools.reference

.PHONY: recording
recording: setup ## Draw the picture of the live view in README (docs/live-view.svg)
	@$(VENV)/python -m tools.recording

LOCK = $(VENV)/uv pip compile --quiet --universal --override requirements-override.txt --generate-hashes \
	--no-emit-index-url --python-version 3.11 \
	--custom-compile-command "make lock"

.PHONY: lock
lock: setup ## Update both lock files from the requirements files (LOCK_ARGS=--upgrade for newer versions)
	@$(LOCK) $(LOCK_ARGS) --output-file requirements.lock requirements-dev.txt
	@$(LOCK) --constraints requirements.lock --no-annotate --output-file requirements-build.lock requirements-build.txt
	@tools/bootstrap

.PHONY: clean
clean: ## Remove the caches of checks and tests from the checkout; keeps the environment and all state
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .coverage.*
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
