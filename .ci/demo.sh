#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
bash .ci/venv.sh demo
exec "${VENV:-.venv}/bin/python" -m example_site "$@"
