#!/usr/bin/env bash
# Installs the real LiteLLM once into the user's cache, in a virtual environment of its own; prints the folder, whose
# bin/litellm is the program. The manifests pin 1.108.12 of the LTS line; PyPI ends at 1.108.10 on that line.
set -euo pipefail

version=1.108.10
# What the packages that it names no versions for looked like on that day.
newest=2026-11-20
# The wheel asks for two releases that PyPI does not have; these are the nearest that it has.
nearest=('litellm-enterprise==0.1.79.post1' 'certifi==2026.10.18')
# In the image beside them: for metrics, and to tell a failing database from a refused key, with a database or without.
beside=('prometheus-client>=0.20.0,<1.0' 'prisma==0.15.0')

case "$version" in
  1.82.7 | 1.82.8 | 1.107.0) echo "litellm: $version carried malware: name another version in $0." >&2; exit 1 ;;
esac
home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/litellm-$version"
if [ ! -e "$home/.complete" ]; then
  command -v python3 > /dev/null || { echo 'litellm: python3 (3.11 or newer) is needed: install Python.' >&2; exit 1; }
  echo "litellm: installing $version from PyPI (about a minute, once)" >&2
  rm -rf "$home"
  mkdir -p "$(dirname "$home")"
  python3 -m venv "$home" >&2
  printf '%s\n' "${nearest[@]}" > "$home/nearest.txt"
  "$home/bin/pip" install --disable-pip-version-check --quiet 'uv==0.13.8' >&2
  if ! "$home/bin/uv" pip install --quiet --python "$home/bin/python" --exclude-newer "$newest" \
    --override "$home/nearest.txt" "litellm[proxy]==$version" "${beside[@]}" >&2; then
    echo "litellm: PyPI does not give $version, see above: the run of the whole stack cannot show what LiteLLM does." >&2
    rm -rf "$home"
    exit 1
  fi
  touch "$home/.complete"
fi
echo "$home"
