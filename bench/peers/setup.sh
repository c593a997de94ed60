#!/usr/bin/env bash
# Make bench/peers/.venv with PyBaMM and SimSES, for bench/engine.py alone: none of it enters the locks of Wattstead.
# Does nothing where all is as the lock files say.   bash bench/peers/setup.sh   (PYTHON=python3.12 for another one)
set -euo pipefail
cd "$(dirname "$0")"
fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }
python=${PYTHON:-}
for one in python3.13 python3.12 python3.11 python3; do
  [ -z "$python" ] && fits "$one" && python=$one
done
if [ -z "$python" ]; then
  echo "The peers need Python 3.11, 3.12 or 3.13 with venv." >&2
  exit 2
fi
stamp=$({ cat requirements.lock simses.lock; "$python" -V; pwd; } | cksum)
grep -qsxF "$stamp" .venv/.made && exit 0
echo "Installing PyBaMM and SimSES into bench/peers/.venv (a minute, once) …"
rm -rf .venv
"$python" -m venv .venv
install() { .venv/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes --no-deps "$@"; }
install -r requirements.lock
# simses says it needs Python 3.12, but what is measured of it runs on 3.11, too.
install --ignore-requires-python -r simses.lock
echo "$stamp" >.venv/.made
