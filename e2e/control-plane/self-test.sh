#!/usr/bin/env bash
# Proves that the check can fail: the good fixture passes whole, each other one fails at its own check, for its reason.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

# fixture | the first check that must fail | words of the reason
expected='
violates-pod-security | the controllers create every pod | violates PodSecurity "restricted
violates-quota | the controllers create every pod | exceeded quota
violates-limit-range | the controllers create every pod | maximum memory usage per Container is 256Mi
unknown-priority-class | the controllers create every pod | no PriorityClass with name nowhere
missing-secret-key | every ConfigMap, PersistentVolumeClaim, Secret | key KEY of Secret keys
quota-below-maximum | the quota holds every pod at the maximum | exceeded quota
replicas-beside-autoscaler | kubectl apply --server-side | conflict
undefaulted-list | a second kubectl apply -f | sent again to
unknown-field | kubectl apply -f creates | unknown field "spec.replica"
stray-kustomization | kubectl apply -f creates | no matches for kind "Kustomization"'

passed=0
failed=0
verdict() {
  if [ "$1" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  printf '[self-test] %-4s %s\n' "$1" "$2"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Without the closing line of the check itself: this script has its own.
run() {
  bash "$here/run.sh" "${@/#/$here/fixtures/}" | tee "$log" | sed -u -e '/^[0-9]* passed, /d' -e 's/^/  | /'
}

if run good && ! grep -q '\] skip' "$log"; then
  verdict ok 'the good fixture passes'
else
  verdict FAIL 'the good fixture must pass, with nothing skipped'
fi

mapfile -t bad < <(awk -F' [|] ' 'NF { print $1 }' <<<"$expected")
if run "${bad[@]}"; then
  verdict FAIL 'the bad fixtures must end with exit code 1'
else
  verdict ok 'the bad fixtures end with exit code 1'
fi

while IFS='|' read -r fixture check reason; do
  fixture=${fixture% } check=${check# } check=${check% } reason=${reason# }
  own=$(awk -v head="[$fixture]" 'index($0, "[") == 1 { mine = index($0, head) == 1 } mine' "$log")
  first=$(grep -m 1 '\] FAIL ' <<<"$own" || true)
  if [[ $first == "[$fixture] FAIL $check"* && $own == *"$reason"* ]]; then
    verdict ok "$fixture fails at: $check"
  else
    verdict FAIL "$fixture must fail first at: $check, because of: $reason"
  fi
done < <(tail -n +2 <<<"$expected")

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
