#!/usr/bin/env bash
# Debian's programs for some of the tests, where we may install them. Elsewhere those tests say how to get them.
set -euo pipefail
missing=()
for package in chromium mbpoll; do
  command -v "$package" >/dev/null || missing+=("$package")
done
if [ "${#missing[@]}" = 0 ]; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's ${missing[*]} for the tests …"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
else
  echo "Not installed: ${missing[*]}. The tests that need them will be skipped. Get them with: sudo apt-get install ${missing[*]}"
fi
