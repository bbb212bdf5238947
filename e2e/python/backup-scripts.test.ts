import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BACKUP_SCRIPT } from '../../constructs/backup/backup-script';
import { CHECK_SCRIPT } from '../../constructs/backup/check-script';
import { RESTORE_SCRIPT } from '../../constructs/backup/restore-script';
import { type Run, runPython } from './run-python';

// The programs of backup, restore and check as the jobs run them, with the real Python and the real SQLite.

// They start processes, which on a busy machine takes its time.
jest.setTimeout(60_000);

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'backup-'));
  for (const name of ['data', 'backups', 'scratch']) {
    fs.mkdirSync(path.join(folder, name));
  }
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

const inFolder = (...parts: string[]) => path.join(folder, ...parts);
/** What stands in a folder; SQLite makes and removes its companions when somebody reads. */
const listed = (...parts: string[]) =>
  fs
    .readdirSync(inFolder(...parts))
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort();
const archives = () => listed('backups').filter((name) => name.endsWith('.tar.gz'));

const PLACES = (data = 'data') => ({
  DATA_PATH: inFolder(data),
  BACKUPS_PATH: inFolder('backups'),
  SCRATCH_PATH: inFolder('scratch'),
});
const backUp = (keep = 3): Promise<Run> => runPython(BACKUP_SCRIPT, { ...PLACES(), KEEP: String(keep) });
const restore = (overwrite = false, archive = 'newest'): Promise<Run> =>
  runPython(RESTORE_SCRIPT, { ...PLACES(), OVERWRITE: String(overwrite), ARCHIVE: archive });
const check = (expected = ''): Promise<Run> => runPython(CHECK_SCRIPT, { ...PLACES(), EXPECTED: expected });

async function python(script: string): Promise<string> {
  const { code, output } = await runPython(`import os, sqlite3\nos.chdir(${JSON.stringify(folder)})\n${script}`, {});
  expect({ code, output }).toMatchObject({ code: 0 });
  return output.trim();
}

const query = (sql: string, file = 'data/webui.db') =>
  python(`print(sqlite3.connect("${file}").execute("""${sql} """).fetchone()[0])`);

/** A data folder as Open WebUI leaves it. */
async function makeData(): Promise<void> {
  fs.mkdirSync(inFolder('data', 'uploads'));
  fs.mkdirSync(inFolder('data', 'vector_db'));
  fs.writeFileSync(inFolder('data', 'uploads', 'report.pdf'), 'report');
  await python(`
for name, tables in (("data/webui.db", ("user", "chat", "file")), ("data/vector_db/chroma.sqlite3", ("embeddings",))):
    database = sqlite3.connect(name)
    database.execute("PRAGMA journal_mode = WAL")
    for table in tables:
        database.execute(f'CREATE TABLE "{table}" (id INTEGER PRIMARY KEY, body TEXT, updated_at INTEGER)')
    database.commit()
database = sqlite3.connect("data/webui.db")
database.executemany('INSERT INTO "user" VALUES (?, ?, 0)', [(1, "jane"), (2, "joe")])
database.execute("INSERT INTO chat VALUES (1, 'hello', 1700000000)")
database.commit()`);
}

/** A backup of that name, without waiting for the second that would give it. */
async function backUpAs(name: string): Promise<void> {
  expect((await backUp()).code).toBe(0);
  const newest = archives().at(-1) ?? '';
  fs.renameSync(inFolder('backups', newest), inFolder('backups', name));
  const sum = fs.readFileSync(inFolder('backups', `${newest}.sha256`), 'utf8');
  fs.rmSync(inFolder('backups', `${newest}.sha256`));
  fs.writeFileSync(inFolder('backups', `${name}.sha256`), sum.replace(newest, name));
}

const OLD = 'data-20260101T021500Z.tar.gz';
const OLDER = 'data-20250101T021500Z.tar.gz';

