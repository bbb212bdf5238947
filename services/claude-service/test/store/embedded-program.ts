// The embedded database outside of the service, as a program: it prints what it found as JSON.
import fs from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { serveDatabase } from '../../src/store/database-thread';
import { EmbeddedDatabase, MAKE_DATABASE, makeDatabase } from '../../src/store/embedded';
import { EmbeddedUpkeep } from '../../src/store/embedded-upkeep';

async function run(folder: string): Promise<void> {
  const flushes = countFlushes(folder);
  const database = await EmbeddedDatabase.open(folder);
  const [settings] = await database.query(
    "SELECT current_setting('fsync') AS fsync, current_setting('wal_sync_method') AS method, current_setting('shared_buffers') AS buffers",
  );
  await database.script('CREATE TABLE notes (id int PRIMARY KEY, said text); INSERT INTO notes VALUES (0, NULL);');
  const types = await database.query(
    "SELECT $1::int AS whole, $2::float8 AS number, $3::boolean AS yes, $4::text AS text, NULL::text AS nothing, '2026-11-21T09:30:00Z'::timestamptz AS time",
    [7, 0.5, true, 'ä\n"'],
  );
  const twice = () => database.query('INSERT INTO notes VALUES (0, $1)', ['again']);
  const codes = [];
  for (let round = 0; round < 2; round++) codes.push(await twice().catch((error) => error.code));
  codes.push(await database.query('SELECT wrong').catch((error) => error.code));
  const together = await Promise.all(
    Array.from({ length: 20 }, (_, id) =>
      database.query('INSERT INTO notes VALUES ($1::int, $2) RETURNING id', [id + 1, 'x']),
    ),
  );
  const before = flushes();
  await database.query("UPDATE notes SET said = 'flushed' WHERE id = 1");
  const flushed = flushes() - before;
  await database.query(
    "UPDATE notes SET said = 'not yet' WHERE id = 1 RETURNING set_config('synchronous_commit', 'off', true)",
  );
  const unflushed = flushes() - before - flushed;
  const log = () => fs.readdirSync(`${folder}/pg_wal`).filter((name) => /^[0-9A-F]{24}$/.test(name)).length;
  const upkeep = new EmbeddedUpkeep(database, 1_000_000);
  const grown = [];
  for (let round = 0; round < 3; round++) {
    await database.query(
      `INSERT INTO notes SELECT i, (SELECT string_agg(md5((i * 1000 + j)::text), '') FROM generate_series(1, 300) j)
       FROM generate_series(100, 5000) i ON CONFLICT (id) DO UPDATE SET said = reverse(notes.said)`,
    );
    grown.push(log());
    await upkeep.run();
  }
  const dead = await database.query<{ dead: number }>(
    "SELECT n_dead_tup::int AS dead FROM pg_stat_user_tables WHERE relname = 'notes'",
  );
  upkeep.stop();
  await database.close();
  console.log(
    JSON.stringify({
      settings,
      types,
      codes,
      together: together.flat().length,
      flushed,
      unflushed,
      grown,
      kept: log(),
      dead,
    }),
  );
}

/** Counts in a file, since the database is in another thread. */
function countFlushes(folder: string): () => number {
  const file = `${folder}.flushes`;
  fs.writeFileSync(file, '');
  return () => fs.statSync(file).size;
}

if (!isMainThread && parentPort) {
  const { fsyncSync } = fs;
  fs.fsyncSync = (descriptor) => {
    fs.appendFileSync(`${workerData.folder}.flushes`, '.');
    fsyncSync(descriptor);
  };
  serveDatabase();
} else if (process.argv[2] === MAKE_DATABASE) void makeDatabase(process.argv[3]);
else void run(process.argv[2]);
