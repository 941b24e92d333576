#!/usr/bin/env bash
# pyproject.toml → requirements/*.txt with hashes and without any host name. Needs uv on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
compile() {
  uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml "$@"
}
compile -o requirements/core.txt
compile --all-extras -o requirements/extras.txt -c requirements/core.txt
compile --all-extras --group dev -o requirements/dev.txt -c requirements/extras.txt
if grep -nE 'https?://' requirements/*.txt; then
  echo "A lock file names a host; do not commit it." >&2
  exit 1
fi
