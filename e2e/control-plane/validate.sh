#!/usr/bin/env bash
# Checks dist/<environment>/ with the API server's own validation code, without a server: seconds, not minutes.
#   bash e2e/control-plane/validate.sh [environment | folder …]      without one: every environment in dist/
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
validate=$(bash "$root/.ci/install-kubectl-validate.sh")

if [ $# -eq 0 ]; then
  shopt -s nullglob
  set -- "$root"/dist/*/
fi
passed=0
failed=0
if [ $# -eq 0 ]; then
  failed=1
  echo '[dist] FAIL there is an environment to validate: dist/ is empty, run npm run synth'
fi
for name in "$@"; do
  case $name in */*) folder=$name ;; *) folder="$root/dist/$name" ;; esac
  # 1.30 is the API that the library renders (cdk8s-plus-30).
  if output=$("$validate" "$folder" --local-crds "$root/imports/crds" --version 1.30 2>&1); then
    passed=$((passed + 1))
    echo "[$(basename "$folder")] ok   every object is valid"
  else
    failed=$((failed + 1))
    echo "[$(basename "$folder")] FAIL every object is valid"
    sed -e 's/\x1b\[[0-9]*m//g' -e '/\.\.\.OK$/d' -e '/^$/d' -e 's/^/              /' <<<"$output"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
