# What the scripts beside this file share.

# Runs a command quietly, and prints how long it took. Shows its output if it fails.
timed() {
    WHAT=$1
    shift
    BEGAN=$(date +%s.%N)
    if ! "$@" > "$FOLDER/output" 2>&1; then
        cat "$FOLDER/output"
        echo "FAILED: $WHAT: $*"
        exit 1
    fi
    ENDED=$(date +%s.%N)
    awk -v began="$BEGAN" -v ended="$ENDED" -v what="$WHAT" \
        'BEGIN { printf "%7.1f s  %s\n", ended - began, what }'
}

# Runs a probe on the real host: without a grant, with one, and denied. Nothing leaves this machine.
running() {
    if "$1" --audit /dev/null run "$2" 127.0.0.1 < /dev/null > "$FOLDER/output" 2>&1; then
        echo "FAILED: it ran although nothing allows it"
        exit 1
    fi
    grep -q 'cap = "icmp.echo"' "$FOLDER/output" || { cat "$FOLDER/output"; exit 1; }
    timed "run" "$1" --audit /dev/null --allow icmp.echo=127.0.0.1 --allow dns.resolve run "$2" 127.0.0.1
    grep -q '^127.0.0.1 (127.0.0.1): 3 of 3 answered' "$FOLDER/output" || { cat "$FOLDER/output"; exit 1; }
    cat "$FOLDER/output"
}
