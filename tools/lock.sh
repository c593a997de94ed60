#!/usr/bin/env bash
# Resolve the dependencies anew into lock files with hashes, one for all supported Pythons and systems.
# uv is used for this alone: pip-compile writes a lock for the one Python that it runs on (docs/decisions/locks.md).
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
python3 -m venv "$tool" && "$tool/bin/pip" install --quiet uv
lock() {
  "$tool/bin/uv" pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --quiet --upgrade "$@"
}
lock --extra all --group build -o requirements/demo.lock
lock --extra all --group dev --group build -o requirements/dev.lock
