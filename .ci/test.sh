#!/usr/bin/env bash
# test.sh SUITE [pytest arguments]: fast, services, extras, browser, deep or bench.
# pytest ends with 5 when a marker selects nothing; that is a failure here too.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${1:?name a suite: fast, services, extras, browser, deep, bench}
shift
VENV=${VENV:-.venv}
workers=(-n auto --maxprocesses "${PYTEST_WORKERS:-4}")

use_services() {
    export WAGTAIL_LICENSING_TEST_DATABASE_URL=${WAGTAIL_LICENSING_TEST_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres}
    export WAGTAIL_LICENSING_TEST_REDIS_URL=${WAGTAIL_LICENSING_TEST_REDIS_URL:-redis://127.0.0.1:6379/9}
}

run() { exec "$VENV/bin/python" -m pytest "$@"; }

case $suite in
fast)
    bash .ci/venv.sh test
    # A part of the suite cannot reach the coverage of the whole: the budget counts on full runs.
    coverage=(--cov=wagtail_licensing --cov-branch --cov-report=term:skip-covered --cov-fail-under=90)
    [ $# -eq 0 ] || coverage=(--no-cov)
    run -m "not (browser or services or deep or benchmark)" "${workers[@]}" "${coverage[@]}" "$@"
    ;;
services)
    bash .ci/venv.sh test services
    use_services
    "$VENV/bin/python" -c 'import django, sys, wagtail; print(f"Python {sys.version.split()[0]}, Django {django.__version__}, Wagtail {wagtail.__version__}")'
    run -m "not (browser or deep or benchmark)" "${workers[@]}" "$@"
    ;;
extras)
    # Packages that change what the other suites see, in a thin environment on top of theirs.
    bash .ci/venv.sh test
    layer=$VENV-extras
    [ -x "$layer/bin/python" ] || "$VENV/bin/python" -m venv "$layer"
    where='import sysconfig; print(sysconfig.get_path("purelib"))'
    below=$("$VENV/bin/python" -c "$where")
    echo "$below" >"$("$layer/bin/python" -c "$where")/below.pth"
    export VENV=$layer
    bash .ci/venv.sh graphql localize
    # Whoever comes here wants them: a package that is missing is no reason to skip.
    "$VENV/bin/python" -c 'import grapple.apps, wagtail_localize.apps'
    run -m "not (browser or services or deep or benchmark)" -n 2 --dist loadfile --no-cov \
        tests/gates/apis/test_graphql.py tests/blocks/test_graphql.py tests/gates/test_localize.py "$@"
    ;;
browser)
    bash .ci/venv.sh test browser
    for name in chromium chromium-browser google-chrome; do
        [ -n "${WAGTAIL_LICENSING_TEST_CHROMIUM:-}" ] || WAGTAIL_LICENSING_TEST_CHROMIUM=$(command -v "$name" || true)
    done
    if [ -z "$WAGTAIL_LICENSING_TEST_CHROMIUM" ]; then
        echo "No Chromium found. Debian: apt-get install chromium fonts-dejavu-core, or set WAGTAIL_LICENSING_TEST_CHROMIUM." >&2
        exit 1
    fi
    export WAGTAIL_LICENSING_TEST_CHROMIUM
    # Playwright's synchronous API keeps an event loop in the test's thread; the ORM is used beside it.
    export DJANGO_ALLOW_ASYNC_UNSAFE=1
    run -m browser "$@"
    ;;
deep)
    bash .ci/venv.sh test services
    use_services
    export WAGTAIL_LICENSING_TEST_REPEAT=${WAGTAIL_LICENSING_TEST_REPEAT:-10}
    run -m "deep or hypothesis or race" --hypothesis-profile=deep --durations=10 "$@"
    ;;
bench)
    bash .ci/venv.sh test services
    # dj-stripe wants another major version of Stripe's SDK: it is measured from an environment of its
    # own. Where it cannot be had, its line says "not measured".
    aside=$VENV-djstripe
    if [ ! -x "$aside/bin/python" ]; then
        "$VENV/bin/python" -m venv "$aside"
        "$aside/bin/python" -m pip install --quiet "dj-stripe==2.11.0" "Django<6" "psycopg[binary]" || rm -rf "$aside"
    fi
    [ ! -x "$aside/bin/python" ] || export WAGTAIL_LICENSING_BENCH_DJSTRIPE=$aside/bin/python
    run -m benchmark -p no:randomly -s "$@"
    ;;
*)
    echo "Unknown suite: $suite" >&2
    exit 2
    ;;
esac
