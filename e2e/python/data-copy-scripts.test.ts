import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { EXPORT_SCRIPT } from '../../constructs/data-copy/export-script';
import { IMPORT_SCRIPT } from '../../constructs/data-copy/import-script';

// The two programs as the jobs run them, with the real Python and the real SQLite.

// They start processes, which on a busy machine takes its time.
jest.setTimeout(60_000);

const TOKEN = 'a-token-of-both-ends';

interface Run {
  readonly code: number;
  readonly output: string;
}

let folder: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'data-copy-'));
  for (const name of ['old', 'old-scratch', 'new', 'new-scratch']) {
    fs.mkdirSync(path.join(folder, name));
  }
});

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  fs.rmSync(folder, { recursive: true });
});

const inFolder = (...parts: string[]) => path.join(folder, ...parts);
const read = (...parts: string[]) => fs.readFileSync(inFolder(...parts), 'utf8');

function python(script: string, env: { [name: string]: string } = {}): { child: ChildProcess; done: Promise<Run> } {
  const child = spawn('python3', ['-c', script], { env: { PATH: process.env.PATH, ...env } });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  const done = once(child, 'close').then(([code]) => ({ code, output }));
  return { child, done };
}

function runPython(script: string): string {
  return execFileSync('python3', ['-c', `import sqlite3, sys\n${script}`], { encoding: 'utf8', cwd: folder });
}

/** A data folder as Open WebUI leaves it. */
function makeOldData(): void {
  fs.mkdirSync(inFolder('old', 'uploads'));
  fs.mkdirSync(inFolder('old', 'vector_db'));
  fs.mkdirSync(inFolder('old', 'lost+found'));
  fs.mkdirSync(inFolder('old', 'cache', 'empty'), { recursive: true });
  fs.writeFileSync(inFolder('old', 'uploads', 'report.pdf'), 'report');
  fs.symlinkSync('report.pdf', inFolder('old', 'uploads', 'latest'));
  runPython(`
for name, tables in (("old/webui.db", ("user", "auth", "chat", "file")), ("old/vector_db/chroma.sqlite3", ("embeddings",))):
    database = sqlite3.connect(name)
    database.execute("PRAGMA journal_mode = WAL")
    for table in tables:
        database.execute(f'CREATE TABLE "{table}" (id TEXT, email TEXT UNIQUE, password TEXT, body TEXT)')
    database.commit()
database = sqlite3.connect("old/webui.db")
for table in ("user", "auth"):
    database.execute(f'INSERT INTO "{table}" VALUES (1, ?, ?, "")', ("admin@localhost", "hash of admin"))
    database.execute(f'INSERT INTO "{table}" VALUES (2, ?, ?, "")', ("joe@company.com", "hash of joe"))
database.execute('INSERT INTO chat VALUES (1, NULL, NULL, "hello")')
database.commit()
`);
}

/** The first column of the first row. */
function query(file: string, sql: string): string {
  return runPython(`print(sqlite3.connect("${file}").execute("""${sql} """).fetchone()[0], end="")`);
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startExport(token = TOKEN) {
  const port = await freePort();
  const { child, done } = python(EXPORT_SCRIPT, {
    DATA_PATH: inFolder('old'),
    SCRATCH_PATH: inFolder('old-scratch'),
    DATA_COPY_TOKEN: token,
    PORT: String(port),
  });
  return { child, done, url: `http://127.0.0.1:${port}` };
}

function startImport(url: string, env: { [name: string]: string } = {}, token = TOKEN) {
  return python(IMPORT_SCRIPT, {
    SOURCE_URL: url,
    DATA_PATH: inFolder('new'),
    SCRATCH_PATH: inFolder('new-scratch'),
    DATA_COPY_TOKEN: token,
    OVERWRITE: 'false',
    RETRY_SECONDS: '0.05',
    ...env,
  });
}

/** Stands between the two and changes what the archive's answer looks like; the first answers only. */
async function withProxy(url: string, spoiled: number, spoil: (body: Buffer, response: http.ServerResponse) => void) {
  let answers = 0;
  const server = http.createServer(async (request, response) => {
    const answer = await fetch(url + request.url, {
      method: request.method,
      headers: { Authorization: `${request.headers.authorization}` },
    });
    const body = Buffer.from(await answer.arrayBuffer());
    response.statusCode = answer.status;
    response.setHeader('X-Archive-Sha256', answer.headers.get('X-Archive-Sha256') ?? '');
    response.setHeader('Content-Length', body.length);
    if (request.url === '/archive' && answers < spoiled) {
      answers += 1;
      spoil(body, response);
    } else {
      response.end(body);
    }
  });
  server.listen(0);
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answers: () => answers };
}

