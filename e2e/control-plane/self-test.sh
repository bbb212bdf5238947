#!/usr/bin/env bash
# Proves that the check can fail: the good fixture passes whole, each other one fails at its own check, for its reason.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
passed=0
failed=0

# fixture | the one check that must fail | a word of the reason
expected='
violates-pod-security      | the controllers create every pod              | violates PodSecurity "restricted
violates-quota             | the controllers create every pod              | exceeded quota
violates-limit-range       | the controllers create every pod              | maximum memory usage per Container is 256Mi
unknown-priority-class     | the controllers create every pod              | no PriorityClass with name nowhere
missing-secret-key         | every ConfigMap, PersistentVolumeClaim, Secret | key KEY of Secret keys
quota-below-maximum        | the quota holds every pod at the maximum      | exceeded quota
replicas-beside-autoscaler | kubectl apply --server-side                   | conflict
undefaulted-list           | a second kubectl apply -f                     | sent again to
unknown-field              | kubectl apply -f creates                      | unknown field "spec.replica"
stray-kustomization        | kubectl apply -f creates                      | no matches for kind "Kustomization"
'

verdict() {
  if [ "$1" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  echo "[self-test] $1 $2"
}

# The check's own closing line is held back: this script has its own.
run() {
  bash "$here/run.sh" "${@/#/$here/fixtures/}" | sed -u 's/^\([0-9]* passed, .*\)/[self-test]      \1/'
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

if run good 2>&1 | tee "$log" && ! grep -q '\] skip' "$log"; then verdict ok 'the good fixture passes'; else verdict FAIL 'the good fixture must pass'; fi

fixtures=$(awk -F' *[|] *' 'NF { print $1 }' <<<"$expected")
if run $fixtures 2>&1 | tee "$log"; then verdict FAIL 'the bad fixtures must end in exit code 1'; else verdict ok 'the bad fixtures end in exit code 1'; fi

while IFS='|' read -r fixture check reason; do
  [ -n "$fixture" ] || continue
  read -r fixture <<<"$fixture"; read -r check <<<"$check"; read -r reason <<<"$reason"
  block=$(awk -v head="[$fixture]" 'index($0, "[") == 1 { mine = index($0, head) == 1 } mine' "$log")
  failures=$(grep -c "^\[$fixture\] FAIL" <<<"$block" || true)
  if [ "$failures" = 1 ] && grep -qF "[$fixture] FAIL $check" <<<"$block" && grep -qF "$reason" <<<"$block"; then
    verdict ok "$fixture fails at: $check"
  else
    verdict FAIL "$fixture must fail only at: $check, with: $reason"
  fi
done <<<"$expected"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
