#!/usr/bin/env bash
# Builds the wheel of the Python package in an environment of its own and runs its tests, some of them on
# a cluster of worker processes. Needs Rust, and Python 3.9 or later with venv. Arguments go to the build
# of the wheel.
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check -r python/tests/requirements.txt
"$work/venv/bin/maturin" build -q --locked -m python/Cargo.toml -o "$work/wheels" "$@"
"$work/venv/bin/pip" install -q --disable-pip-version-check --no-deps "$work"/wheels/*.whl
"$work/venv/bin/python" -m pytest -q --durations=8 python/tests
