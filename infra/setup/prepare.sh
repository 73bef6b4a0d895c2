#!/usr/bin/env bash
# Prepares this folder: system packages where they are missing, then a virtual environment in .venv.
#   prepare.sh run    what `make run` needs
#   prepare.sh dev    that, and what the tests and checks need
# System packages are the only thing that lands outside the project folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

what=${1:?run or dev}
venv=.venv

say() { printf 'switchboard: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null 2>&1

# Debian packages that are missing, one a line.
missing_packages() {
    command -v redis-server >/dev/null || echo redis-server
    [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/ssl/cert.pem ] || [ -d /etc/pki/tls/certs ] || echo ca-certificates
    local python
    if python=$(find_python); then
        has_venv "$python" || echo python3-venv
    else
        echo python3
        echo python3-venv
    fi
    [ "$what" = dev ] || return 0
    has_chromium || echo chromium
    command -v java >/dev/null || echo default-jre-headless
    command -v mvn >/dev/null || echo maven
}

install_packages() {
    local packages
    mapfile -t packages < <(missing_packages)
    [ ${#packages[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        fail "Switchboard needs ${packages[*]} (Debian's names): install them with your system's package manager and try again."
    [ "$(id -u)" = 0 ] ||
        fail "Switchboard needs ${packages[*]}: run 'sudo apt-get install ${packages[*]}' and try again."
    say "installing system packages: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update || fail "'apt-get update' failed, so ${packages[*]} cannot be installed: check this machine's apt sources."
    apt-get -qq install -y --no-install-recommends "${packages[@]}" >/dev/null ||
        fail "'apt-get install ${packages[*]}' failed: install them by hand and try again."
}

install_environment() {
    local python lock=requirements.lock
    python=$(find_python) || fail "Switchboard needs Python 3.11 or newer: install it, or name one with PYTHON=/path/to/python3."
    [ "$what" = run ] || lock=requirements-dev.lock
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
    say "installing Python packages from $lock into $venv (a minute or two the first time)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .
}

install_packages
install_environment
touch "$venv/.prepared-run"
[ "$what" = run ] || touch "$venv/.prepared-dev"
