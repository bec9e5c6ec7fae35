#!/bin/sh
# Resolves pyproject.toml into requirements/base.txt and requirements/dev.txt, with hashes and without addresses.
# Keeps the pinned versions that still fit; `make lock ARGS=--upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."
uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    uv=build/uv/bin/uv
    [ -x "$uv" ] || { sh tools/install.sh base; .venv/bin/python -m venv build/uv; build/uv/bin/python -m pip install --quiet uv==0.13.8; }
fi
compile() {
    out=$1
    shift
    UV_PYTHON_DOWNLOADS=never "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
        --generate-hashes --no-annotate --custom-compile-command "make lock" -o "requirements/$out.txt" "$@"
}
compile base "$@"
compile dev --constraint requirements/base.txt --extra postgres --extra mysql --extra redis --extra zh --extra dev "$@"
