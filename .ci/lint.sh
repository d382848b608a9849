#!/usr/bin/env bash
# Every check runs, whatever the one before it said; the exit code tells of any failure.
set -uo pipefail
cd "$(dirname "$0")/.."

bash .ci/venv.sh test lint || exit 1
failed=()

check() {
    echo "-- $*"
    bash .ci/check.sh "$@" || failed+=("$1")
}

check ruff check .
check ruff format --check .
check mypy
check lint-imports --no-logo
check djlint --lint --quiet wagtail_licensing example_site tests
check django-admin makemigrations --check --dry-run --settings=tests.settings wagtail_licensing

[ ${#failed[@]} -eq 0 ] || { echo "Failed: ${failed[*]}" >&2; exit 1; }
echo "All checks passed."
