#!/usr/bin/env bash
# Installs checkov once into the user's cache and prints the program's path.
set -euo pipefail

version=3.3.30
home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/checkov-$version"
command -v python3 > /dev/null || { echo 'checkov: python3 is needed: install Python.' >&2; exit 1; }
if [ ! -e "$home/.complete" ]; then
  echo "checkov: installing $version from PyPI (about a minute, once)" >&2
  rm -rf "$home"
  mkdir -p "$(dirname "$home")"
  python3 -m venv "$home" >&2
  "$home/bin/pip" install --disable-pip-version-check --quiet "checkov==$version" >&2
  touch "$home/.complete"
fi
echo "$home/bin/checkov"
