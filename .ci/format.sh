#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
bash .ci/venv.sh lint
"${VENV:-.venv}/bin/ruff" check --fix .
"${VENV:-.venv}/bin/ruff" format .
