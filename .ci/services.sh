# Sourced by .ci/run: PostgreSQL and Redis on loopback, installed and started when they are not there.
# What is already answering is used as it is and left running. What this file starts, it stops.
# shellcheck shell=bash

# The addresses stay in these two variables: only the phase that wants services gets to see them.
pg_url=${WAGTAIL_LICENSING_TEST_DATABASE_URL:-}
redis_url=${WAGTAIL_LICENSING_TEST_REDIS_URL:-}
unset WAGTAIL_LICENSING_TEST_DATABASE_URL WAGTAIL_LICENSING_TEST_REDIS_URL
pg_url_default=postgres://postgres@127.0.0.1:5432/postgres
redis_url_default=redis://127.0.0.1:6379/9
started_cluster=
started_redis=

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        echo "Root rights are needed for: $*" >&2
        echo "Run it by hand, or run .ci/run as root or with a sudo that asks no password." >&2
        return 1
    fi
}

apt_updated=
install_packages() { # install_packages NAME...: Debian's packages
    command -v apt-get >/dev/null || { echo "No apt-get here: install by hand: $*" >&2; return 1; }
    if [ -z "$apt_updated" ]; then
        as_root apt-get update -qq || return 1
        apt_updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

pg_bin() { # pg_bin TOOL: Debian keeps the server's tools out of the PATH, one folder a version
    local found
    found=$(find /usr/lib/postgresql -path "*/bin/$1" 2>/dev/null | sort -V | tail -1)
    [ -n "$found" ] || found=$(command -v "$1") || return 1
    echo "$found"
}

pg_answers() { psql -w -X -q -d "$1" -c 'select 1' >/dev/null 2>&1 </dev/null; }

redis_answers() { [ "$(redis-cli -u "$1" ping 2>/dev/null </dev/null)" = PONG ]; }

as_postgres() { # the server refuses to run as root
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
    "$(bash .ci/python.sh 3.11)" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_own_cluster() { # a throw-away cluster: the machine's own is never reconfigured
    local port initdb pg_ctl
    initdb=$(pg_bin initdb) && pg_ctl=$(pg_bin pg_ctl) || return 1
    started_cluster=$(mktemp -d) && port=$(free_port) || return 1
    [ "$(id -u)" != 0 ] || chown postgres "$started_cluster"
    # Trust is safe here: the server listens on loopback only, for as long as this run.
    (
        cd "$started_cluster" &&
            as_postgres "$initdb" -D "$started_cluster/data" -U postgres -A trust -E UTF8 --no-sync >/dev/null &&
            as_postgres "$pg_ctl" -D "$started_cluster/data" -w -l "$started_cluster/log" \
                -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" start >/dev/null
    ) || { cat "$started_cluster/log" >&2 2>/dev/null; return 1; }
    pg_url=postgres://postgres@127.0.0.1:$port/postgres
}

start_postgresql() {
    if [ -n "$pg_url" ]; then
        pg_answers "$pg_url" && return 0
        echo "WAGTAIL_LICENSING_TEST_DATABASE_URL is set, but nothing answers there." >&2
        return 1
    fi
    pg_url=$pg_url_default
    if ! command -v psql >/dev/null || ! pg_bin initdb >/dev/null; then
        install_packages postgresql || return 1
    fi
    pg_answers "$pg_url" && return 0
    # Installed, but stopped (no init system starts it in a container) or asking for a password.
    if command -v pg_lsclusters >/dev/null; then
        local version cluster
        read -r version cluster _ < <(pg_lsclusters --no-header 2>/dev/null | grep -w down) &&
            as_root pg_ctlcluster --skip-systemctl-redirect "$version" "$cluster" start >/dev/null 2>&1
    fi
    pg_answers "$pg_url" || start_own_cluster
}

start_redis() {
    if [ -n "$redis_url" ]; then
        redis_answers "$redis_url" && return 0
        echo "WAGTAIL_LICENSING_TEST_REDIS_URL is set, but nothing answers there." >&2
        return 1
    fi
    redis_url=$redis_url_default
    command -v redis-server >/dev/null && command -v redis-cli >/dev/null || install_packages redis-server || return 1
    redis_answers "$redis_url" && return 0
    local port
    port=$(free_port) && started_redis=$port
    redis-server --daemonize yes --bind 127.0.0.1 --port "$port" --save '' --appendonly no --dir "${TMPDIR:-/tmp}" >/dev/null || return 1
    redis_url=redis://127.0.0.1:$port/9
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        redis_answers "$redis_url" && return 0
        sleep 0.3
    done
    return 1
}

stop_services() {
    if [ -n "$started_cluster" ]; then
        (cd "$started_cluster" && as_postgres "$(pg_bin pg_ctl)" -D "$started_cluster/data" -m immediate stop >/dev/null 2>&1)
        rm -rf "$started_cluster"
    fi
    [ -z "$started_redis" ] || redis-cli -p "$started_redis" shutdown nosave >/dev/null 2>&1 || true
}
