#!/usr/bin/env bash
# Runs the rendered dump and restore of a database with a real PostgreSQL in a temporary folder, as an ordinary user.
# Usage: e2e/backup/database.test.sh      needs initdb, pg_ctl, pg_dump, pg_restore and psql (Debian's postgresql)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for folder in /usr/lib/postgresql/*/bin; do PATH="$folder:$PATH"; done
for program in initdb pg_ctl pg_dump pg_restore psql; do
  command -v "$program" > /dev/null || { echo "backup: there is no $program: apt-get install postgresql" >&2; exit 1; }
done

work=$(mktemp -d)
chmod 755 "$work"
# A server and the jobs refuse root; the jobs' user has no name, as in a cluster.
server=() jobs=()
if [ "$(id -u)" -eq 0 ]; then
  server=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  jobs=(setpriv --reuid=10001 --regid=10001 --clear-groups)
fi
cleanup() { "${server[@]}" pg_ctl --pgdata="$work/server" --mode=immediate stop > /dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT
port=$(node -e 'const s = require("node:net").createServer().listen(0, () => { console.log(s.address().port); s.close(); })')

# Characters that a URL, a password file and a shell each read in their own way.
password='a:b\c@d/e%f g'"'"'"$h'
encoded=$(PASSWORD=$password node -p 'encodeURIComponent(process.env.PASSWORD)')
install -d -m 777 "$work"/{server-parent,backups,run} "$work/scripts"
mkdir "$work/server" && [ "$(id -u)" -ne 0 ] || chown 65534:65534 "$work/server"
printf 'superuser-password' > "$work/superuser"
chmod 644 "$work/superuser"
(cd / && "${server[@]}" initdb --pgdata="$work/server" --username=admin --auth=scram-sha-256 --pwfile="$work/superuser" --encoding=UTF8 --locale=C > /dev/null)
(cd / && "${server[@]}" pg_ctl --pgdata="$work/server" --wait --log="$work/server/log" \
  -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start > /dev/null)
admin() { PGPASSWORD=superuser-password psql -X -q -At -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U admin "$@"; }
ask() { PGPASSWORD=$password psql -X -q -At -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U webui openwebui -c "$1"; }
admin -d postgres -v password="$password" <<< "CREATE ROLE webui LOGIN PASSWORD :'password';"
admin -d postgres -c 'CREATE DATABASE openwebui OWNER webui'

"$here/../../node_modules/.bin/esbuild" "$here/rendered.ts" --bundle --platform=node --log-level=warning --outfile="$work/rendered.js"
NODE_PATH="$here/../../node_modules" node "$work/rendered.js" "$work/scripts" "$port"
chmod -R a+rX "$work/scripts"
secret=$work/url
set_url() { printf '%s' "$1" > "$secret"; chmod 644 "$secret"; }
set_url "postgresql://webui:$encoded@127.0.0.1:$port/openwebui?sslmode=require"

# The container's folders, elsewhere. The server has no certificate: that the connection is encrypted is not tested here.
job() {
  local part=$1; shift
  local moved=(-e "s#/backups#$work/backups#g" -e "s#/backup\b#$work/scripts/$part#g" -e "s#/run/secrets/database/url#$secret#" -e "s#/run/postgresql#$work/run#" -e 's#^PGSSLMODE=.*#PGSSLMODE=disable#')
  local env=() command=()
  mapfile -t env < <(sed "${moved[@]}" "$work/scripts/$part/env")
  read -ra command < <(sed "${moved[@]}" "$work/scripts/$part/command"; echo)
  rm -f "$work/run/password"
  (cd / && env -i PATH="$PATH" "${env[@]}" "$@" "${jobs[@]}" "${command[@]}") > "$work/log" 2>&1
}
passed=0 failed=0
check() {
  if eval "$2"; then echo "ok    $1"; passed=$((passed + 1)); else echo "WRONG $1"; cat "$work/log"; failed=$((failed + 1)); fi
}
says() { grep -qF -- "$1" "$work/log"; }
dumps() { (cd "$work/backups" && ls | grep -c 'database-.*\.dump$') || true; }
# A dump is named after its second.
next_second() { local now; now=$(date +%s); while [ "$(date +%s)" = "$now" ]; do sleep 0.1; done; }

# An extension of the administrator's, as pgvector is, with a type that a table of the app uses.
admin -d openwebui -c 'CREATE EXTENSION citext'
ask "
  CREATE TYPE role AS ENUM ('admin', 'user');
  CREATE TABLE \"user\" (id serial PRIMARY KEY, email citext UNIQUE, role role NOT NULL);
  CREATE TABLE chat (id integer PRIMARY KEY, user_id integer REFERENCES \"user\", body text);
  CREATE VIEW chats_of_admins AS SELECT c.* FROM chat c JOIN \"user\" u ON u.id = c.user_id WHERE u.role = 'admin';
  CREATE FUNCTION emails() RETURNS SETOF citext LANGUAGE sql AS 'SELECT email FROM public.\"user\"';
  INSERT INTO \"user\" (email, role) VALUES ('Jane@company.com', 'admin'), ('joe@company.com', 'user');
  INSERT INTO chat SELECT n, 1 + n % 2, repeat('ü\\', n) FROM generate_series(1, 1000) n;" > /dev/null
rows="SELECT (SELECT md5(string_agg(u::text, '|' ORDER BY id)) FROM \"user\" u) || (SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM chat c) || (SELECT count(*) FROM chats_of_admins)"
before=$(ask "$rows")

check 'a database without dumps is refused' '! job restore && says "there is no backup yet"'
check 'a dump is made while the database is in use' 'job dump && [ "$(dumps)" = 1 ]'
check 'the dump tells its checksum and its size' 'says "sha256" && says "bytes"'
check 'the checksum stands beside it' '(cd "$work/backups" && sha256sum --quiet -c database-*.sha256)'
check 'only its user reads the dump and the password' '[ "$(stat -c %a "$work"/backups/database-*.dump)" = 600 ] && [ "$(stat -c %a "$work/run/password")" = 600 ]'
check 'the password stands in no log' '! grep -qF "a:b" "$work/log" && ! grep -qF "$encoded" "$work/log"'

check 'a database with tables is refused' '! job restore && says "the database is in use, it has 2 tables: set overwrite"'
check 'and is as it was' '[ "$(ask "$rows")" = "$before" ]'

first=$(basename "$work"/backups/database-*.dump)
ask "DELETE FROM chat WHERE id > 10; UPDATE \"user\" SET email = 'mallory@company.com' WHERE id = 2; CREATE TABLE newer (id integer);" > /dev/null
check 'told so, it is put aside and the dump is back' 'job restore OVERWRITE=true && [ "$(ask "$rows")" = "$before" ]'
kept=$(ask "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore_%'")
check 'what was there before is in a schema that the log names' 'says "$kept" && [ "$(ask "SELECT count(*) FROM $kept.chat")" = 10 ]'
check 'a table that the dump does not know is not in its way' '[ "$(ask "SELECT to_regclass('"'public.newer'"') IS NULL AND to_regclass('"'$kept.newer'"') IS NOT NULL")" = t ]'
check 'types, views, functions and numbers go on' '[ "$(ask "INSERT INTO \"user\" (email, role) VALUES ('"'max@company.com', 'admin'"') RETURNING id")" = 3 ] && [ "$(ask "SELECT count(*) FROM emails()")" = 3 ]'
check 'keys and the extension are there' '! ask "INSERT INTO \"user\" (email, role) VALUES ('"'JANE@company.com', 'user'"')" 2> "$work/log"'

next_second
check 'the next dump leaves out what was put aside' 'job dump && ! pg_restore --list "$work"/backups/$(cd "$work/backups"; ls database-*.dump | tail -1) | grep -q before_restore'
next_second
check 'the oldest go, the newest two stay' 'job dump && says "$first is gone" && says "kept: $(cd "$work/backups" && echo database-*.dump)" && [ "$(dumps)" = 2 ] && [ ! -e "$work/backups/$first.sha256" ]'
newest=$(cd "$work/backups" && ls database-*.dump | tail -1)

ask "DROP SCHEMA public CASCADE" > /dev/null 2>&1 || admin -d openwebui -c 'DROP SCHEMA public CASCADE' > /dev/null 2>&1
admin -d openwebui -c 'CREATE SCHEMA public AUTHORIZATION pg_database_owner' -c 'CREATE EXTENSION IF NOT EXISTS citext' > /dev/null 2>&1
check 'an empty database takes a dump without being told' 'job restore ARCHIVE="$newest" && [ "$(ask "SELECT count(*) FROM chat")" = 1000 ]'

ask "DELETE FROM chat WHERE id > 20" > /dev/null
cp "$work/backups/$newest" "$work/whole"
for spoiled in 'printf x | dd of="$work/backups/$newest" bs=1 seek=20000 conv=notrunc status=none' 'truncate -s -2000 "$work/backups/$newest"' 'rm "$work/backups/$newest.sha256"'; do
  cp "$work/whole" "$work/backups/$newest"
  eval "$spoiled"
  check "a dump is refused after: ${spoiled%% *}" '! job restore OVERWRITE=true ARCHIVE="$newest" && says "is damaged or has no checksum" && [ "$(ask "SELECT count(*) FROM chat")" = 20 ]'
done
# A checksum of a file that was damaged before it was counted.
truncate -s -2000 "$work/backups/$newest"
(cd "$work/backups" && sha256sum "$newest" > "$newest.sha256")
chmod a+r "$work/backups/$newest.sha256"
check 'a dump that cannot be read to its end is refused' '! job restore OVERWRITE=true ARCHIVE="$newest" && says "is damaged" && [ "$(ask "SELECT count(*) FROM chat")" = 20 ]'
cp "$work/whole" "$work/backups/$newest"
(cd "$work/backups" && sha256sum "$newest" > "$newest.sha256")

# A pg_restore in the way that ends between two statements, after the check of the file.
mkdir "$work/bin"
printf '#!/bin/bash\n[[ $* == *--no-owner* ]] || exec %s "$@"\n%s "$@" | sed "/^COPY/,\\$d"\nexit 1\n' "$(command -v pg_restore)" "$(command -v pg_restore)" > "$work/bin/pg_restore"
chmod 755 "$work/bin/pg_restore"
check 'a dump that breaks off on the way changes nothing' '! job restore OVERWRITE=true ARCHIVE="$newest" PATH="$work/bin:$PATH" && says "did not go in whole" && [ "$(ask "SELECT count(*) FROM chat")" = 20 ] && [ "$(ask "SELECT count(*) FROM pg_namespace WHERE nspname LIKE '"'before_restore_%'"'")" = 1 ]'

check 'a name outside the folder is refused' '! job restore OVERWRITE=true ARCHIVE=../url && says "there is no dump ../url"'
set_url "postgresql://webui@127.0.0.1:$port/openwebui"
check 'a URL without a password is refused' '! job dump && says "DATABASE_URL has no password"'
set_url "postgresql://webui:wrong@127.0.0.1:$port/openwebui"
check 'a wrong password ends the dump, and the last ones stay' '! job dump && says "password authentication failed" && [ "$(dumps)" = 2 ] && [ ! -e "$work/backups/.unfinished.dump" ]'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
