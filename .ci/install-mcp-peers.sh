#!/usr/bin/env bash
# Installs the two gateways that the bench compares with, mcpo and IBM's ContextForge, each into a virtual environment of
# its own below the user's cache, once. Prints one line `<name> <folder>` for each that is there; says on stderr which
# one cannot be had, and why, and goes on.
set -uo pipefail

cache="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui"
command -v python3 > /dev/null || { echo 'mcp-peers: LEFT OUT, there is no python3 (3.11 or newer)' >&2; exit 0; }

install() {
  local name=$1 package=$2 version=$3 more=("${@:4}")
  local home="$cache/mcp-peer-$name-$version"
  if [ ! -e "$home/.complete" ]; then
    echo "mcp-peers: installing $package $version (a minute or more, once)" >&2
    rm -rf "$home"
    mkdir -p "$cache"
    if ! python3 -m venv "$home" > "$home.log" 2>&1 || ! nice "$home/bin/pip" install --disable-pip-version-check --quiet "$package==$version" "${more[@]}" >> "$home.log" 2>&1; then
      echo "mcp-peers: LEFT OUT, $package $version cannot be installed: $(grep -m1 -i error "$home.log" || tail -n1 "$home.log")" >&2
      rm -rf "$home"
      return
    fi
    touch "$home/.complete"
  fi
  echo "$name $home"
}

# mcpo 0.0.20 is of 2026-02 and bounds none of its packages: with later ones it does not start.
install mcpo mcpo 0.0.20 'mcp==1.26.0' 'fastapi==0.128.0'
install contextforge mcp-contextforge-gateway 1.0.7.post20260921
