#!/bin/sh
# From nothing to one's own running plugin in Python, with the commands that `nethost new` prints, in an empty folder.
#
#   tests/e2e/python.sh NETHOST
#
# NETHOST is the executable. Prints how long each command took. pip must reach its registry.
set -eu
HERE=$(dirname "$(realpath "$0")")
NETHOST=$(realpath "$1")
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
cd "$FOLDER"
# The build calls `nethost pack`.
mkdir bin
ln -s "$NETHOST" bin/nethost
PATH="$FOLDER/bin:$PATH"
. "$HERE/timed.sh"

timed "new" "$NETHOST" new my-probe --lang python
cd my-probe
timed "install" sh -c 'python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt'
timed "build" ./build
timed "test" "$NETHOST" test my-probe.wasm tests/my_probe.toml
timed "unit tests" python3 -m unittest
running "$NETHOST" my-probe.wasm
