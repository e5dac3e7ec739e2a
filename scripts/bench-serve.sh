#!/usr/bin/env bash
# Two hundred people on the pages for a minute while a simulation runs: how long they wait, and
# whether anything fails. Needs wrk (Debian: apt-get install wrk). See docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
users="${1:-200}" seconds="${2:-60}" pause="${3:-1000}" # pause: milliseconds between two pages of a person
command -v wrk >/dev/null || { echo "error: wrk is missing: apt-get install wrk" >&2; exit 1; }
cargo build --release --quiet --locked

folder="$(mktemp -d)"
trap 'kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
mkdir -p "$folder/scripts" && cp -r scripts/contracts "$folder/scripts/" && cp -r scenarios "$folder/"
"${CARGO_TARGET_DIR:-target}"/release/seika serve "$folder" --address 127.0.0.1:18099 --lang ja 2>"$folder/said" &
server=$!
until grep -q http "$folder/said"; do sleep 0.1; done
at=http://127.0.0.1:18099

cat >"$folder/pages.lua" <<LUA
local pages = {
  "/", "/contracts/scripts/contracts/tama-hypertension.rhai", "/scenarios/scenarios/tama-hypertension.toml",
  "/contracts/scripts/contracts/kobe-kidney.rhai", "/edit/scenarios/tama-hypertension.toml",
}
local turn = 0
wrk.headers["Accept-Encoding"] = "gzip"
request = function() turn = turn + 1; return wrk.format(nil, pages[turn % #pages + 1]) end
delay = function() return math.random(0, 2 * $pause) end
done = function(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("%d pages, %d errors; 50%% within %.0f ms, 99%% within %.0f ms, slowest %.0f ms\n",
    summary.requests, bad, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
LUA

for page in "" contracts/scripts/contracts/tama-hypertension.rhai; do
    curl -s -o /dev/null -w "$page %{time_total} s, %{size_download} bytes\n" "$at/$page"
done
run=$(curl -s -X POST "$at/api/v1/runs" -H 'content-type: application/json' \
    -d '{"path":"scenarios/tama-hypertension.toml","paths":100000000}' | grep -o '[0-9]*')
wrk --threads 2 --connections "$users" --duration "${seconds}s" --timeout 10s --script "$folder/pages.lua" "$at" | tail -1
curl -s "$at/api/v1/runs/$run" | head -c 200; echo
