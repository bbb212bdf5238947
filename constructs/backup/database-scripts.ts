/** Bash that writes libpq's password file: a password in an argument or a variable can be read by others. */
const PASSWORD_FILE = `
umask 077
url=$(cat "$DATABASE_URL_FILE")
authority=\${url#*://}
authority=\${authority%%[/?]*}
if [[ $url != *://* || $authority != *:*@* ]]; then
  echo 'DATABASE_URL has no password: write it like postgresql://user:password@host:5432/database' >&2
  exit 1
fi
userinfo=\${authority%@*}
encoded=\${userinfo#*:}
encoded=\${encoded//\\\\/\\\\\\\\}
password=$(printf '%b' "\${encoded//%/\\\\x}")
password=\${password//\\\\/\\\\\\\\}
printf '*:*:*:*:%s\\n' "\${password//:/\\\\:}" > "$PGPASSFILE"
unset url authority userinfo encoded password
`.trim();

/**
 * The program of the backup of a database. A dump gets its name only when it was read back whole and its checksum
 * stands beside it; only then do the oldest go. Needs bash, and PostgreSQL's programs of the server's version or newer.
 */
export const DUMP_SCRIPT = `#!/usr/bin/env bash
# Dumps a database into a file beside the last ones.
set -euo pipefail
shopt -s nullglob

${PASSWORD_FILE}

cd "$BACKUPS_PATH"
rm -f .unfinished.dump
trap 'rm -f .unfinished.dump' EXIT
# What a restore has put aside is not saved again.
pg_dump --format=custom --no-owner --no-privileges --exclude-schema='before_restore_*' --lock-wait-timeout=60s \\
  --file=.unfinished.dump
pg_restore --file=/dev/null .unfinished.dump
sum=$(sha256sum .unfinished.dump)
sum=\${sum%% *}
name=database-$(date -u +%Y%m%dT%H%M%SZ).dump
printf '%s  %s\\n' "$sum" "$name" > "$name.sha256"
# A node may fail in the next second, and the oldest dump is about to go.
sync
mv .unfinished.dump "$name"
sync
echo "$name: $(wc -c < "$name") bytes, sha256 $sum"

dumps=(database-*.dump)
while ((\${#dumps[@]} > KEEP)); do
  rm -f "\${dumps[0]}" "\${dumps[0]}.sha256"
  echo "\${dumps[0]} is gone: the newest $KEEP stay"
  dumps=("\${dumps[@]:1}")
done
echo "kept: \${dumps[*]}"
`;

/**
 * Moves everything that is not an extension's out of the schema `public`, into a schema named after the moment. It runs
 * in the transaction of the restore.
 */
export const PUT_ASIDE = `SET lock_timeout = '60s';
DO $aside$
DECLARE
  kept text := 'before_restore_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS');
  command text;
BEGIN
  EXECUTE format('CREATE SCHEMA %I', kept);
  FOR command IN
    WITH of_extensions AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
    -- Tables take their indexes and the sequences of their columns along.
    SELECT format('ALTER TABLE %s SET SCHEMA %I', c.oid::regclass, kept)
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
       AND ('pg_class'::regclass, c.oid) NOT IN (SELECT classid, objid FROM of_extensions)
       AND NOT (c.relkind = 'S' AND EXISTS (
         SELECT FROM pg_depend d
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
    UNION ALL
    SELECT format('ALTER TYPE %s SET SCHEMA %I', t.oid::regtype, kept)
      FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
     WHERE t.typnamespace = 'public'::regnamespace
       AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))
       AND ('pg_type'::regclass, t.oid) NOT IN (SELECT classid, objid FROM of_extensions)
    UNION ALL
    SELECT format('ALTER ROUTINE %s SET SCHEMA %I', p.oid::regprocedure, kept)
      FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       -- The functions of a range type go with it.
       AND NOT EXISTS (
         SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
       AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM of_extensions)
  LOOP
    EXECUTE command;
  END LOOP;
  RAISE NOTICE 'what was there before is in the schema %', kept;
END
$aside$;
`;

/**
 * The program of the restore of a database: one transaction, so that either the whole dump is there or nothing has
 * changed.
 */
export const RESTORE_DATABASE_SCRIPT = `#!/usr/bin/env bash
# Puts a dump back.
set -euo pipefail
shopt -s nullglob

${PASSWORD_FILE}

cd "$BACKUPS_PATH"
dumps=(database-*.dump)
name=$ARCHIVE
if [[ $name == newest && \${#dumps[@]} -gt 0 ]]; then
  name=\${dumps[-1]}
fi
if [[ $name != database-*.dump || $name == */* || ! -f $name ]]; then
  echo "there is no dump $name: write one of \${dumps[*]:-none, there is no backup yet}" >&2
  exit 1
fi
# Reads every byte of it, before anything is changed.
if [[ ! -f $name.sha256 ]] || ! sha256sum -c "$name.sha256" || ! pg_restore --file=/dev/null "$name"; then
  echo "$name is damaged or has no checksum: choose another dump; the database is as it was" >&2
  exit 1
fi

sql() { psql --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 "$@"; }
tables=$(sql --command="
  SELECT count(*) FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')")
aside=()
if ((tables > 0)); then
  if [[ $OVERWRITE != true ]]; then
    echo "the database is in use, it has $tables tables: set overwrite to put them aside, into a schema of their own" >&2
    exit 1
  fi
  aside=(--file="$SCRIPT_PATH/put-aside.sql")
fi

# The last statement is the proof that the dump was read to its end: without it nothing is committed.
if ! {
  pg_restore --no-owner --no-privileges --no-comments --file=- "$name" &&
    echo 'CREATE TEMPORARY TABLE restore_complete ();'
} | sql --single-transaction "\${aside[@]}" --file=- --command='DROP TABLE pg_temp.restore_complete' > /dev/null; then
  echo "$name did not go in whole: the database is as it was" >&2
  exit 1
fi
sql --command='ANALYZE' 2> /dev/null || echo 'ANALYZE failed: the server gathers its statistics by itself'
echo "$name is in place: start the program that uses it"
`;
