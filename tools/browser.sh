#!/bin/sh
# Prints the path of a Chromium for the browser tests:  sh tools/browser.sh [--update]
# Looks for one; where it may (root on Debian or Ubuntu) it installs one, with --update after `apt-get update`.
# Exit status 1 and nothing on stdout when there is none.
set -u

find_browser() {
    for name in ${KITH_TEST_BROWSER:-} chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable chrome; do
        path=$(command -v "$name" 2>/dev/null) && "$path" --version >/dev/null 2>&1 && { printf '%s\n' "$path"; return 0; }
    done
    return 1
}

find_browser && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 1
export DEBIAN_FRONTEND=noninteractive
if [ "${1:-}" = --update ]; then apt-get update -qq >/dev/null 2>&1 </dev/null || true; fi
for package in chromium-headless-shell chromium; do
    echo "browser: apt-get install $package" >&2
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 </dev/null && find_browser && exit 0
done
exit 1
