#!/usr/bin/env bash
# Installs cdktn, the community's successor of cdktf, under cdktf's name once into the user's cache, and prints the folder
# of the package.
set -euo pipefail

version=0.24.0
home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/cdktn-$version"
if [ ! -e "$home/.complete" ]; then
  rm -rf "$home"
  mkdir -p "$home"
  echo '{"private":true}' > "$home/package.json"
  npm install --prefix "$home" --no-audit --no-fund --save-exact --ignore-scripts --loglevel=error "cdktf@npm:cdktn@$version" >&2
  touch "$home/.complete"
fi
echo "$home/node_modules/cdktf"