async function untilServing({ url, done }: Awaited<ReturnType<typeof startExport>>): Promise<void> {
  const ended = done.then(({ output }) => {
    throw new Error(`the export ended: ${output}`);
  });
  const ready = async () => {
    for (;;) {
      const status = await fetch(`${url}/ready`).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.race([ready(), ended]);
}

test('a copy carries files, links, empty folders and databases, and tells the export that it arrived', async () => {
  makeOldData();
  const source = await startExport();
  const target = await startImport(source.url).done;
  expect(target).toMatchObject({ code: 0, output: expect.stringContaining('the data is in place') });
  expect(await source.done).toMatchObject({ code: 0, output: expect.stringContaining('2 x user, 1 x chat, 0 x file') });
  expect(fs.readdirSync(inFolder('new')).sort()).toEqual(['cache', 'uploads', 'vector_db', 'webui.db']);
  expect(read('new', 'uploads', 'latest')).toBe('report');
  expect(fs.readlinkSync(inFolder('new', 'uploads', 'latest'))).toBe('report.pdf');
  expect(fs.readdirSync(inFolder('new', 'cache'))).toEqual(['empty']);
  expect(fs.readdirSync(inFolder('new', 'vector_db'))).toEqual(['chroma.sqlite3']);
  expect(query('new/webui.db', 'SELECT body FROM chat')).toBe('hello');
});

test.each([
  ['by a program that has it open', false],
  ['by a program that opens and closes it', true],
])('a database that is written %s is copied as it was at one moment', async (_, closes) => {
  makeOldData();
  const writer = python(`
import sqlite3
def connect():
    return sqlite3.connect("${inFolder('old', 'webui.db')}", isolation_level=None, timeout=30)
database = connect()
database.execute("CREATE TABLE counter (n INTEGER)")
database.execute("INSERT INTO counter VALUES (0)")
print("started", flush=True)
transactions = 0
while True:
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO chat VALUES (NULL, NULL, NULL, ?)", ("x" * 5000,))
    database.execute("UPDATE counter SET n = n + 1")
    database.execute("COMMIT")
    transactions += 1
    if ${closes ? 'True' : 'False'} and transactions % 50 == 0:
        database.close()
        database = connect()
`);
  await once(writer.child.stdout as NodeJS.ReadableStream, 'data');
  const source = await startExport();
  expect((await startImport(source.url).done).code).toBe(0);
  // Every transaction adds one row and one to the counter: a torn copy would show a difference.
  expect(query('new/webui.db', 'SELECT (SELECT count(*) FROM chat) - 1 - (SELECT n FROM counter)')).toBe('0');
  expect(Number(query('new/webui.db', 'SELECT n FROM counter'))).toBeGreaterThan(0);
  expect(query('new/webui.db', 'PRAGMA integrity_check')).toBe('ok');
  expect(writer.child.exitCode).toBeNull();
});

test('the archive goes only to who knows the token, and waits for that caller', async () => {
  makeOldData();
  const source = await startExport();
  await untilServing(source);
  const status = async (address: string, init: RequestInit) => (await fetch(source.url + address, init)).status;
  expect(await status('/archive', {})).toBe(401);
  expect(await status('/archive', { headers: { Authorization: 'Bearer other' } })).toBe(401);
  expect(await status('/received', { method: 'POST' })).toBe(401);
  expect(await status('/../webui.db', {})).toBe(404);
  const refused = await startImport(source.url, {}, 'other').done;
  expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('DATA_COPY_TOKEN must be the same') });
  expect(fs.readdirSync(inFolder('new'))).toEqual([]);
  expect((await startImport(source.url).done).code).toBe(0);
});

