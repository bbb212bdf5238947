#!/usr/bin/env bash
# Asks the real oauth2-proxy whether it accepts the configurations in rendered folders.
# Usage: e2e/oauth2-proxy/config-test.sh [folder ...]      default: every folder of dist/
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
program="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/bin/oauth2-proxy"
module=github.com/oauth2-proxy/oauth2-proxy/v7

version="$(cd "$here" && go list -m -f '{{.Version}}' "$module")"
if ! { [ -x "$program" ] && "$program" --version | grep --quiet --fixed-strings "oauth2-proxy $version "; }; then
  echo "building oauth2-proxy $version (a minute, once)" >&2
  # Not "go install module@version": that asks for the list of all versions, which is not served everywhere.
  (cd "$here" && go build -buildvcs=false -trimpath -ldflags "-X $module/pkg/version.VERSION=$version" -o "$program" "$module")
fi

if [ $# -eq 0 ]; then
  set -- "$here"/../../dist/*/
fi
exec node "$here/config-test.mjs" "$program" "$version" "$@"
