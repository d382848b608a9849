#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
bash .ci/venv.sh docs
"${VENV:-.venv}/bin/python" -m sphinx -W --keep-going -q -b html docs docs/_build/html
echo "Open docs/_build/html/index.html"
