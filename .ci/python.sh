#!/usr/bin/env bash
# Print the path of the newest Python that runs here: python.sh [OLDEST [NEWEST]], such as 3.11 3.13.
# $PYTHON, when set, wins. A name on the PATH can be a shim without an interpreter behind it, so
# every candidate is run once before it is believed.
set -euo pipefail

oldest=${1:-3.11}
newest=${2:-3.99}

suitable() {
    "$1" - "$oldest" "$newest" <<'PY' 2>/dev/null
import sys
low, high = (tuple(int(part) for part in text.split(".")) for text in sys.argv[1:])
if not low <= sys.version_info[:2] <= high:
    raise SystemExit(1)
import ensurepip, venv  # noqa: E401,F401  (Debian ships them in a package of their own)
print(sys.executable)
PY
}

if [ -n "${PYTHON:-}" ]; then
    suitable "$PYTHON" && exit 0
    echo "PYTHON=$PYTHON does not run, is not between $oldest and $newest, or lacks the venv module." >&2
    exit 1
fi

for minor in 13 12 11; do
    for candidate in "python3.$minor" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python; do
        # With one argument (the everyday environment) only the PATH counts.
        [ $# -gt 1 ] || case $candidate in */*) continue ;; esac
        suitable "$candidate" && exit 0
    done
done
for candidate in python3 python; do
    suitable "$candidate" && exit 0
done

echo "No Python between $oldest and $newest with the venv module found." >&2
echo "Install one (Debian: apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python ..." >&2
exit 1
