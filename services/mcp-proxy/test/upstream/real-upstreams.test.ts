import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { McpProtocol } from '../../../../constructs/tenants';
import { createUpstream, ProtocolEra, type UpstreamMessage } from '../../src/upstream';
import type { GuardedUpstream } from '../../src/upstream/guarded-upstream';
import { tenantOf, toolCall } from './raw-server';

// The servers that people really run, each started here: what the fixtures say of the protocol may be wrong.

jest.setTimeout(60_000);

const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const FILESYSTEM = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
const BRIDGE = join(
  require.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
  '../../../../.bin/mcp-proxy',
);

const processes: ChildProcess[] = [];
const upstreams: GuardedUpstream[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
  writeFileSync(join(folder, 'note.txt'), 'read me');
});

afterAll(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  await Promise.all(
    processes.map((child) => {
      const gone = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
      child.kill('SIGKILL');
      return gone;
    }),
  );
  rmSync(folder, { recursive: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

async function start(args: (port: number) => string[], env: (port: number) => { [name: string]: string } = () => ({})) {
  const port = await freePort();
  const own = { PATH: process.env.PATH, SECRET_OF_THE_SERVER: 'own', ...env(port) };
  const child = spawn(process.execPath, args(port), { stdio: 'ignore', env: own });
  processes.push(child);
  return port;
}

/** Until the server answers: it says nowhere when it is ready. */
async function connected(url: string, protocol?: McpProtocol): Promise<GuardedUpstream> {
  const tenant = tenantOf(url, { protocol, credential: { key: 'KEY' } });
  const upstream = createUpstream(tenant, { credential: () => 's3cret' });
  upstreams.push(upstream);
  for (let attempt = 0; ; attempt++) {
    // Each attempt by an upstream of its own: the breaker of the last one would be open by now.
    const probe = createUpstream(tenantOf(url, { protocol }), { credential: () => undefined });
    const up = await probe.discover(new AbortController().signal).then(
      () => true,
      () => false,
    );
    await probe.close();
    if (up) return upstream;
    if (attempt === 200) throw new Error(`${url} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ASKABLE = { clientCapabilities: { sampling: {}, elicitation: {}, roots: {} }, era: ProtocolEra.LEGACY };

describe.each([
  ['Streamable HTTP', 'streamableHttp', 'mcp', undefined],
  ['HTTP+SSE, found out', 'sse', 'sse', undefined],
  ['HTTP+SSE, as configured', 'sse', 'sse', McpProtocol.SSE],
])('server-everything over %s', (_, transport, path, protocol) => {
  let upstream: GuardedUpstream;

  beforeAll(async () => {
    const port = await start(
      () => [EVERYTHING, transport],
      (chosen) => ({ PORT: String(chosen) }),
    );
    upstream = await connected(`http://127.0.0.1:${port}/${path}`, protocol);
  });

  it('is discovered, with the tools that it shows only to clients that can be asked', async () => {
    const offer = await upstream.discover(new AbortController().signal);
    expect(offer.protocolVersion).toBe('2025-11-25');
    const names = offer.tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['echo', 'get-env', 'trigger-sampling-request']));
    expect(offer.prompts.length).toBeGreaterThan(0);
    expect(offer.resourceTemplates.length).toBeGreaterThan(0);
  });

  it('tools, prompts and resources answer', async () => {
    const echoed = await upstream.send(toolCall('echo', { args: { message: 'hi' } }));
    expect(echoed).toMatchObject({ result: { content: [{ type: 'text', text: 'Echo: hi' }] } });
    const { signal } = new AbortController();
    const uri = 'demo://resource/dynamic/text/1';
    const read = await upstream.send({ method: 'resources/read', params: { uri }, signal });
    expect(read).toMatchObject({ result: { contents: [{ uri }] } });
    const prompt = await upstream.send({ method: 'prompts/get', params: { name: 'simple-prompt' }, signal });
    expect(prompt).toMatchObject({ result: { messages: expect.any(Array) } });
  });

  it('progress arrives under the caller’s token', async () => {
    const got: UpstreamMessage[] = [];
    await upstream.send(
      toolCall('trigger-long-running-operation', {
        args: { duration: 0.3, steps: 3 },
        meta: { progressToken: 'mine' },
        onMessage: (message) => void got.push(message),
      }),
    );
    const progress = got.filter(({ method }) => method === 'notifications/progress');
    expect(progress.map(({ params }) => params?.progressToken)).toEqual(['mine', 'mine', 'mine']);
  });

  it('its questions reach the caller, and the answers reach it', async () => {
    const answer = await upstream.send(
      toolCall('trigger-sampling-request', {
        ...ASKABLE,
        sessionKey: 'alice',
        args: { prompt: 'p', maxTokens: 5 },
        onMessage: ({ id, method }) => {
          if (id === undefined) return;
          const sampled = { role: 'assistant', model: 'm', content: { type: 'text', text: 'sampled by us' } };
          void upstream.reply(id, { result: method === 'sampling/createMessage' ? sampled : { roots: [] } });
        },
      }),
    );
    expect(JSON.stringify(answer)).toContain('sampled by us');
  });

  it('its environment has nothing of ours', async () => {
    const answer = await upstream.send(toolCall('get-env', { sessionKey: 'key-of-alice' }));
    const text = JSON.stringify(answer);
    expect(text).toContain('SECRET_OF_THE_SERVER');
    expect(text).not.toMatch(/s3cret|key-of-alice/);
  });
});

describe('server-filesystem behind the bridge mcp-proxy', () => {
  it('speaks the newest version: it lists its tools and reads a file', async () => {
    const server = ['--', process.execPath, FILESYSTEM, folder];
    const port = await start((chosen) => [
      ...[BRIDGE, '--host', '127.0.0.1', '--port', String(chosen), '--server', 'stream', '--stateless'],
      ...server,
    ]);
    const upstream = await connected(`http://127.0.0.1:${port}/mcp`);
    const offer = await upstream.discover(new AbortController().signal);
    expect(offer.protocolVersion).toBe('2026-07-28');
    expect(offer.tools).toHaveLength(14);
    for (const era of [ProtocolEra.MODERN, ProtocolEra.LEGACY]) {
      const path = join(folder, 'note.txt');
      const answer = await upstream.send(toolCall('read_text_file', { args: { path }, era }));
      expect(JSON.stringify(answer)).toContain('read me');
    }
  });
});
