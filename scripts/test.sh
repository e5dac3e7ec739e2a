#!/usr/bin/env bash
# Every check of the project: formatting, lints, documentation, tests. Needs only Rust; what the
# tests in a browser need (Chromium and its driver) is installed where it is missing, on Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"

for part in rustfmt clippy; do
    cargo "${part/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$part"
done

browser_is_there() { command -v chromedriver >/dev/null && [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; }
if ! browser_is_there && command -v apt-get >/dev/null; then
    as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
            install -y --no-install-recommends chromium chromium-driver || true
fi
if ! browser_is_there; then
    cat >&2 <<'HELP'
error: the tests in a browser need Chromium and its driver, which are not here and cannot be installed
  Debian, as root:  apt-get install chromium chromium-driver
  elsewhere:        put `chromedriver` into the PATH, and Chromium at /usr/bin/chromium, or say where
                    it is: CHROMIUM=/path/to/chromium scripts/test.sh
HELP
    exit 1
fi

# Where nothing is built yet, what helps to build a second time only takes time and space.
[ -d "${CARGO_TARGET_DIR:-target}/debug" ] || export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"

cargo fmt --all -- --check
cargo clippy --workspace --all-targets --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

# The tests in a browser mostly wait, so they run beside the others. One line for all of cargo's
# summaries, of which there is one for each test program.
cargo test --workspace --locked --no-run
log="$(mktemp -d)"
trap 'rm -rf "$log"' EXIT
status=0
others=(--lib --bins)
for file in tests/tests/*.rs tests/tests/*/main.rs; do
    name="${file#tests/tests/}"
    name="${name%/main.rs}"
    name="${name%.rs}"
    [ "$name" = browser ] || others+=(--test "$name")
done
cargo test --workspace --locked --no-fail-fast --test browser >"$log/browser" 2>&1 &
browser=$!
cargo test --workspace --locked --no-fail-fast "${others[@]}" 2>&1 | tee "$log/others" || status=$?
cargo test --workspace --locked --no-fail-fast --doc 2>&1 | tee "$log/documentation" || status=$?
wait "$browser" || status=$?
cat "$log/browser"
cat "$log"/* | awk '/^test result:/ { passed += $4; failed += $6 } END { printf "\n%d passed, %d failed\n", passed, failed }'
exit "$status"
