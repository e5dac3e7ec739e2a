#!/usr/bin/env bash
# Asks the API whatever its description allows, and what it does not: see docs/api.md.
# Usage: scripts/fuzz-api.sh [PROGRAM]; further options of Schemathesis in FUZZ_OPTIONS.
set -euo pipefail
cd "$(dirname "$0")/.."

program="${1:-}"
if [ -z "$program" ]; then
    cargo build --locked
    program="$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/seika"
fi

tools="${FUZZ_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/seika-fuzz}"
[ -x "$tools/bin/st" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet 'schemathesis>=4.32,<5'; }

folder="$(mktemp -d)"
server=""
clean() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT
mkdir -p "$folder/scripts"
cp -r scripts/contracts "$folder/scripts/contracts"
cp -r scenarios "$folder/scenarios"
"$program" ledger init "$folder/nsw.ledger" >/dev/null
"$program" ledger submit "$folder/nsw.ledger" "$folder/scripts/contracts/nsw-employment.rhai" \
    --evidence tests/data/nsw.csv --at 1978-12-31 --by "Sato Hanako" >/dev/null

"$program" serve "$folder" --address 127.0.0.1:0 --lang en 2>"$folder/said" &
server=$!
for _ in $(seq 100); do
    address="$(grep -o 'http://[0-9.:]*' "$folder/said" | head -n 1 || true)"
    [ -z "$address" ] || break
    sleep 0.1
done

cd "$folder"
# The second time with names of what is there: made-up names are mostly not found, and reach little.
cat >named.toml <<'CONFIG'
[parameters]
"path.path" = "scripts/contracts/nsw-employment.rhai"
"path.ledger" = "nsw.ledger"
"path.entry" = 2
"path.run" = 1
"query.contract" = "scripts/contracts/nsw-employment.rhai"
CONFIG
curl --silent --fail --output /dev/null --header 'Content-Type: application/json' \
    --data '{"path": "scenarios/nsw-employment.toml", "paths": 1000}' "$address/api/v1/runs"
: >made-up.toml
status=0
for names in made-up named; do
    # Whether a file is there, a description cannot say: what fits it may still not be found.
    # shellcheck disable=SC2086
    "$tools/bin/st" --config-file "$names.toml" run "$address/api/v1/openapi.json" --checks all \
        --exclude-checks positive_data_acceptance --max-examples 50 --no-color ${FUZZ_OPTIONS:-} || status=$?
done
exit "$status"
