#!/bin/sh
# From nothing to one's own running plugin in Rust, with the commands that `nethost new` prints, in an empty folder.
#
#   tests/e2e/rust.sh NETHOST [SDK]
#
# NETHOST is the executable. SDK is the folder of the SDK while no version of it is released. Prints how long each
# command took. Set CARGO_NET_OFFLINE=true where no registry can be reached.
set -eu
HERE=$(dirname "$(realpath "$0")")
NETHOST=$(realpath "$1")
SDK=${2:+--sdk $(realpath "$2")}
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
cd "$FOLDER"
. "$HERE/timed.sh"

for TEMPLATE in probe client observer; do
    NAME=my-$TEMPLATE
    # Each is a stranger's plugin; the crates that they share are compiled once.
    export CARGO_TARGET_DIR="$FOLDER/target"
    WASM="$CARGO_TARGET_DIR/wasm32-wasip2/release/my_$TEMPLATE.wasm"
    # shellcheck disable=SC2086
    timed "$NAME: new" "$NETHOST" new "$NAME" --template "$TEMPLATE" $SDK
    cd "$NAME"
    timed "$NAME: format" cargo fmt --check
    timed "$NAME: build" cargo build --release --target wasm32-wasip2
    timed "$NAME: test" "$NETHOST" test "$WASM" "tests/my_$TEMPLATE.toml"
    timed "$NAME: unit tests" cargo test
    cd ..
done

WASM="$CARGO_TARGET_DIR/wasm32-wasip2/release/my_probe.wasm"
running "$NETHOST" "$WASM"