describe('a backup', () => {
  test('is an archive with its checksum beside it, and its log says what is in it', async () => {
    await makeData();
    const { code, output } = await backUp();
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('2 x user, 1 x chat, 0 x file'),
    });
    const [archive] = archives();
    expect(archive).toMatch(/^data-\d{8}T\d{6}Z\.tar\.gz$/);
    expect(listed('backups')).toEqual([archive, `${archive}.sha256`]);
    const sum = spawn('sha256sum', ['-c', `${archive}.sha256`], { cwd: inFolder('backups') });
    expect(await once(sum, 'close')).toEqual([0, null]);
    expect(output).toContain(archive);
    expect(output).toMatch(/3 files, \d+ bytes, sha256 [0-9a-f]{64}/);
  });

  test('keeps the newest, and lets others go only after it is whole', async () => {
    await makeData();
    await backUpAs(OLDER);
    await backUpAs(OLD);
    fs.writeFileSync(inFolder('backups', 'note.txt'), 'mine');
    const { output } = await backUp(2);
    expect(output).toContain(`${OLDER} is gone: the newest 2 stay`);
    expect(archives()).toEqual([OLD, expect.stringMatching(/^data-2/)]);
    expect(output).toContain(`kept: ${archives().join(' ')}`);
    expect(listed('backups')).toHaveLength(5);
  });

  test('of a damaged database is refused, and the ones before stay', async () => {
    await makeData();
    await backUpAs(OLDER);
    const bytes = fs.readFileSync(inFolder('data', 'webui.db'));
    bytes.fill(0xff, 4096, 8192);
    fs.writeFileSync(inFolder('data', 'webui.db'), bytes);
    const { code, output } = await backUp(1);
    expect(code).toBe(1);
    expect(output).toMatch(/damaged|cannot be read|malformed/);
    expect(archives()).toEqual([OLDER]);
  });

  test('that finds no room leaves nothing half behind', async () => {
    await makeData();
    await backUpAs(OLDER);
    fs.writeFileSync(inFolder('data', 'uploads', 'large.bin'), require('node:crypto').randomBytes(400_000));
    // As on a full volume: the largest file that may be written is smaller than the archive.
    const limited = `import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
${BACKUP_SCRIPT}`;
    fs.rmSync(inFolder('scratch'), { recursive: true });
    fs.mkdirSync(inFolder('scratch'));
    const { code, output } = await runPython(limited, { ...PLACES(), KEEP: '1' });
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('the backup stopped') });
    expect(listed('backups')).toEqual([OLDER, `${OLDER}.sha256`]);
  });
});

test('a database that is written meanwhile comes back as it was at one moment', async () => {
  await makeData();
  const writer = spawn('python3', [
    '-c',
    `
import sqlite3
database = sqlite3.connect("${inFolder('data', 'webui.db')}", isolation_level=None, timeout=30)
database.execute("CREATE TABLE counter (n INTEGER)")
database.execute("INSERT INTO counter VALUES (0)")
print("started", flush=True)
while True:
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO chat VALUES (NULL, ?, 0)", ("x" * 5000,))
    database.execute("UPDATE counter SET n = n + 1")
    database.execute("COMMIT")
`,
  ]);
  await once(writer.stdout, 'data');
  const made = await backUp();
  expect(writer.exitCode).toBeNull();
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  expect(made).toMatchObject({ code: 0 });
  expect(await restore(true)).toMatchObject({ code: 0 });
  // Every transaction adds one row and one to the counter: a torn copy would show a difference.
  expect(await query('SELECT (SELECT count(*) FROM chat) - 1 - (SELECT n FROM counter)')).toBe('0');
  expect(Number(await query('SELECT n FROM counter'))).toBeGreaterThan(0);
  expect(await query('PRAGMA integrity_check')).toBe('ok');
});