test('a transfer that breaks off is made again', async () => {
  makeOldData();
  const source = await startExport();
  await untilServing(source);
  const proxy = await withProxy(source.url, 2, (body, response) => {
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  });
  const { code, output } = await startImport(proxy.url).done;
  proxy.server.close();
  expect(code).toBe(0);
  expect(output.match(/the transfer broke off/g)).toHaveLength(2);
  expect(query('new/webui.db', 'SELECT body FROM chat')).toBe('hello');
});

test('an archive that was changed on the way is refused, and the target stays as it was', async () => {
  makeOldData();
  fs.writeFileSync(inFolder('new', 'note.txt'), 'mine');
  const source = await startExport();
  await untilServing(source);
  const proxy = await withProxy(source.url, Number.POSITIVE_INFINITY, (body, response) => {
    body[body.length >> 1] ^= 1;
    response.end(body);
  });
  const { code, output } = await startImport(proxy.url).done;
  proxy.server.close();
  expect(code).toBe(1);
  expect(proxy.answers()).toBe(5);
  expect(output).toContain('the archive has the sha256');
  expect(output).toContain('did not arrive whole in 5 tries');
  expect(fs.readdirSync(inFolder('new'))).toEqual(['note.txt']);
});

describe('a target that is not empty', () => {
  const table = (file: string, rows: string[]) =>
    runPython(`
database = sqlite3.connect("${file}")
database.execute('CREATE TABLE "user" (email TEXT)')
database.execute('CREATE TABLE chat (id TEXT)')
database.executemany('INSERT INTO "user" VALUES (?)', ${JSON.stringify(rows.map((row) => [row]))})
database.commit()
`);
  const kept = () => fs.readdirSync(inFolder('new')).filter((name) => name.startsWith('.before-data-copy-'));

  test.each([
    ['two accounts', ['jane@company.com', 'joe@company.com'], ''],
    ['a chat', ['jane@company.com'], "INSERT INTO chat VALUES ('1')"],
  ])('is refused when it has %s, before anything is fetched', async (_, accounts, sql) => {
    table('new/webui.db', accounts);
    runPython(`
database = sqlite3.connect("new/webui.db")
database.execute("""${sql}""")
database.commit()
`);
    const { code, output } = await startImport('http://127.0.0.1:1').done;
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringMatching(/in use, \d accounts and \d chats: set overwrite/),
    });
    expect(query('new/webui.db', 'SELECT email FROM "user"')).toBe('jane@company.com');
  });

  test.each([
    ['made it', []],
    ['made it with an administrator', ['admin@company.com']],
  ])('is put aside when a first start %s and nobody has used it', async (_, accounts) => {
    makeOldData();
    table('new/webui.db', accounts);
    const source = await startExport();
    expect((await startImport(source.url).done).code).toBe(0);
    expect(query('new/webui.db', 'SELECT count(*) FROM chat')).toBe('1');
    expect(fs.readdirSync(inFolder('new', kept()[0]))).toEqual(['webui.db']);
  });

  test('is put aside when told, whole', async () => {
    makeOldData();
    table('new/webui.db', ['jane@company.com', 'joe@company.com']);
    fs.mkdirSync(inFolder('new', 'uploads'));
    fs.writeFileSync(inFolder('new', 'uploads', 'own.txt'), 'mine');
    const source = await startExport();
    expect((await startImport(source.url, { OVERWRITE: 'true' }).done).code).toBe(0);
    const [aside] = kept();
    expect(read('new', aside, 'uploads', 'own.txt')).toBe('mine');
    expect(query(`new/${aside}/webui.db`, 'SELECT email FROM "user"')).toBe('jane@company.com');
    expect(fs.readdirSync(inFolder('new', 'uploads')).sort()).toEqual(['latest', 'report.pdf']);
  });

  test('of which the database cannot be read is refused', async () => {
    fs.writeFileSync(inFolder('new', 'webui.db'), 'not a database, and long enough to be looked at as one'.repeat(20));
    const { code, output } = await startImport('http://127.0.0.1:1').done;
    expect({ code, output }).toMatchObject({ code: 1, output: expect.stringContaining('cannot be read') });
  });
});

