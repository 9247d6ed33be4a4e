#!/bin/sh
# Find or install what the tests use and PyPI does not have: a browser for the pages, HAProxy for the edge, and
# OpenSSL's program, with which a page shows how to verify without us.
# Never fails: tests that miss one of them skip, and say so. NO_SYSTEM=1 leaves the machine as it is.
set -u

missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="chromium fonts-dejavu-core"
command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ] || missing="$missing haproxy"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
[ "$missing" ] || exit 0

if [ -z "${NO_SYSTEM:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "system: installing $missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a list of names
    apt-get update -qq >/dev/null 2>&1 && apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 && exit 0
fi
echo "system: without $missing, the tests that need them are skipped"
