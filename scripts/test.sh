#!/usr/bin/env bash
# Every check of the project: formatting, lints, documentation, tests, the Python package. Needs only
# Rust; Python, and what the tests in a browser need (Chromium and its driver), are installed where they
# are missing, on Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"

for part in rustfmt clippy; do
    cargo "${part/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$part"
done

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
install() {
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
            install -y --no-install-recommends "$@" || true
}

browser_is_there() { command -v chromedriver >/dev/null && [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; }
if ! browser_is_there && command -v apt-get >/dev/null; then
    install chromium chromium-driver
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

python_is_there() {
    "${PYTHON:-python3}" -c 'import ensurepip, sys; assert sys.version_info >= (3, 9)' 2>/dev/null
}
if ! python_is_there && command -v apt-get >/dev/null; then
    install python3 python3-venv
fi
if ! python_is_there; then
    cat >&2 <<'HELP'
error: the tests of the Python package need Python 3.9 or later with venv, which is not here
  Debian, as root:  apt-get install python3 python3-venv
  elsewhere:        say where it is: PYTHON=/path/to/python3 scripts/test.sh
HELP
    exit 1
fi

# Where nothing is built yet, what helps to build a second time, or to step through, only takes time and
# space. A test that fails names its line all the same.
if [ ! -d "${CARGO_TARGET_DIR:-target}/debug" ]; then
    export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"
    export CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-false}"
    export CARGO_PROFILE_DEV_CODEGEN_UNITS="${CARGO_PROFILE_DEV_CODEGEN_UNITS:-4}"
fi

cargo fmt --all -- --check
cargo clippy --workspace --all-targets --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

# The engine's own tests compute little: built without optimisation they take a minute, with it three.
# (The Python package only brings the features that the other crates are built with.)
unit=(--package seika-engine --package seika-python --features seika-python/as-tested --tests --locked
    --config 'profile.dev.package.seika-engine.opt-level=0')
rest=(--workspace --exclude seika-engine --locked)
cargo test "${rest[@]}" --no-run
cargo test "${unit[@]}" --no-run

# The tests in a browser mostly wait, and the sessions are one after another: both run beside the others.
# One line for all of cargo's summaries, of which there is one for each test program.
log="$(mktemp -d)"
trap 'rm -rf "$log"' EXIT
status=0
others=(--lib --bins)
for file in tests/tests/*.rs tests/tests/*/main.rs; do
    name="${file#tests/tests/}"
    name="${name%/main.rs}"
    name="${name%.rs}"
    [ "$name" = browser ] || [ "$name" = sessions ] || others+=(--test "$name")
done
cargo test "${rest[@]}" --no-fail-fast --test browser >"$log/browser" 2>&1 &
browser=$!
cargo test "${rest[@]}" --no-fail-fast --test sessions >"$log/sessions" 2>&1 &
sessions=$!
cargo test "${unit[@]}" --no-fail-fast 2>&1 | tee "$log/unit" || status=$?
cargo test "${rest[@]}" --no-fail-fast "${others[@]}" 2>&1 | tee "$log/others" || status=$?
cargo test --workspace --locked --no-fail-fast --doc 2>&1 | tee "$log/documentation" || status=$?
wait "$browser" || status=$?
wait "$sessions" || status=$?
cat "$log/browser" "$log/sessions"

# The wheel shares what the tests were built from. What pytest counted is told as cargo tells it.
scripts/python.sh --features as-tested 2>&1 | tee "$log/pytest" || status=$?
tail -n 1 "$log/pytest" | awk '{
    for (i = 2; i <= NF; i++) {
        if ($i ~ /^passed/) passed += $(i - 1)
        if ($i ~ /^(failed|error)/) failed += $(i - 1)
    }
} END { printf "test result: - %d passed; %d failed;\n", passed, failed }' >"$log/python"
cat "$log"/* | awk '/^test result:/ { passed += $4; failed += $6 } END { printf "\n%d passed, %d failed\n", passed, failed }'
exit "$status"