test('an import that was killed while it moved the files in goes on without the export', async () => {
  fs.mkdirSync(inFolder('new', '.data-copy-arrived', 'uploads'), { recursive: true });
  fs.writeFileSync(inFolder('new', '.data-copy-arrived', 'uploads', 'a.txt'), 'a');
  fs.writeFileSync(inFolder('new', 'webui.db'), 'moved in before');
  const { code, output } = await startImport('http://127.0.0.1:1').done;
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('delete its job') });
  expect(fs.readdirSync(inFolder('new')).sort()).toEqual(['uploads', 'webui.db']);
  expect(read('new', 'uploads', 'a.txt')).toBe('a');
});

test('an import that was killed before that begins again', async () => {
  makeOldData();
  fs.mkdirSync(inFolder('new', '.data-copy-arriving'));
  fs.writeFileSync(inFolder('new', '.data-copy-arriving', 'half.txt'), 'half');
  const source = await startExport();
  expect((await startImport(source.url).done).code).toBe(0);
  expect(fs.readdirSync(inFolder('new')).sort()).toEqual(['cache', 'uploads', 'vector_db', 'webui.db']);
});

describe('the account of a set-up without sign-in', () => {
  const emails = (name: string) => query('new/webui.db', `SELECT group_concat(email) FROM "${name}" ORDER BY id`);
  const password = (email: string) => query('new/webui.db', `SELECT password FROM auth WHERE email = '${email}'`);

  test('loses its well-known password', async () => {
    makeOldData();
    const source = await startExport();
    expect((await startImport(source.url).done).code).toBe(0);
    expect(password('admin@localhost')).toBe('');
    expect(password('joe@company.com')).toBe('hash of joe');
  });

  test('becomes the person who is named', async () => {
    makeOldData();
    const source = await startExport();
    const { code, output } = await startImport(source.url, { OWNER_EMAIL: 'Jane@company.com' }).done;
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('jane@company.com owns what') });
    expect([emails('user'), emails('auth')]).toEqual(Array(2).fill('jane@company.com,joe@company.com'));
    expect(password('jane@company.com')).toBe('');
  });

  test('cannot become a person who has an account already', async () => {
    makeOldData();
    const source = await startExport();
    const { code, output } = await startImport(source.url, { OWNER_EMAIL: 'joe@company.com' }).done;
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining('UNIQUE constraint failed: user.email'),
    });
    expect(fs.existsSync(inFolder('new', 'webui.db'))).toBe(false);
  });
});

test('a database that nobody has open is copied from a folder that cannot be written', async () => {
  makeOldData();
  expect(fs.readdirSync(inFolder('old'))).not.toContain('webui.db-wal');
  fs.chmodSync(inFolder('old'), 0o555);
  const source = await startExport();
  const { code } = await startImport(source.url).done;
  fs.chmodSync(inFolder('old'), 0o755);
  expect(code).toBe(0);
  expect(fs.readdirSync(inFolder('old')).filter((name) => name.startsWith('webui.db'))).toEqual(['webui.db']);
});

test('a damaged database stops the export', async () => {
  makeOldData();
  const file = inFolder('old', 'webui.db');
  const bytes = fs.readFileSync(file);
  bytes.fill(0xff, 4096, 8192);
  fs.writeFileSync(file, bytes);
  const { code, output } = await (await startExport()).done;
  expect(code).toBe(1);
  expect(output).toContain('webui.db');
  expect(output).toMatch(/damaged|cannot be read/);
});
