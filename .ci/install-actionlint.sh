#!/usr/bin/env bash
# Builds actionlint, which reads GitHub's workflows, once below the user's cache. Prints the program.
#   "$(bash .ci/install-actionlint.sh)"      in the repository's root: every workflow
set -euo pipefail

version=v1.7.12

home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/actionlint-$version"
if [ ! -e "$home/.complete" ]; then
  command -v go > /dev/null || { echo 'actionlint: Go is needed to build it: install Go.' >&2; exit 1; }
  echo "actionlint: building $version (a few seconds, once)" >&2
  rm -rf "$home"
  mkdir -p "$home"
  GOBIN="$home" go install "github.com/rhysd/actionlint/cmd/actionlint@$version" >&2
  touch "$home/.complete"
fi
echo "$home/actionlint"
