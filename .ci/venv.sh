#!/usr/bin/env bash
# Make $VENV hold the package (editable) and the dependency groups named as arguments.
# A stamp remembers what pyproject.toml asked for, so the second run installs nothing.
# $CONSTRAINTS (a file) and $UPGRADE=1 serve the version matrix.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
groups=("$@")

wanted_python() {
    if [ -n "${PYTHON:-}" ] || [ ! -x "$VENV/bin/python" ]; then
        bash .ci/python.sh 3.11
    else
        "$VENV/bin/python" -c 'import sys; print(sys.executable)' 2>/dev/null || bash .ci/python.sh 3.11
    fi
}

version_of() { "$1" -c 'import sys; print(sys.version_info[:3])' 2>/dev/null || echo none; }

python=$(wanted_python)
if [ "$(version_of "$VENV/bin/python")" != "$(version_of "$python")" ]; then
    echo "Creating $VENV with $($python --version)"
    rm -rf "$VENV"
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$python" "$VENV"
    else
        "$python" -m venv "$VENV"
    fi
fi

# Only the tables that decide what is installed count: a new ruff rule must not reinstall anything.
stamp=$("$VENV/bin/python" - "${groups[@]}" <<'PY'
import hashlib, json, os, pathlib, sys, tomllib
config = tomllib.loads(pathlib.Path("pyproject.toml").read_text())
asked = {name: config.get(name) for name in ("build-system", "project", "dependency-groups")}
constraints = os.environ.get("CONSTRAINTS")
asked["constraints"] = pathlib.Path(constraints).read_text() if constraints else ""
asked["upgrade"] = os.environ.get("UPGRADE", "")
asked["place"] = os.getcwd()
print(hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest())
PY
)

missing=()
for group in "${groups[@]}"; do
    [ "$(cat "$VENV/.installed-$group" 2>/dev/null)" = "$stamp" ] || missing+=("$group")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Installing the package and: ${missing[*]}"
arguments=(--quiet --editable .)
for group in "${missing[@]}"; do arguments+=(--group "$group"); done
[ -z "${CONSTRAINTS:-}" ] || arguments+=(--constraint "$CONSTRAINTS")
if command -v uv >/dev/null && uv pip install --help 2>/dev/null | grep -q -- '--group'; then
    [ -z "${UPGRADE:-}" ] || arguments+=(--upgrade)
    uv pip install --python "$VENV/bin/python" "${arguments[@]}"
else
    # Dependency groups (PEP 735) need pip 25.1.
    "$VENV/bin/python" -m pip --version | grep -qE 'pip (2[6-9]|[3-9][0-9]|25\.[1-9])' ||
        "$VENV/bin/python" -m pip install --quiet --upgrade 'pip>=25.1'
    [ -z "${UPGRADE:-}" ] || arguments+=(--upgrade --upgrade-strategy eager)
    "$VENV/bin/python" -m pip install --disable-pip-version-check "${arguments[@]}"
fi
for group in "${missing[@]}"; do echo "$stamp" >"$VENV/.installed-$group"; done
