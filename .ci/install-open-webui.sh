#!/usr/bin/env bash
# Installs the real Open WebUI, of the version that dist/ pins, into a virtual environment below the user's cache, once.
# Prints the folder.
#
# torch and what comes with it is left out: it is four of the five gigabytes, and only the embedding model inside the
# image, Whisper and rerankers use it. Open WebUI imports it where it is used, so everything else runs as it is; the run
# end to end points embeddings at an OpenAI-compatible server instead.
set -euo pipefail
cd "$(dirname "$0")/.."

uv=0.13.8
resolved=2026-11-20
version="$(grep -rhoE 'ghcr.io/open-webui/open-webui:[^ ]+' dist | sort -u | cut -d: -f2)"
case "$version" in
  '' | *$'\n'*) echo "open-webui: dist/ must pin one version of Open WebUI, it has: ${version:-none}" >&2; exit 1 ;;
esac

home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/open-webui-$version"
python=''
for candidate in python3.12 python3.11 python3; do
  if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2> /dev/null; then
    python="$(command -v "$candidate")"
    break
  fi
done
[ -n "$python" ] || { echo 'open-webui: Python 3.11 or 3.12 is needed: install it.' >&2; exit 1; }

if [ ! -e "$home/.complete" ]; then
  echo "open-webui: installing Open WebUI $version without torch (a few minutes, once)" >&2
  rm -rf "$home"
  mkdir -p "$(dirname "$home")"
  "$python" -m venv "$home" >&2
  "$home/bin/pip" install --disable-pip-version-check --quiet "uv==$uv" >&2
  # A requirement whose marker is never true is not installed.
  never="sys_platform == 'none'"
  printf "%s ; $never\n" torch torchvision triton sentence-transformers accelerate faster-whisper > "$home/left-out.txt"
  # The image has the drivers of PostgreSQL and OpenTelemetry, the package does not ask for them.
  nice "$home/bin/uv" pip install --python "$home/bin/python" --quiet --exclude-newer "$resolved" \
    --overrides "$home/left-out.txt" "open-webui[postgres]==$version" opentelemetry-exporter-otlp \
    opentelemetry-instrumentation-{aiohttp-client,fastapi,httpx,logging,redis,requests,sqlalchemy,system-metrics} >&2
  touch "$home/.complete"
fi
echo "$home"
