import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { connectionsFrom } from '../../verify/connection-attempts';
import { differences } from '../../verify/difference';
import type { PodAccess } from '../../verify/kubernetes/pod-access';
import { visitAt } from '../../verify/outside';
import { quantityOf, readableBytes, readableCores } from '../../verify/quantity';
import { usersOf } from '../../verify/tried-users';

async function listening<S extends Server>(server: S): Promise<S> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

describe('a difference', () => {
  test.each([
    ['what only the cluster has', { a: 1 }, { a: 1, status: {} }],
    ['empty, and not there', { a: 1, emptyDir: {} }, { a: 1 }],
    [
      'another spelling of an amount',
      { spec: { hard: { cpu: '1', memory: '1Gi' } } },
      { spec: { hard: { cpu: '1000m', memory: '1024Mi' } } },
    ],
    ['another order of things with names', [{ name: 'a' }, { name: 'b' }], [{ name: 'b' }, { name: 'a' }]],
  ])('is not: %s', (_, rendered, live) => {
    expect(differences(rendered, live)).toEqual([]);
  });

  test.each([
    ['a value', { spec: { a: 1 } }, { spec: { a: 2 } }, 'spec.a is 2, 1 is rendered'],
    [
      'something that is not set',
      { spec: { a: { b: true } } },
      { spec: {} },
      'spec.a is not set, {"b":true} is rendered',
    ],
    ['another amount', { limits: { cpu: '1' } }, { limits: { cpu: '1100m' } }, 'limits.cpu is 1100m, 1 is rendered'],
    ['amounts elsewhere, which are only words', { env: '1' }, { env: '1000m' }, 'env is 1000m, 1 is rendered'],
    ['a longer list', { a: ['x'] }, { a: ['x', 'y'] }, 'a has 2 entries, 1 are rendered'],
  ])('is: %s', (_, rendered, live, sentence) => {
    expect(differences(rendered, live)).toEqual([sentence]);
  });
});

describe('a quantity', () => {
  test.each([
    ['250m', 0.25],
    ['2', 2],
    ['1500Mi', 1500 * 2 ** 20],
    ['210000000n', 0.21],
    ['128974848', 128974848],
  ])('%s is %d', (text, value) => expect(quantityOf(text)).toBeCloseTo(value, 9));

  test('is read by people', () => {
    expect([readableCores(0.21), readableCores(1.26)]).toEqual(['210m', '1.3']);
    expect([readableBytes(700 * 2 ** 20), readableBytes(1.5 * 2 ** 30)]).toEqual(['700Mi', '1.5Gi']);
    expect(quantityOf('much')).toBeUndefined();
  });
});

describe('connections from within a pod', () => {
  /** A container that is this machine, with one program. */
  const containerWith = (program: string, file: string, env = process.env): PodAccess => ({
    run: (_, __, [wanted, ...args]) =>
      new Promise((resolve) => {
        if (wanted !== program) resolve({ stdout: '', stderr: 'executable file not found in $PATH' });
        else {
          execFile(file, args, { env }, (error, stdout, stderr) =>
            resolve({ exitCode: error ? 1 : 0, stdout, stderr }),
          );
        }
      }),
    request: () => Promise.reject(new Error('no request is needed')),
  });
  let server: net.Server;
  let open: number;
  let closed: number;
  let received: number;
  const tried = (container: PodAccess) =>
    connectionsFrom(
      container,
      'pod',
      'container',
      [open, closed].map((port) => ({ host: '127.0.0.1', port })),
    );

  beforeEach(async () => {
    received = 0;
    server = await listening(
      net.createServer((socket) => {
        socket.on('data', () => {
          received += 1;
        });
        socket.on('error', () => {});
      }),
    );
    open = (server.address() as AddressInfo).port;
    const gone = await listening(net.createServer());
    closed = (gone.address() as AddressInfo).port;
    await new Promise((done) => gone.close(done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  test.each(['node', '/nodejs/bin/node'])('are tried with %s, and nothing is sent', async (program) => {
    expect(await tried(containerWith(program, process.execPath))).toEqual([true, false]);
    expect(received).toBe(0);
  });

  test("are tried with a shell's nc, all at once", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nc-'));
    // As BusyBox takes it: nc -z -w SECONDS HOST PORT.
    const nc = `#!/bin/sh\n[ "$1 $2 $3 $4 $5" = "-z -w 3 127.0.0.1 ${open}" ]\n`;
    fs.writeFileSync(path.join(folder, 'nc'), nc, { mode: 0o755 });
    expect(await tried(containerWith('sh', '/bin/sh', { PATH: folder }))).toEqual([true, false]);
    fs.rmSync(folder, { recursive: true });
  });

  test('are not tried where there is nothing to try with', async () => {
    expect(await tried(containerWith('sh', '/bin/sh', { PATH: '/nowhere' }))).toBeUndefined();
    expect(await tried(containerWith('perl', '/bin/false'))).toBeUndefined();
  });
});

describe('a visit', () => {
  test('shows the host that was meant to the address, and where it sends a stranger', async () => {
    let host: string | undefined;
    const server = await listening(
      http.createServer((request, response) => {
        host = request.headers.host;
        response.writeHead(302, { location: 'https://login.company.com/' }).end();
      }),
    );
    const { port } = server.address() as AddressInfo;
    const visit = visitAt({ plain: port, encrypted: port });
    expect(await visit('chat.company.com', '127.0.0.1', false)).toEqual({
      status: 302,
      location: 'https://login.company.com/',
    });
    expect(host).toBe('chat.company.com');
    await expect(visit('chat.company.com', '127.0.0.1', true)).rejects.toThrow();
    await new Promise((done) => server.close(done));
  });
});

describe('a user made up for a tenant', () => {
  const user = (allowedUsers?: string[], allowedGroups?: string[]) =>
    usersOf([{ tenantId: 't', displayName: 'T', mcpEndpoint: 'http://t', allowedUsers, allowedGroups }], [])[0];

  test.each([
    [['*@google.com'], undefined, 'verify@google.com', []],
    [['*'], ['developers', 'others'], 'verify@verify.invalid', ['developers']],
    [['ada@company.com'], undefined, 'ada@company.com', []],
    [['*@*.company.com'], undefined, 'verify@verify.company.com', []],
    [undefined, ['staff'], 'verify@verify.invalid', ['staff']],
  ])('fits %j and %j', (allowedUsers, allowedGroups, email, groups) => {
    expect(user(allowedUsers, allowedGroups)).toEqual({ email, groups, role: 'user' });
  });

  test('is not made for a disabled tenant', () => {
    expect(usersOf([{ tenantId: 't', displayName: 'T', mcpEndpoint: 'http://t', enabled: false }], [])).toEqual([]);
  });
});
