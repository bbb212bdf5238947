import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { handOver } from '../../constructs/open-webui/hand-over';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { render } from '../../test/render';
import { runPython } from './run-python';

// The container that renames the one account of the app without sign-in, against a real SQLite file.

// It starts Python, which on a busy machine takes its time.
jest.setTimeout(60_000);

const NOBODY = 'admin@localhost';
const OWNER = 'owner@company.com';
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hand-over-'));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

function sqlite(statements: string): string {
  const program =
    'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nfor s in sys.argv[2].split(";"):\n  print(*c.execute(s).fetchall())\nc.commit()';
  return execFileSync('python3', ['-c', program, path.join(folder, 'webui.db'), statements], {
    encoding: 'utf8',
  }).trim();
}

function withAccounts(...emails: string[]): void {
  sqlite('CREATE TABLE user (id INTEGER, email TEXT); CREATE TABLE auth (id INTEGER, email TEXT)');
  for (const [id, email] of emails.entries()) {
    sqlite(`INSERT INTO user VALUES (${id}, '${email}'); INSERT INTO auth VALUES (${id}, '${email}')`);
  }
}

function run(signedIn: boolean, owner = OWNER) {
  const { command = [], env = [] } = handOver('image', owner, signedIn);
  const script = command[2].replaceAll('/data/', `${folder}/`);
  return runPython(script, Object.fromEntries(env.map(({ name, value }) => [name, value ?? ''])));
}

const accounts = () => sqlite('SELECT email FROM user ORDER BY id; SELECT email FROM auth ORDER BY id').split('\n');

test('gives what nobody in particular owned to the owner, once people sign in', async () => {
  withAccounts(NOBODY);
  expect(await run(true)).toMatchObject({ code: 0, output: `${OWNER} owns what ${NOBODY} owned\n` });
  expect(accounts()).toEqual([`('${OWNER}',)`, `('${OWNER}',)`]);
});

test('gives it back where nobody signs in any more', async () => {
  withAccounts(OWNER);
  expect((await run(false)).code).toBe(0);
  expect(accounts()).toEqual([`('${NOBODY}',)`, `('${NOBODY}',)`]);
});

test('leaves everything as it is at the second start, and where the owner has an account already', async () => {
  withAccounts(NOBODY);
  await run(true);
  expect(await run(true)).toMatchObject({ code: 0, output: `${OWNER} has an account already\n` });
  expect(accounts()).toEqual([`('${OWNER}',)`, `('${OWNER}',)`]);
});

describe('an address with capitals, as Entra sends it', () => {
  const AS_SENT = 'Owner@Company.com';

  test('becomes the one in lower case: the app signs nobody in under another', async () => {
    withAccounts(NOBODY);
    expect((await run(true, AS_SENT)).code).toBe(0);
    expect(accounts()).toEqual([`('${OWNER}',)`, `('${OWNER}',)`]);
    expect((await run(false, AS_SENT)).code).toBe(0);
    expect(accounts()).toEqual([`('${NOBODY}',)`, `('${NOBODY}',)`]);
  });

  test('that stands in the database already is put into lower case, and nothing is handed over twice', async () => {
    withAccounts(AS_SENT, NOBODY);
    expect(await run(true, AS_SENT)).toMatchObject({ code: 0, output: `${OWNER} has an account already\n` });
    expect(accounts()).toEqual([`('${OWNER}',) ('${NOBODY}',)`, `('${OWNER}',) ('${NOBODY}',)`]);
  });
});

test('touches nobody else', async () => {
  withAccounts('somebody@company.com', NOBODY);
  await run(true);
  expect(accounts()).toEqual([`('somebody@company.com',) ('${OWNER}',)`, `('somebody@company.com',) ('${OWNER}',)`]);
});

test('does nothing before the first start: there is no file, and none is made', async () => {
  expect(await run(true)).toEqual({ code: 0, output: '' });
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("does nothing to a file that is not the app's", async () => {
  sqlite('CREATE TABLE other (id INTEGER)');
  expect(await run(true)).toEqual({ code: 0, output: '' });
});

test('an address with a quotation mark is an address', async () => {
  withAccounts(NOBODY);
  const { command = [] } = handOver('image', OWNER, true);
  const odd = "o'neill@company.com";
  const script = command[2].replaceAll('/data/', `${folder}/`);
  expect((await runPython(script, { FROM_EMAIL: NOBODY, TO_EMAIL: odd })).code).toBe(0);
  expect(accounts()[0]).toContain(odd);
});

describe('in a release', () => {
  const containers = (props: OpenWebUiReleaseProps) =>
    render((scope) => new OpenWebUiRelease(scope, 'open-webui', props)).find('Deployment').spec.template.spec
      .initContainers;

  test('runs after the volume is filled and before the app, on the same folder of the volume', () => {
    const [copy, hand] = containers({ ownerEmail: OWNER });
    expect([copy.name, hand.name]).toEqual(['copy-app-data', 'hand-over']);
    expect(hand.volumeMounts).toEqual(copy.volumeMounts);
    expect(hand.env).toEqual([
      { name: 'FROM_EMAIL', value: NOBODY },
      { name: 'TO_EMAIL', value: OWNER },
    ]);
  });

  test('goes the other way where nobody signs in', () => {
    const [, hand] = containers({ ownerEmail: OWNER, signIn: { enabled: false } });
    expect(hand.env).toEqual([
      { name: 'FROM_EMAIL', value: OWNER },
      { name: 'TO_EMAIL', value: NOBODY },
    ]);
  });
});
