#!/usr/bin/env bash
# Checks the alerts with promtool (Debian's package prometheus), and plays e2e/monitoring/rules.test.yaml through them.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
cd "$here/../.."
command -v promtool > /dev/null || { echo 'promtool is needed: install the package prometheus.' >&2; exit 1; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

npx esbuild e2e/monitoring/all-rules.ts --bundle --platform=node --log-level=warning --outfile="$work/all-rules.js"
node "$work/all-rules.js" > "$work/rules.yaml"
cp "$here/rules.test.yaml" "$work/"
passed=0
failed=0
check() {
  local what=$1
  shift
  if "$@" > "$work/output" 2>&1; then
    passed=$((passed + 1))
    echo "ok   $what"
  else
    failed=$((failed + 1))
    echo "FAIL $what"
    cat "$work/output"
  fi
}
check "promtool takes the rules" promtool check rules --lint=all --lint-fatal "$work/rules.yaml"
check "the alerts fire when they should, and only then" promtool test rules "$work/rules.test.yaml"
sed 's/> 0.144/> 0.9/' "$work/rules.yaml" > "$work/blunt.yaml"
sed 's/rules.yaml/blunt.yaml/' "$here/rules.test.yaml" > "$work/blunt.test.yaml"
check "a limit that nobody reaches is noticed" bash -c "! promtool test rules '$work/blunt.test.yaml'"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
