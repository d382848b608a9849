# Every target is one script: read .ci/ to see what it does, run it without make if you like.
# Needed on the machine: Python 3.11 or newer and make. `uv` is used when it is installed.
#
#   make PYTHON=python3.12 test      choose the interpreter
#   make test ARGS="-k seats -x"     pass arguments to pytest (also test-*, bench)
#   make test VENV=.venv-other       use another environment

export PYTHON ?=
export VENV ?= .venv
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-services test-extras test-browser test-deep test-matrix bench mutate lint format docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

demo: ## install, migrate, seed and serve the example site
	@bash .ci/demo.sh $(ARGS)

test: ## the suite on SQLite, no services, with branch coverage
	@bash .ci/test.sh fast $(ARGS)

test-services: ## the suite on PostgreSQL and Redis with a real Celery worker
	@bash .ci/test.sh services $(ARGS)

test-extras: ## GraphQL and wagtail-localize, in an environment of their own
	@bash .ci/test.sh extras $(ARGS)

test-browser: ## the journeys in a real Chromium
	@bash .ci/test.sh browser $(ARGS)

test-deep: ## long property, race and kill runs (needs the services)
	@bash .ci/test.sh deep $(ARGS)

test-matrix: ## the suite on the lowest and on the highest supported versions
	@bash .ci/matrix.sh all $(ARGS)

bench: ## measured ratios and query budgets
	@bash .ci/test.sh bench $(ARGS)

mutate: ## change the decision and the gates; what no test notices is reported (long)
	@bash .ci/mutate.sh $(ARGS)

lint: ## style, types, import contracts, templates, missing migrations
	@bash .ci/lint.sh

format: ## rewrite Python files in the project's style
	@bash .ci/format.sh

docs: ## build the documentation, warnings are errors
	@bash .ci/docs.sh

clean: ## remove environments, caches and build results
	@bash .ci/clean.sh
