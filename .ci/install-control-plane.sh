#!/usr/bin/env bash
# Builds etcd, kube-apiserver, kube-controller-manager and kubectl once into the user's cache, from the versions that
# e2e/control-plane/go.mod pins and go.sum seals. Prints the folder with the programs on standard output.
set -euo pipefail

module=$(cd "$(dirname "$0")/../e2e/control-plane" && pwd)
command -v go >/dev/null || { echo 'control-plane: Go 1.25 or newer is needed to build Kubernetes: install Go.' >&2; exit 1; }

seal=$(cat "$module/go.mod" "$module/go.sum" "$0" | sha256sum | cut -c1-16)
bin="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/control-plane-$seal"
if [ ! -x "$bin/kubectl" ]; then
  version=$(sed -n 's/^require k8s.io\/kubernetes //p' "$module/go.mod")
  echo "control-plane: building Kubernetes $version and etcd (about 4 minutes on 2 cores, once)" >&2
  mkdir -p "$(dirname "$bin")"
  staged=$(mktemp -d "$bin.XXXXXX")
  building=
  trap '[ -z "$building" ] || kill "$building" 2>/dev/null || true; rm -rf "$staged"' EXIT
  trap 'exit 1' INT TERM
  # kubectl and the servers report this version; without it they call themselves v0.0.0-master.
  stamp="-X k8s.io/component-base/version.gitVersion=$version -X k8s.io/client-go/pkg/version.gitVersion=$version"
  (cd "$module" && exec env CGO_ENABLED=0 GOFLAGS='-p=2 -buildvcs=false' go build -trimpath -mod=readonly -ldflags="-s -w $stamp" -o "$staged/" tool) >&2 &
  building=$!
  while kill -0 "$building" 2>/dev/null; do
    sleep 1
    [ $((SECONDS % 30)) -ne 0 ] || echo "control-plane: still building (${SECONDS} s)" >&2
  done
  wait "$building"
  building=
  # Go names a program after its folder, and etcd's is called server.
  mv "$staged/server" "$staged/etcd"
  chmod 755 "$staged"
  mv -T "$staged" "$bin"
  echo "control-plane: built in ${SECONDS} s" >&2
fi
echo "$bin"
