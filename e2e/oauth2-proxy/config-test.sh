#!/usr/bin/env bash
# Asks the real oauth2-proxy whether it accepts the configurations in rendered folders.
# Usage: e2e/oauth2-proxy/config-test.sh [folder ...]      default: every folder of dist/
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
built="$(bash "$here/../../.ci/install-oauth2-proxy.sh")"
read -r program version <<< "$built"
if [ $# -eq 0 ]; then
  set -- "$here"/../../dist/*/
fi
exec node "$here/config-test.mjs" "$program" "$version" "$@"
