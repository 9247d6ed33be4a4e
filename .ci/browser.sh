#!/bin/sh
# Find or install a browser for the page tests. Never fails: without one they skip, and say so.
set -u

[ "${NO_BROWSER:-}" ] && { echo "browser: not wanted, page tests are skipped"; exit 0; }
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
[ -n "${GAPURA_CHROMIUM:-}" ] && [ -x "$GAPURA_CHROMIUM" ] && exit 0

install_chromium() {
    command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || return 1
    echo "browser: installing Debian's chromium"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1
}

install_chromium || echo "browser: none found or installable, page tests are skipped"
