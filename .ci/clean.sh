#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf .venv .venv-djstripe .venv-extras .venv-lowest .venv-highest .demo build dist htmlcov docs/_build test-results \
    .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
find wagtail_licensing example_site tests -name __pycache__ -type d -prune -exec rm -rf {} +
