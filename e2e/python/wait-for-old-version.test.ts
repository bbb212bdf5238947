import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { declareProduction, PRODUCTION } from '../../test/open-webui/samples';
import { environmentOf, render } from '../../test/render';
import { type Run, runPython } from './run-python';

// The container that holds the migration back, as its manifest has it, against a server that plays the old replicas.

// It starts Python, which on a busy machine takes its time.
jest.setTimeout(60_000);

const [container] = render((scope) => declareProduction(scope, { ...PRODUCTION, version: '0.12.4' })).find('Job').spec
  .template.spec.initContainers;
const variables = environmentOf(container);

/** Nobody waits five seconds here. */
const WITHOUT_SLEEP = 'import time\ntime.sleep = lambda seconds: print(f"slept {seconds} s", flush=True)\n';

type Answer = (response: http.ServerResponse) => void;

const version =
  (number: string): Answer =>
  (response) =>
    response.end(JSON.stringify({ version: number }));
const status =
  (code: number, headers: { [name: string]: string } = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end('<html></html>');
/** What a pod does whose port is closed, or which is too slow. */
const silence: Answer = (response) => response.destroy();
const html: Answer = (response) => response.writeHead(200).end('<html></html>');

/** Polls without an answer after which no old pod can be left. */
const QUIET = 20;

// Alembic, which says whether the schema is that of its version.
let folder: string;
const schemaIsThere = (there: boolean) =>
  fs.writeFileSync(path.join(folder, 'alembic'), `#!/bin/sh\necho "$0 $*" | sed 's/.*alembic/alembic/'\n${there}\n`, {
    mode: 0o755,
  });

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wait-for-old-version-'));
  schemaIsThere(false);
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** Runs the script while a server gives one answer after the other, and is gone after the last. */
async function waitWith(answers: readonly Answer[], upgrading = false): Promise<Run & { readonly asked: string[] }> {
  const asked: string[] = [];
  const left = [...answers];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('connection', 'close');
    left.shift()?.(response);
    if (left.length === 0) {
      server.close();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  if (left.length === 0) {
    server.close();
  }
  const { pathname } = new URL(variables.VERSION_URL);
  const run = await runPython(WITHOUT_SLEEP + container.command[2], {
    ...variables,
    PATH: `${folder}:${process.env.PATH}`,
    VERSION_URL: `http://127.0.0.1:${port}${pathname}`,
    UPGRADING: String(upgrading),
  });
  server.close();
  return { ...run, asked };
}

const slept = ({ output }: Run) => output.split('\n').filter((line) => line === 'slept 5 s').length;

test('is a script for Python, which the image of the app has', () => {
  expect(container.command.slice(0, 2)).toEqual(['python3', '-c']);
  expect(container.image).toBe('ghcr.io/open-webui/open-webui:0.12.4');
});

test('ends at once where the same version serves: nothing changes that it could not bear', async () => {
  const run = await waitWith([version('0.12.4')]);
  expect(run).toEqual({ code: 0, output: '', asked: ['/api/version'] });
});

test('ends at once where nobody answers: it is the first start, or the old pods are gone', async () => {
  expect(await waitWith([])).toEqual({ code: 0, output: '', asked: [] });
});

test('waits while another version serves, and says for what', async () => {
  const run = await waitWith([version('0.11.0'), version('0.11.0'), version('0.11.0')]);
  expect(run.code).toBe(0);
  expect(slept(run)).toBe(3 + QUIET - 1);
  expect(run.output).toContain('a replica of version 0.11.0 still serves; the schema of 0.12.4 waits until it is gone');
  expect(run.output).toContain('set upgradingFrom to the old version');
});

test('ends when the new version has taken over from the old one', async () => {
  const run = await waitWith([version('0.11.0'), version('0.12.4')]);
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 1 });
});

test('one poll without an answer is not the end of the old version: its last pods close their port and still write', async () => {
  const run = await waitWith([version('0.11.0'), silence, silence, silence, version('0.11.0')]);
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 5 + QUIET - 1 });
});

test('in an upgrade an old pod that is too slow, or not ready, is no pod that is gone', async () => {
  const run = await waitWith([silence, silence, version('0.11.0'), silence, version('0.11.0')], true);
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 5 + QUIET - 1 });
  expect(run.output).toContain('no replica answers; the schema waits until the last old pod has ended too');
});

test('in an upgrade waits for longer than a pod may take to end', async () => {
  const run = await waitWith([], true);
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: QUIET - 1 });
  const { terminationGracePeriodSeconds } = render((scope) => declareProduction(scope, PRODUCTION)).find(
    'Deployment',
    'open-webui',
  ).spec.template.spec;
  expect(slept(run) * 5).toBeGreaterThan(terminationGracePeriodSeconds);
});

test('an error of the Service is not the new version, once the old one was seen', async () => {
  const run = await waitWith([version('0.11.0'), status(502), status(503)]);
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 3 + QUIET - 1 });
});

describe.each([
  ['refuses to say', status(403)],
  ['asks for a sign-in', status(401)],
  [
    'sends people to a sign-in that the policies do not let it reach',
    status(302, { location: 'http://127.0.0.1:9/login' }),
  ],
  ['shows its own page', html],
])('a proxy that %s', (_what, answer) => {
  test('hides the old version in an upgrade: it waits until nobody answers', async () => {
    const run = await waitWith([answer, answer], true);
    expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 2 + QUIET - 1 });
    expect(run.output).toContain('a replica of version hidden still serves');
  });

  test('hides the new version in an upgrade that changes no schema: it does not wait for its end', async () => {
    schemaIsThere(true);
    const run = await waitWith([answer], true);
    expect(run).toMatchObject({ code: 0, output: 'alembic current --check-heads\n' });
  });

  test('hides the same version at all other times: it does not wait', async () => {
    const run = await waitWith([answer]);
    expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 0 });
  });
});

test.each([
  ['a page', html],
  ['an object without a version', ((response) => response.end('{}')) as Answer],
  ['a list', ((response) => response.end('[]')) as Answer],
])('does not fail over %s: what is no answer of the app holds nothing up', async (_what, answer) => {
  expect((await waitWith([answer])).code).toBe(0);
});

test('gives up after half an hour with an error, so that somebody looks', async () => {
  const run = await waitWith(Array.from({ length: 400 }, () => version('0.11.0')));
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 1, slept: 360 });
  expect(360 * 5).toBe(30 * 60);
});
