#!/usr/bin/env bash
# Builds kube-score and kubeconform once into the user's cache and prints the folder with the programs.
set -euo pipefail

kube_score=v1.20.0
kubeconform=v0.8.0
command -v go >/dev/null || { echo 'scanners: Go 1.24 or newer is needed to build them: install Go.' >&2; exit 1; }

bin="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/scanners-$kube_score-$kubeconform"
if [ ! -e "$bin/.complete" ]; then
  echo "scanners: building kube-score $kube_score and kubeconform $kubeconform (about a minute on 2 cores, once)" >&2
  export GOBIN="$bin" GOFLAGS='-p=2'
  go install -trimpath -ldflags='-s -w' "github.com/zegl/kube-score/cmd/kube-score@$kube_score" >&2
  go install -trimpath -ldflags='-s -w' "github.com/yannh/kubeconform/cmd/kubeconform@$kubeconform" >&2
  touch "$bin/.complete"
  echo "scanners: built in ${SECONDS} s" >&2
fi
echo "$bin"
