# `make` alone lists what there is. Everything is installed inside this folder: .tools (uv) and .venv (the rest).
PYTHON ?= python3.11
UV_VERSION := 0.13.9
UV := .tools/bin/uv
STACK ?= dev

export UV_CACHE_DIR := $(CURDIR)/.tools/cache
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never
# Without byte code every start compiles pulumi-aws anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/ready ## Start the whole system on this machine, send webhooks through it, and show where each one landed
	@.venv/bin/hookline up --stack $(STACK)
	@.venv/bin/hookline demo --stack $(STACK)

.PHONY: stop
stop: .venv/ready ## Stop everything that `make run` started
	@.venv/bin/hookline down --all

.PHONY: test
test: .venv/ready ## Run all tests with coverage, and count the requirements that have a passing test
	@.venv/bin/python -m pytest --cov --cov-report=term

.PHONY: check
check: .venv/ready ## Check style, types and the lock file
	@$(UV) lock --check --quiet
	@$(UV) lock --check --quiet --project bench
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright

.PHONY: bench
bench: .venv/ready bench/.libraries/ready ## Measure the functions beside boto3, Powertools and the floor, and the whole in local mode
	@.venv/bin/python -m bench

.PHONY: bench-record
bench-record: .venv/ready bench/.libraries/ready ## The same, and write what it finds into the repository
	@.venv/bin/python -m bench --record

.PHONY: guard
guard: .venv/ready ## Compare the functions' instruction counts with the committed baseline
	@.venv/bin/python -m bench guard

.PHONY: guard-update
guard-update: .venv/ready ## Make the present instruction counts the baseline
	@.venv/bin/python -m bench guard --update

.PHONY: verify
verify: .venv/ready ## Run the end-to-end suite against a stack deployed to AWS: make verify STACK=prod
	@HOOKLINE_AWS_STACK=$(STACK) .venv/bin/python -m pytest tests/e2e -rA

.PHONY: clean
clean: ## Stop everything and remove whatever make has made
	@if [ -x .venv/bin/hookline ]; then .venv/bin/hookline down --all; fi
	@rm -rf bench/.libraries .venv .tools .hookline .coverage .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: pyproject.toml uv.lock $(UV)
	@echo "installing the tools and libraries into .venv"
	@$(UV) sync --quiet --frozen --extra local --python $(PYTHON)
	@touch $@

bench/.libraries/ready: bench/pyproject.toml bench/uv.lock $(UV)
	@echo "installing what is measured beside the functions into bench/.libraries"
	@rm -rf $(@D) && mkdir $(@D)
	@for group in boto3 powertools; do \
		$(UV) export --quiet --project bench --frozen --only-group $$group --output-file $(@D)/$$group.txt && \
		$(UV) pip install --quiet --python $(PYTHON) --target $(@D)/$$group --requirement $(@D)/$$group.txt && \
		$(PYTHON) -m compileall -q --invalidation-mode unchecked-hash $(@D)/$$group || exit 1; \
	done
	@touch $@

$(UV):
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or run make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "installing uv into .tools"
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check uv==$(UV_VERSION)
