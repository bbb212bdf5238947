#!/usr/bin/env bash
# Builds k6 once into the user's cache, from the version that e2e/load/go.mod pins and go.sum seals. Prints the program's
# path on standard output.
set -euo pipefail

module=$(cd "$(dirname "$0")/../e2e/load" && pwd)
command -v go > /dev/null || { echo 'k6: Go 1.26 or newer is needed to build it: install Go.' >&2; exit 1; }

# Not "go install module@version": that asks for the list of all versions, which is not served everywhere.
version=$(cd "$module" && go list -m -f '{{.Version}}' go.k6.io/k6/v2)
home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/k6-$version"
if [ ! -e "$home/.complete" ]; then
  echo "k6: building $version (3 to 6 minutes on 2 cores, once)" >&2
  rm -rf "$home"
  mkdir -p "$home"
  (cd "$module" && exec env CGO_ENABLED=0 GOFLAGS='-p=2 -buildvcs=false' \
    go build -trimpath -mod=readonly -ldflags='-s -w' -o "$home/k6" go.k6.io/k6/v2) >&2 &
  while kill -0 $! 2> /dev/null; do
    sleep 1
    [ $((SECONDS % 30)) -ne 0 ] || echo "k6: still building ($SECONDS s)" >&2
  done
  wait $!
  touch "$home/.complete"
  echo "k6: built in $SECONDS s" >&2
fi
echo "$home/k6"
