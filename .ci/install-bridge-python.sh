#!/usr/bin/env bash
# A Python with the packages of Open WebUI 0.12.4 that open-webui-functions/ imports, once in the user's cache. Prints
# the program's path.
set -euo pipefail

home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/bridge-python-0.12.4"
command -v python3 > /dev/null || { echo 'bridge-python: python3 (3.11 or newer) is needed: install Python.' >&2; exit 1; }
if [ ! -e "$home/.complete" ]; then
  echo 'bridge-python: installing httpx, pydantic and PyJWT (a few seconds, once)' >&2
  rm -rf "$home"
  mkdir -p "$(dirname "$home")"
  python3 -m venv "$home" >&2
  "$home/bin/pip" install --disable-pip-version-check --quiet 'httpx==0.28.1' 'pydantic==2.13.4' 'PyJWT==2.13.0' >&2
  touch "$home/.complete"
fi
echo "$home/bin/python"
