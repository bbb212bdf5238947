#!/usr/bin/env bash
# Installs kubectl-validate once into the user's cache and prints the program's path on standard output.
set -euo pipefail

version=v0.0.4
command -v go >/dev/null || { echo 'kubectl-validate: Go 1.23 or newer is needed to build it: install Go.' >&2; exit 1; }

bin="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/kubectl-validate-$version"
if [ ! -x "$bin/kubectl-validate" ]; then
  echo "kubectl-validate: building $version (about 2 minutes on 2 cores, once)" >&2
  GOBIN="$bin" GOFLAGS='-p=2' go install -trimpath -ldflags='-s -w' "sigs.k8s.io/kubectl-validate@$version" >&2
  echo "kubectl-validate: built in ${SECONDS} s" >&2
fi
echo "$bin/kubectl-validate"
