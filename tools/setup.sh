#!/usr/bin/env bash
# Make the virtual environment and the front end. Usage: PYTHON=python3.12 tools/setup.sh VENV demo|dev
# Does nothing where all is as the lock file and the sources say.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 kind=$2
lock=requirements/$kind.lock
if [ -z "${PYTHON:-}" ]; then
  echo "Wattstead needs Python 3.11, 3.12 or 3.13 with venv (on Debian: apt install python3 python3-venv)." >&2
  exit 2
fi
stamp() { { cat "$lock" pyproject.toml; "$venv/bin/python" -V; pwd; } | cksum | tr -d '\n'; echo " $1"; }

if [ ! -x "$venv/bin/python" ]; then
  echo "[1/3] Making a Python environment in $venv …"
  "$PYTHON" -m venv "$venv"
fi
mark=$venv/.wattstead
if ! grep -qsxF "$(stamp "$kind")" "$mark" && ! grep -qsxF "$(lock=requirements/dev.lock stamp dev)" "$mark"; then
  echo "[2/3] Installing $(grep -c '==' "$lock") packages from $lock (a minute or two, once) …"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --progress-bar "${WATTSTEAD_BAR:-on}" \
    --require-hashes -r "$lock"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  stamp "$kind" >>"$mark"
fi
"$venv/bin/python" tools/build_web.py
