#!/usr/bin/env bash
# Builds what stands in for azurerm 4.x (the Go module proxy serves none; the schema is 4.55.0's, the stacks ask for
# 4.73.0) once into the user's cache, and prints two lines: the folder of the stand-in with azurerm's own schema, and the
# program of azurerm 5, which knows what values Azure takes. The second line is empty where it could not be built.
set -euo pipefail

e2e=$(cd "$(dirname "$0")/../e2e/azure" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui"
command -v go > /dev/null || { echo 'azurerm: Go 1.26 or newer is needed to build the provider: install Go.' >&2; exit 1; }
mkdir -p "$cache"

build() { # <folder of the module> <name> <package> <how long>
  local seal bin
  seal=$(find "$e2e/$1" -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -c1-16)
  bin="$cache/$2-$seal"
  if [ ! -x "$bin/provider" ]; then
    local staged start=$SECONDS
    echo "azurerm: building $2 ($4, once)" >&2
    staged=$(mktemp -d "$bin.XXXXXX")
    # Not optimized: half the time to build, and it only reads.
    (cd "$e2e/$1" && exec env CGO_ENABLED=0 GOFLAGS='-p=2 -buildvcs=false' \
      go build -trimpath -mod=readonly -gcflags='all=-N -l' -ldflags='-s -w' -o "$staged/provider" "$3") >&2 &
    while kill -0 $! 2> /dev/null; do
      sleep 1
      [ $(((SECONDS - start) % 30)) -ne 0 ] || echo "azurerm: still building $2 ($((SECONDS - start)) s)" >&2
    done
    if ! wait $!; then
      rm -rf "$staged"
      return 1
    fi
    chmod 755 "$staged"
    mv -T "$staged" "$bin"
    echo "azurerm: built $2 in $((SECONDS - start)) s" >&2
  fi
  echo "$bin"
}

build stand-in azurerm-stand-in . 'half a minute'
if five=$(build azurerm-5 azurerm-5 github.com/hashicorp/terraform-provider-azurerm '6 to 11 minutes'); then
  echo "$five/provider"
else
  echo 'azurerm: azurerm 5 could not be built; what values it takes is left out' >&2
  echo
fi
