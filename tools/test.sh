#!/usr/bin/env bash
# The whole suite, quick parts first, so that a broken line is told in seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
"$bin/ruff" format --check src tests benchmarks
"$bin/ruff" check src tests benchmarks
"$bin/mypy"
"$bin/lint-imports"
"$bin/python" tools/words.py
"$bin/pytest" -q -n 2 --dist loadgroup tests
