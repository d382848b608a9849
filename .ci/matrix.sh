#!/usr/bin/env bash
# matrix.sh lowest|highest|all [pytest arguments]: the fast suite at both ends of what is supported.
# lowest:  the oldest release series that pyproject.toml admits (Wagtail 7.4, Django 5.2, ...) on 3.11
# highest: the newest releases on the newest Python found; skipped (77) without Python 3.12 or newer,
#          since Django 6 does not install on 3.11
set -euo pipefail
cd "$(dirname "$0")/.."

end=${1:-all}
[ $# -eq 0 ] || shift

lowest_series() {
    "$1" - <<'PY'
import pathlib, re, tomllib
project = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["project"]
for requirement in project["dependencies"]:
    name, lowest = re.match(r"([\w.-]+)[^>]*>=\s*([\d.]+)", requirement).groups()
    print(f"{name}=={lowest}.*")
PY
}

suite() {
    "$VENV/bin/python" -c 'import django, sys, wagtail; print(f"Python {sys.version.split()[0]}, Django {django.__version__}, Wagtail {wagtail.__version__}")'
    "$VENV/bin/python" -m pytest -m "not (browser or services or deep or benchmark)" -n auto --maxprocesses "${PYTEST_WORKERS:-4}" "$@"
}

lowest() {
    local python
    python=$(bash .ci/python.sh 3.11 3.11) || { echo "skipped: no Python 3.11 here"; return 77; }
    mkdir -p build
    lowest_series "$python" >build/lowest-constraints.txt
    export VENV=.venv-lowest
    PYTHON=$python CONSTRAINTS=build/lowest-constraints.txt bash .ci/venv.sh test && suite "$@"
}

highest() {
    local python
    python=$(bash .ci/python.sh 3.12 3.13 2>/dev/null) || { echo "skipped: no Python 3.12 or 3.13 here"; return 77; }
    export VENV=.venv-highest
    PYTHON=$python UPGRADE=1 bash .ci/venv.sh test && suite "$@"
}

case $end in
lowest) lowest "$@" ;;
highest) highest "$@" ;;
all)
    failed=0
    for each in lowest highest; do
        code=0
        bash .ci/matrix.sh "$each" "$@" || code=$?
        case $code in 0 | 77) ;; *) failed=1 ;; esac
    done
    exit $failed
    ;;
*)
    echo "Say lowest, highest or all, not: $end" >&2
    exit 2
    ;;
esac
