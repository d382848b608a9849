#!/usr/bin/env bash
# mutate.sh [--map] [--imported] [module ...]: change the decision and the gates, one condition at a time,
# and report what no test notices. Long; not a part of .ci/run. See tests/mutants/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
bash .ci/venv.sh test
exec nice -n 15 "$VENV/bin/python" -m tests.mutants "$@"
