# `make` alone lists what there is. Everything is installed inside this folder: .tools (uv) and .venv (the rest).
PYTHON ?= python3.11
UV_VERSION := 0.13.9
UV := .tools/bin/uv
STACK ?= dev
PYTEST := .venv/bin/python -m pytest
# Whole files, in the order of pyproject.toml: a file's tests share what they started (tests/conftest.py).
IN_PARALLEL := --numprocesses auto --dist loadfile --no-loadscope-reorder
SHIPPED_TESTS := tests/unit/core tests/unit/functions tests/simulation

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

.PHONY: unit
unit: .venv/ready ## Run the tests of the rules and the functions, in under a minute
	@$(PYTEST) $(IN_PARALLEL) $(SHIPPED_TESTS)

.PHONY: infra
infra: .venv/ready ## Run the tests of the program and its components
	@$(PYTEST) $(IN_PARALLEL) tests/infra

.PHONY: test
test: .venv/ready ## Run all tests, with coverage and as shipped; or some of them: make test ARGS="-k stripe"
ifdef ARGS
	@$(PYTEST) $(ARGS)
else
	@$(PYTEST) $(IN_PARALLEL) --durations=10 --cov --cov-report=term
	@echo "and once more with the code as it is packaged for Lambda"
	@HOOKLINE_PACKAGED=1 $(PYTEST) $(IN_PARALLEL) $(SHIPPED_TESTS)
endif

.PHONY: engine
engine: .venv/ready ## Run the program with the real Pulumi CLI against the emulator; an upgrade too: make engine FROM=COMMIT
	@HOOKLINE_UPGRADE_FROM=$(FROM) $(PYTEST) -vv -rs --durations=5 tests/engine

.PHONY: check
check: .venv/ready ## Check style, types, unsafe code and the lock file
	@$(UV) lock --check --quiet
	@$(UV) lock --check --quiet --project bench
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@.venv/bin/bandit --quiet --recursive --severity-level medium src

.PHONY: audit
audit: .tools/audit/ready ## Look for known vulnerabilities in all locked dependencies; it needs the internet
	@for project in . bench; do \
		$(UV) export --quiet --project $$project --frozen --all-extras --all-groups --no-emit-project \
			--output-file .tools/audit/requirements.txt && \
		.tools/audit/bin/pip-audit --requirement .tools/audit/requirements.txt --require-hashes --disable-pip --strict \
			|| exit 1; \
	done

.PHONY: fix
fix: .venv/ready ## Mend what a tool can mend: style, format, and the files that are made from the code
	@.venv/bin/ruff check --fix --quiet .
	@.venv/bin/ruff format --quiet .
	@.venv/bin/python -m hookline.infra.settings.table README.md
	@.venv/bin/python -m hookline.operate.asyncapi docs/asyncapi.yaml
	@.venv/bin/python -m hookline.operate.deployer_policy docs/deployer-policy.json
	@.venv/bin/python -m hookline.languages.host plugin/schema.json

.PHONY: dist
dist: .venv/ready ## Build the package of a release into dist: make dist TAG=v0.1.0
	@version=$$($(UV) version --short); \
	[ "$(TAG)" = "v$$version" ] || { echo "the version is $$version: run make dist TAG=v$$version"; exit 1; }; \
	grep -q "^## $$version - " CHANGELOG.md || { echo "CHANGELOG.md has no section \"## $$version - DATE\""; exit 1; }
	@rm -rf dist
	@$(UV) build --quiet
	@ls dist

.PHONY: bench
bench: .venv/ready bench/.libraries/ready ## Measure the functions beside boto3, Powertools and the floor, and the whole in local mode; or beside an earlier commit: make bench BEFORE=HEAD~1
	@.venv/bin/python -m bench $(if $(BEFORE),before $(BEFORE))

.PHONY: bench-worst
bench-worst: .venv/ready ## Measure the CPU time of the bodies that take longest
	@PYTHONPATH=tests .venv/bin/python -m bench worst

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
verify: .venv/ready ## Run the end-to-end suite against a stack deployed to AWS: make verify STACK=verify
	@HOOKLINE_AWS_STACK=$(STACK) .venv/bin/python -m pytest tests/e2e -rA

.PHONY: clean
clean: ## Stop everything and remove whatever make has made
	@if [ -x .venv/bin/hookline ]; then .venv/bin/hookline down --all; fi
	@rm -rf bench/.libraries .venv .tools .hookline .coverage dist .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: pyproject.toml uv.lock $(UV)
	@echo "installing the tools and libraries into .venv"
	@$(UV) sync --quiet --frozen --extra local --python $(PYTHON)
	@touch $@

.tools/audit/ready: uv.lock $(UV)
	@echo "installing pip-audit into .tools/audit"
	@$(UV) venv --quiet --clear --python $(PYTHON) $(@D)
	@$(UV) export --quiet --frozen --only-group audit --output-file $(@D)/pip-audit.txt
	@$(UV) pip install --quiet --python $(@D)/bin/python --requirement $(@D)/pip-audit.txt
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
