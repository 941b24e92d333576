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
# Senders that cannot be installed beside others lie here (tools/programs.sh).
if [ -d build/beside ]; then export SENDERS_ROOT="$PWD/build/beside"; fi
# One more than CI has cores: a whole tower often waits for the clock or a socket.
"$bin/pytest" -q -n 3 tests
# What decides on PostgreSQL too, skipped with the reason where there is none; all: test-postgres.
HINOMI_TEST_DATABASE=postgres "$bin/pytest" -q -n 2 tests/portal/test_engine.py \
  tests/portal/bell tests/portal/access/test_owned.py tests/portal/access/test_crawler.py \
  tests/portal/access/test_chain.py
