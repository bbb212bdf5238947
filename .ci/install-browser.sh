#!/usr/bin/env bash
# Installs what drives Debian's Chromium, and the OpenID provider, once below the user's cache. Prints the folder.
# The browser itself is the machine's: apt-get install chromium
set -euo pipefail

playwright=1.65.1
oidc_provider=9.13.3

home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/browser-$playwright-$oidc_provider"
if [ ! -e "$home/.complete" ]; then
  echo 'browser: installing playwright-core and oidc-provider (a few seconds, once)' >&2
  rm -rf "$home"
  mkdir -p "$home"
  echo '{"private":true}' > "$home/package.json"
  npm install --prefix "$home" --no-audit --no-fund --save-exact --ignore-scripts --loglevel=error \
    "playwright-core@$playwright" "oidc-provider@$oidc_provider" >&2
  touch "$home/.complete"
fi
echo "$home"
