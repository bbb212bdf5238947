#!/usr/bin/env bash
# Runs the start command, the configuration and the probe of the rendered Redis with a real server: Valkey, or Debian's
# Redis in its place (apt-get install redis-server), which reads the same configuration.
# Usage: e2e/redis/start.test.sh [file]      default: dist/aks-production/0200-redis.k8s.yaml
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
manifest=${1:-$here/../../dist/aks-production/0200-redis.k8s.yaml}
server=$(command -v valkey-server || command -v redis-server) || { echo 'redis: no valkey-server and no redis-server: apt-get install redis-server' >&2; exit 1; }
client=$(command -v valkey-cli || command -v redis-cli) || { echo 'redis: no valkey-cli and no redis-cli: apt-get install redis-tools' >&2; exit 1; }

work=$(mktemp -d)
pid=
cleanup() { [ -z "$pid" ] || { kill -KILL "$pid"; wait "$pid"; } 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
mkdir -p "$work"/{bin,run,etc,data}
port=$(node -e 'const s = require("node:net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')

# The container's programs and folders, elsewhere.
printf '#!/bin/sh\nexec %s "$@"\n' "$server" > "$work/bin/valkey-server"
printf '#!/bin/sh\nexec %s -p %s "$@"\n' "$client" "$port" > "$work/bin/valkey-cli"
chmod +x "$work"/bin/*
moved() { node "$here/container.mjs" "$manifest" "$1" | sed "s#/run/valkey#$work/run#g; s#/etc/valkey#$work/etc#g; s#^dir /data#dir $work/data#; s#^port 6379#port $port#"; }
moved configuration > "$work/etc/valkey.conf"
start=$(moved start)
probe=$(moved probe)

password="e2e-$(node -p 'require("node:crypto").randomBytes(24).toString("base64url")')"
# Any user will do: the platform chooses one.
as=()
if [ "$(id -u)" -eq 0 ]; then
  chown -R 10001:10001 "$work"
  as=(setpriv --reuid=10001 --regid=10001 --clear-groups)
fi
run() { env -i PATH="$work/bin:/usr/bin:/bin" REDIS_PASSWORD="$1" "${as[@]}" sh -c "$2"; }
ask() { run "$password" "REDISCLI_AUTH=\"\$REDIS_PASSWORD\" valkey-cli -h 127.0.0.1 $1"; }
ready() { run "$1" "$probe" 2>/dev/null; }
failures=0
check() {
  if eval "$2"; then echo "ok    $1"; else echo "WRONG $1"; failures=$((failures + 1)); fi
}
launch() {
  # Not `run`: its shell would stand between this one and the server.
  env -i PATH="$work/bin:/usr/bin:/bin" REDIS_PASSWORD="$password" "${as[@]}" sh -c "$start" > "$work/log" 2>&1 &
  pid=$!
  for _ in $(seq 100); do ready "$password" && return; sleep 0.1; done
  echo 'redis: did not become ready:' >&2; cat "$work/log" >&2; exit 1
}

launch
check 'the probe passes with the password' 'ready "$password"'
check 'the probe fails with another password' '! ready wrong'
check 'the probe fails without one' '! ready ""'
check 'nobody is served without the password' '[[ $(run "" "valkey-cli -h 127.0.0.1 ping" 2>&1) == *NOAUTH* ]]'
check 'the shell has become the server: signals reach it' '[[ $(tr "\0" " " < /proc/$pid/cmdline) == *server* ]]'
check 'the password stands in no argument list' '! grep -aqF "$password" /proc/$pid/cmdline'
check 'the password stands in no log' '! grep -qF "$password" "$work/log"'
check 'the password stands in a file that only its user may read' '[ "$(stat -c %a "$work/run/password.conf")" = 600 ]'
setting() { [ "$(ask "config get $1" | sed -n 2p)" = "$2" ]; }
check 'nothing is evicted' 'setting maxmemory-policy noeviction'
check 'every write goes to a file' 'setting appendonly yes'
check 'the memory has a limit' '[ "$(ask "config get maxmemory" | sed -n 2p)" -gt 0 ]'
check 'idle connections end' 'setting timeout 1800'
check 'as many clients as Open WebUI asks for' 'setting maxclients 10000'

ask 'set session kept' > /dev/null
kill -TERM "$pid"
code=0
wait "$pid" || code=$?
check 'SIGTERM ends it in order' '[ "$code" -eq 0 ]'
launch
check 'what was written is there after a restart' '[ "$(ask "get session")" = kept ]'

[ "$failures" -eq 0 ] || { echo "redis: $failures of the checks above are wrong" >&2; exit 1; }
echo "redis: $(basename "$server") takes what $(basename "$manifest") says"
