#!/usr/bin/env bash
# Installs the conformance suite and the Inspector of the MCP project, with the Node 22 they need, once into the user's
# cache; prints the folder. They are not in package.json: this repository runs on Node 20.
set -euo pipefail

node=22.23.3
conformance=0.2.0-alpha.12
inspector=2.12.0

home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/mcp-tools-$node-$conformance-$inspector"
if [ ! -e "$home/.complete" ]; then
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) platform=linux-x64 ;;
    Linux-aarch64) platform=linux-arm64 ;;
    Darwin-arm64) platform=darwin-arm64 ;;
    *) echo "mcp-tools: there is no Node $node package for $(uname -sm)." >&2; exit 1 ;;
  esac
  echo 'mcp-tools: installing the conformance suite and the Inspector (about a minute, once)' >&2
  rm -rf "$home"
  mkdir -p "$home"
  echo '{"private":true}' > "$home/package.json"
  npm install --prefix "$home" --no-audit --no-fund --save-exact --ignore-scripts --loglevel=error \
    "node-$platform@$node" "@modelcontextprotocol/conformance@$conformance" "@modelcontextprotocol/inspector@$inspector" >&2
  ln -s "node_modules/node-$platform/bin/node" "$home/node"
  touch "$home/.complete"
fi
echo "$home"
