import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, GATEWAY_KEY, GatewayProcess, headersOf, TOKEN_SECRET } from '../fixtures/gateway-process';
import { legacy, modern, request } from '../fixtures/mcp-caller';

// The servers that companies really run, through the built gateway: server-everything, whose `get-env` would show a
// secret that reached it, and server-filesystem behind the bridge from stdio to HTTP.

jest.setTimeout(60_000);

const ALICE = { email: 'alice@example.com', groups: ['developers'] };
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const FILESYSTEM = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
const BRIDGE = path.join(EVERYTHING, '../../../../.bin/mcp-proxy');

let gateway: GatewayProcess;
let folder: string;
const servers: ChildProcess[] = [];

async function start(args: (port: number) => string[]): Promise<string> {
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: String(port), SECRET_OF_THE_SERVER: 'its-own' };
  servers.push(spawn(process.execPath, args(port), { stdio: 'ignore', env }));
  const url = `http://127.0.0.1:${port}/mcp`;
  for (let attempt = 0; attempt < 500; attempt++) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return url;
    await sleep(50);
  }
  throw new Error(`${args(port).join(' ')} does not listen`);
}

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'files-'));
  fs.writeFileSync(path.join(folder, 'note.txt'), 'the text of the note');
  const [everything, files] = await Promise.all([
    start(() => [EVERYTHING, 'streamableHttp']),
    start((port) => [BRIDGE, '--port', String(port), '--server', 'stream', '--', process.execPath, FILESYSTEM, folder]),
  ]);
  gateway = await GatewayProcess.start({
    tenants: [
      { tenant_id: 'everything', mcp_endpoint: everything, allowed_groups: ['developers'], credential: { key: 'KEY' } },
      {
        tenant_id: 'files',
        mcp_endpoint: files,
        allowed_groups: ['developers'],
        tools: { deny: ['write_*', 'edit_*'] },
      },
    ],
    secrets: { KEY: 'credential-of-everything' },
  });
});

afterAll(async () => {
  await gateway?.stop();
  for (const server of servers) {
    if (server.exitCode !== null) continue;
    server.kill('SIGTERM');
    const gone = once(server, 'exit');
    await Promise.race([gone, sleep(2_000).then(() => server.kill('SIGKILL'))]);
    await gone;
  }
  fs.rmSync(folder, { recursive: true });
});

const headers = headersOf(ALICE);

async function call(name: string, args: object) {
  const { messages } = await request(`${gateway.url}/mcp`, {
    headers,
    body: legacy('tools/call', { name, arguments: args }),
  });
  return JSON.stringify(messages.at(-1));
}

test('both servers are listed, without the tools that are denied', async () => {
  const { text } = await request(`${gateway.url}/mcp`, { headers, body: legacy('tools/list') });
  expect(text).toContain('everything_echo');
  expect(text).toContain('files_read_text_file');
  expect(text).not.toMatch(/files_write|files_edit/);
});

test('get-env shows the environment of the server and nothing of the gateway or the caller', async () => {
  const env = await call('everything_get-env', {});
  expect(env).toContain('its-own');
  for (const secret of [
    GATEWAY_KEY,
    TOKEN_SECRET,
    'credential-of-everything',
    'alice',
    'developers',
    'eyJ',
    'MCP_PROXY',
  ]) {
    expect(env).not.toContain(secret);
  }
});

test('calls of both eras reach both servers', async () => {
  expect(await call('everything_echo', { message: 'hello there' })).toContain('hello there');
  expect(await call('files_read_text_file', { path: path.join(folder, 'note.txt') })).toContain('the text of the note');
  const newer = modern('tools/call', { name: 'everything_echo', arguments: { message: 'from 2026' } });
  const answer = await request(`${gateway.url}/mcp`, { headers: { ...headers, ...newer.headers }, body: newer.body });
  expect(answer.text).toContain('from 2026');
});

test('a denied tool does not run, whatever name it is called by', async () => {
  const file = path.join(folder, 'written.txt');
  for (const name of ['files_write_file', 'files_write_file ', 'files__write_file', 'FILES_write_file']) {
    expect(await call(name, { path: file, content: 'x' })).toContain('error');
  }
  await request(`${gateway.url}/mcp/files`, {
    headers,
    body: legacy('tools/call', { name: 'write_file', arguments: { path: file, content: 'x' } }),
  });
  await request(`${gateway.url}/files_write_file`, { headers, body: JSON.stringify({ path: file, content: 'x' }) });
  expect(fs.existsSync(file)).toBe(false);
});
