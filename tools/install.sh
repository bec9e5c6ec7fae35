#!/bin/sh
# Makes .venv and installs Kith into it:  sh tools/install.sh base|dev
# Does nothing when the lock file, pyproject.toml and the place of the checkout are the ones installed last.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-base}

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in ${KITH_PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
    say "Kith needs Python 3.11 or newer, and none was found (tried python3.13, 3.12, 3.11 and python3)."
    say "On Debian or Ubuntu: apt-get install python3 python3-venv. Another one: make install KITH_PYTHON=/path/to/python"
    exit 1
}

# a checkout that was moved has a .venv whose commands point to the old place: the path is part of the mark
mark() { { pwd; cat pyproject.toml "requirements/$1.txt"; } | cksum; }

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$python has no ensurepip, so it cannot make a virtual environment."
        say "On Debian or Ubuntu it comes with one package: apt-get install python$version-venv"
        exit 1
    fi
    say "install: virtual environment in .venv, with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

# an environment with the developer's packages has the base ones too
have=
for done in dev base; do
    if [ "$(cat .venv/.kith-$done 2>/dev/null || true)" = "$(mark $done)" ]; then have="$have $done"; fi
done
case "$kind:$have" in
    base:*base* | base:*dev* | dev:*dev*) ;;
    *)
        pip="env PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 .venv/bin/python -m pip install --quiet"
        if ! [ -f .venv/.kith-dev ] || [ "$kind" = dev ]; then lock=$kind; else lock=dev; fi
        say "install: packages of requirements/$lock.txt"
        rm -f .venv/.kith-base .venv/.kith-dev
        $pip --require-hashes -r "requirements/$lock.txt"
        say "install: Kith and its assets (the first time this fetches Node, 60 MB, for the build only)"
        $pip --no-deps -e .
        mark "$lock" >".venv/.kith-$lock"
        ;;
esac

.venv/bin/python hatch_build.py
