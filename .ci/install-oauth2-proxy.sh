#!/usr/bin/env bash
# Builds oauth2-proxy, in the version of e2e/oauth2-proxy/go.mod, once below the user's cache. Prints the program and its
# version.
set -euo pipefail
cd "$(dirname "$0")/../e2e/oauth2-proxy"

program="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/bin/oauth2-proxy"
module=github.com/oauth2-proxy/oauth2-proxy/v7
command -v go > /dev/null || { echo 'oauth2-proxy: Go is needed: install it.' >&2; exit 1; }
version="$(go list -m -f '{{.Version}}' "$module")"
if ! { [ -x "$program" ] && "$program" --version | grep --quiet --fixed-strings "oauth2-proxy $version "; }; then
  echo "oauth2-proxy: building $version (a minute, once)" >&2
  # Not "go install module@version": that asks for the list of all versions, which is not served everywhere.
  go build -buildvcs=false -trimpath -ldflags "-X $module/pkg/version.VERSION=$version" -o "$program" "$module"
fi
echo "$program $version"