describe('a restore', () => {
  test('brings files and databases back, and keeps what stood there', async () => {
    await makeData();
    await backUpAs(OLDER);
    await python(`
database = sqlite3.connect("data/webui.db")
database.execute("UPDATE chat SET body = 'changed'")
database.commit()`);
    fs.rmSync(inFolder('data', 'uploads', 'report.pdf'));
    fs.writeFileSync(inFolder('data', 'uploads', 'new.txt'), 'new');
    const { code, output } = await restore(true);
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining('2 accounts and 1 chats are in place'),
    });
    expect(await query('SELECT body FROM chat')).toBe('hello');
    expect(listed('data', 'uploads')).toEqual(['report.pdf']);
    const kept = listed('data').find((name) => name.startsWith('.before-restore-')) ?? '';
    expect(output).toContain(kept);
    expect(await query('SELECT body FROM chat', `data/${kept}/webui.db`)).toBe('changed');
    expect(listed('data', kept, 'uploads')).toEqual(['new.txt']);
    // What was put aside is not saved again.
    await backUp();
    fs.rmSync(inFolder('data'), { recursive: true });
    fs.mkdirSync(inFolder('data'));
    expect((await restore()).code).toBe(0);
    expect(listed('data')).toEqual(['uploads', 'vector_db', 'webui.db']);
  });

  test('takes the archive that is named', async () => {
    await makeData();
    await backUpAs(OLDER);
    await python(`
database = sqlite3.connect("data/webui.db")
database.execute("UPDATE chat SET body = 'later'")
database.commit()`);
    await backUpAs(OLD);
    expect((await restore(true, OLDER)).code).toBe(0);
    expect(await query('SELECT body FROM chat')).toBe('hello');
    expect((await restore(true)).code).toBe(0);
    expect(await query('SELECT body FROM chat')).toBe('later');
  });

  test.each([
    ['accounts and chats', () => {}, 'in use, 2 accounts and 1 chats: set overwrite'],
    [
      'uploads, of a release whose chats are in PostgreSQL',
      () => fs.rmSync(inFolder('data', 'webui.db')),
      'in use, 1 uploaded files: set overwrite',
    ],
  ])('of a data folder with %s is refused unless told', async (_, change, sentence) => {
    await makeData();
    await backUpAs(OLDER);
    change();
    const before = listed('data');
    expect(await restore()).toMatchObject({ code: 1, output: expect.stringContaining(sentence) });
    expect(listed('data')).toEqual(before);
    expect((await restore(true)).code).toBe(0);
  });

  test.each<[string, string, () => void]>([
    ['of which a byte was changed', 'is damaged', () => spoil((bytes) => bytes.fill(bytes[100] ^ 1, 100, 101))],
    ['that is cut off', 'is damaged', () => spoil((bytes) => bytes.subarray(0, bytes.length - 50))],
    ['without a checksum', 'has no checksum beside it', () => fs.rmSync(inFolder('backups', `${OLDER}.sha256`))],
  ])('of an archive %s is refused before anything changes', async (_, sentence, change) => {
    await makeData();
    await backUpAs(OLDER);
    change();
    const { code, output } = await restore(true);
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining(sentence) });
    expect(output).toContain('choose another archive');
    expect(listed('data')).toEqual(['uploads', 'vector_db', 'webui.db']);
  });

  test('of an archive with a damaged database is refused before anything changes', async () => {
    await makeData();
    await backUpAs(OLDER);
    await python(`
import hashlib, io, tarfile
name = "backups/${OLDER}"
with tarfile.open(name) as archive:
    entries = [(entry, archive.extractfile(entry).read() if entry.isfile() else None) for entry in archive]
with tarfile.open(name, "w:gz") as archive:
    for entry, content in entries:
        if entry.name == "webui.db":
            content = content[:4096] + b"\\xff" * 4096 + content[8192:]
        archive.addfile(entry, io.BytesIO(content) if content is not None else None)
with open(name + ".sha256", "w") as file:
    file.write(hashlib.sha256(open(name, "rb").read()).hexdigest() + "  ${OLDER}")`);
    const { code, output } = await restore(true);
    expect(code).toBe(1);
    expect(output).toMatch(/webui.db .*is damaged|malformed/);
    expect(await query('SELECT body FROM chat')).toBe('hello');
  });

  test.each([
    ['there is none', 'newest', 'there is no backup yet'],
    ['there is none of that name', '../data/webui.db', 'there is no archive ../data/webui.db'],
  ])('says so when %s', async (_, name, sentence) => {
    expect(await restore(false, name)).toMatchObject({ code: 1, output: expect.stringContaining(sentence) });
  });

  test('that was killed while it moved the files in goes on', async () => {
    await makeData();
    await backUpAs(OLDER);
    fs.mkdirSync(inFolder('data', '.restore-arrived', 'cache'), { recursive: true });
    expect(await restore()).toMatchObject({ code: 0, output: expect.stringContaining('an earlier restore') });
    expect(listed('data')).toEqual(['cache', 'uploads', 'vector_db', 'webui.db']);
  });
});

/** Writes the archive anew, changed; its checksum stays. */
function spoil(change: (bytes: Buffer) => Uint8Array): void {
  fs.writeFileSync(inFolder('backups', OLDER), change(fs.readFileSync(inFolder('backups', OLDER))));
}

describe('a check', () => {
  test('counts, and says when somebody last wrote', async () => {
    await makeData();
    expect(await check()).toMatchObject({
      code: 0,
      output: expect.stringContaining('2 x user, 1 x chat, 0 x file; a chat was last written 2023-11-14 22:13:20 UTC'),
    });
  });

  test.each([
    ['2 x user, 1 x chat, 0 x file', 0, 'is missing'],
    ['1 x chat', 0, 'is missing'],
    ['3 x user, 2 x chat', 1, 'less than expected: 2 of 3 x user, 1 of 2 x chat'],
    ['1 x folder', 1, '0 of 1 x folder'],
    ['two chats', 1, '"two chats" is no count'],
  ])('against "%s"', async (expected, code, sentence) => {
    await makeData();
    expect(await check(expected)).toMatchObject({ code, output: expect.stringContaining(sentence) });
  });

  test('of another folder says so', async () => {
    expect(await check()).toMatchObject({ code: 1, output: expect.stringContaining('there is no webui.db') });
  });

  test('writes nothing into a folder that nobody has open', async () => {
    await makeData();
    const before = listed('data');
    fs.chmodSync(inFolder('data'), 0o555);
    expect((await check()).code).toBe(0);
    fs.chmodSync(inFolder('data'), 0o755);
    expect(listed('data')).toEqual(before);
  });
});
