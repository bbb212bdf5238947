#!/usr/bin/env bash
# Applies dist/<environment>/ to a real Kubernetes API server and lets the real controllers create the pods.
#   bash e2e/control-plane/run.sh [environment | folder …]      without one: every environment in dist/
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$(bash "$here/../../.ci/install-control-plane.sh")
exec node "$here/run.mjs" "$bin" "$@"
