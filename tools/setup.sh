#!/usr/bin/env bash
# Make the virtual environment and the front end. Usage: PYTHON=python3.12 tools/setup.sh VENV demo|dev
# Does nothing where all is as the lock file and the sources say.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1 kind=$2
if [ -z "${PYTHON:-}" ]; then
  echo "Wattstead needs Python 3.11, 3.12 or 3.13 with venv (on Debian: apt install python3 python3-venv)." >&2
  exit 2
fi

# What an environment was made from; a dev environment serves the demo, too.
stamp() { { cat "requirements/$1.lock" pyproject.toml; "$venv/bin/python" -V; pwd; } | cksum; }
is_made() { grep -qsxF "$1 $(stamp "$1")" "$venv/.wattstead"; }

# pip with a count instead of its chatter; all of it is shown when it fails.
install() {
  local log=$venv/install.log total=$1 count=0 show=/dev/stdout
  shift
  [ -t 1 ] || show=/dev/null
  if ! "$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off "$@" >"$log" 2>&1 | cat; then
    cat "$log" >&2
    return 1
  fi &
  local running=$!
  while kill -0 "$running" 2>/dev/null; do
    count=$(grep -c '^Collecting' "$log" 2>/dev/null || true)
    if [ "${count:-0}" -lt "$total" ]; then printf '\r      package %s of %s ' "${count:-0}" "$total" >"$show"
    else printf '\r      unpacking …          ' >"$show"; fi
    sleep 0.3
  done
  printf '\r%30s\r' '' >"$show"
  wait "$running"
}

if [ ! -x "$venv/bin/python" ]; then
  echo "[1/3] Making a Python environment in $venv …"
  "$PYTHON" -m venv "$venv"
fi
if ! is_made "$kind" && ! is_made dev; then
  lock=requirements/$kind.lock
  packages=$(grep -c '==' "$lock")
  echo "[2/3] Installing $packages packages from $lock (a minute or two, once) …"
  install "$packages" --require-hashes -r "$lock"
  install 1 --no-deps --no-build-isolation --editable .
  echo "$kind $(stamp "$kind")" >>"$venv/.wattstead"
fi
# Where Python keeps nothing of what it compiles, each start of the program would compile it anew.
"$venv/bin/python" -m compileall -q src/wattstead
echo "[3/3] The page …"
"$venv/bin/python" tools/build_web.py
