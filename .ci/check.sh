#!/usr/bin/env bash
# check.sh TOOL [arguments]: run one tool of the lint environment at the root of the project.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
bash .ci/venv.sh test lint
tool=$1
shift
PYTHONPATH=$PWD exec "$VENV/bin/$tool" "$@"
