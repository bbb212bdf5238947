import http from 'node:http';
import type { AddressInfo } from 'node:net';
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
const html: Answer = (response) => response.writeHead(200).end('<html></html>');

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
  expect(slept(run)).toBe(3);
  expect(run.output).toContain('a replica of version 0.11.0 still serves; the schema of 0.12.4 waits until it is gone');
  expect(run.output).toContain('set upgradingFrom to the old version');
});

test('ends when the new version has taken over from the old one', async () => {
  const run = await waitWith([version('0.11.0'), version('0.12.4')]);
  expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 1 });
});

describe.each([
  ['refuses to say', status(403)],
  ['asks for a sign-in', status(401)],
  [
    'sends people to a sign-in that the policies do not let it reach',
    status(302, { location: 'http://127.0.0.1:9/login' }),
  ],
])('a proxy that %s', (_what, answer) => {
  test('hides the old version in an upgrade: it waits until nobody answers', async () => {
    const run = await waitWith([answer, answer], true);
    expect({ code: run.code, slept: slept(run) }).toEqual({ code: 0, slept: 2 });
    expect(run.output).toContain('a replica of version hidden still serves');
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
