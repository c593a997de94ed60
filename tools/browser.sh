#!/usr/bin/env bash
# Debian's Chromium for the browser tests, where we may install it. Elsewhere those tests say how to get it.
set -euo pipefail
if command -v chromium >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's chromium for the browser tests …"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
else
  echo "Debian's chromium is not installed: the browser tests will be skipped. Get it with: sudo apt-get install chromium"
fi
