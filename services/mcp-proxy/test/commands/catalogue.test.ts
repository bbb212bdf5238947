import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../runtime/settings';
import { COMMANDS } from '../../src/commands';
import { catalogueTable } from '../../src/commands/catalogue-table';
import { IntegrationProtocol, readIntegrations } from '../../src/commands/integration';
import { tenantEntry, tenantsJson } from '../configuration/tenants';
import { runCommand } from './run-command';

const folder = mkdtempSync(join(tmpdir(), 'catalogue-'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** A stdio server: answers initialize and pages of tools/list, and prints noise as real ones do. */
const STDIO_SERVER = `
process.stdout.write('Server running on stdio\\n');
const answers = {
  initialize: () => ({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'stdio|server', version: '1.0' } }),
  'tools/list': ({ cursor }) => cursor ? { tools: [{ name: 'c' }] } : { tools: [{ name: 'a' }, { name: 'b' }], nextCursor: '2' },
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method](params) }));
});`;

describe('a catalogue', () => {
  it('is read by protocol', () => {
    const path = file('catalogue.json', {
      integrations: {
        web: { url: 'https://mcp.example/mcp', credential: { key: 'WEB', scheme: 'token' } },
        old: { protocol: 'sse', url: 'https://mcp.example/sse' },
        local: { protocol: 'stdio', command: ['npx', '-y', 'server'] },
      },
    });
    expect(readIntegrations(path)).toEqual({
      errors: [],
      integrations: [
        { name: 'web', protocol: 'auto', url: 'https://mcp.example/mcp', credential: { key: 'WEB', scheme: 'token' } },
        { name: 'old', protocol: 'sse', url: 'https://mcp.example/sse' },
        { name: 'local', protocol: 'stdio', command: ['npx', '-y', 'server'] },
      ],
    });
  });

  it('may be the tenants, of which those that are enabled count', () => {
    const tenants = tenantsJson(tenantEntry('google', { protocol: 'openapi' }), tenantEntry('old', { enabled: false }));
    expect(readIntegrations(file('tenants.json', tenants)).integrations).toMatchObject([
      { name: 'google', protocol: 'openapi', url: 'http://mcp-google:8000/mcp' },
    ]);
  });

  it('names every fault', () => {
    const path = file('faulty.json', {
      integrations: {
        a: { protocol: 'grpc', url: 'https://x' },
        b: { url: 'file:///etc/passwd' },
        c: { protocol: 'stdio', command: 'rm -rf /' },
        d: { protocol: 'stdio', url: 'https://x', command: ['x'] },
        e: { url: 'https://x', credential: { key: '../../etc/passwd' } },
        f: { url: 'https://x', token: 'hunter2' },
      },
      more: 1,
    });
    const { errors } = readIntegrations(path);
    expect(errors).toHaveLength(7);
    expect(errors.every((error) => error.startsWith(path))).toBe(true);
    expect(readIntegrations('/nowhere.json').errors).toHaveLength(1);
    expect(readIntegrations(file('broken.json', '{')).errors.length).toBeGreaterThanOrEqual(1);
  });
});

describe('the catalogue command', () => {
  let server: Server;
  let url: string;
  const authorizations: (string | undefined)[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (data) => {
        body += data;
      });
      request.on('end', () => {
        if (request.url !== '/mcp' || request.method !== 'POST') {
          response.writeHead(404).end();
          return;
        }
        authorizations.push(request.headers.authorization);
        const { id, method } = JSON.parse(body);
        if (id === undefined) {
          response.writeHead(202).end();
          return;
        }
        const results: { [method: string]: object } = {
          initialize: {
            protocolVersion: '2025-11-25',
            capabilities: { tools: {} },
            serverInfo: { name: 'web', version: '2.0' },
          },
          'tools/list': { tools: [{ name: 'a', inputSchema: { type: 'object' } }] },
        };
        const result = results[method];
        const answer = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
      });
    });
    await new Promise<void>((ready) => {
      server.listen(0, '127.0.0.1', ready);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it('asks each integration and writes what answered', async () => {
    writeFileSync(join(folder, 'WEB'), 'web-secret\n');
    const path = file('probed.json', {
      integrations: {
        web: { url: `${url}/mcp`, credential: { key: 'WEB' } },
        local: { protocol: 'stdio', command: [process.execPath, file('server.cjs', STDIO_SERVER)] },
        dead: { protocol: 'streamable-http', url: 'http://127.0.0.1:9/mcp' },
        ends: { protocol: 'stdio', command: [process.execPath, '-e', 'process.exit(3)'] },
        missing: { protocol: 'stdio', command: ['/nowhere/program'] },
      },
    });
    const { code, stdout } = await runCommand(COMMANDS.catalogue, path, '--secrets', folder, '--run-commands');
    const rows = stdout.split('\n').map((line) => line.split(' | '));
    const row = (name: string) => rows.find(([first]) => first === `| ${name}`) ?? [];
    expect(code).toBe(1);
    expect(row('web').slice(1, 5)).toEqual(['streamable-http', '2025-11-25', 'web 2.0', '1']);
    expect(row('local').slice(1, 5)).toEqual(['stdio', '2025-11-25', 'stdio\\|server 1.0', '3']);
    expect(row('dead').slice(1, 5)).toEqual(['streamable-http', '', '', '']);
    expect(row('dead')[6]).not.toBe(' |');
    expect(row('ends')[6]).toContain('exit code 3');
    expect(row('missing')[6]).toContain('does not start');
    expect(stdout).toContain('5 integrations: 1 stdio, 1 streamable-http, 3 without an answer.');
    expect(authorizations).toContain('Bearer web-secret');
    expect(stdout).not.toContain('web-secret');
  });

  it('finds the protocol that answers where another one is written', async () => {
    const path = file('miswritten.json', { integrations: { web: { protocol: 'sse', url: `${url}/mcp` } } });
    const { code, stdout } = await runCommand(COMMANDS.catalogue, path, '--timeout-ms', '3000');
    expect(stdout).toMatch(/\| web \| streamable-http \| 2025-11-25 \| web 2\.0 \| 1 \| \d+ \| written as sse \|/);
    expect(code).toBe(1);
  });

  it('is good when everything answered as it is written', async () => {
    const path = file('good.json', { integrations: { web: { protocol: 'streamable-http', url: `${url}/mcp` } } });
    expect(await runCommand(COMMANDS.catalogue, path)).toMatchObject({ code: 0 });
  });

  it('ends a program with 78 when a file has a fault', async () => {
    const path = file('wrong.json', { integrations: { web: { url: 'file:///etc/passwd' } } });
    await expect(runCommand(COMMANDS.catalogue, path)).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('starts no program of a file unless it is told to', async () => {
    const witness = join(folder, 'was-run');
    const command = [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(witness)}, '')`];
    const path = file('unrun.json', { integrations: { local: { protocol: 'stdio', command } } });
    const { code, stdout } = await runCommand(COMMANDS.catalogue, path);
    expect(code).toBe(1);
    expect(stdout).toContain('--run-commands');
    expect(() => require('node:fs').statSync(witness)).toThrow();
  });

  it.each([[[]], [['x.json', '--timeout-ms', 'soon']], [['x.json', '--run']]])('refuses %j with 64', async (argv) => {
    expect(await runCommand(COMMANDS.catalogue, ...argv)).toMatchObject({ code: 64 });
  });
});

it('a server’s own words add neither cells nor lines nor markup to the table', () => {
  const nasty = 'x | y\n| evil | <img src=x> [a](javascript:b) `code` \u202e';
  const result = { name: 'a', protocol: IntegrationProtocol.SSE, server: nasty, tools: 1, milliseconds: 1 };
  const table = catalogueTable([{ ...result, problem: nasty.repeat(50) }]);
  const lines = table.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[2].match(/(?<!\\)\|/g)).toHaveLength(8);
  expect(lines[2]).not.toMatch(/(?<!\\)[<`[]|\u202e/);
});

test('the catalogue that is shipped is one, with servers of each protocol', () => {
  const { integrations, errors } = readIntegrations(join(__dirname, '..', '..', 'integrations.json'));
  expect(errors).toEqual([]);
  const protocols = new Set(integrations.map(({ protocol }) => protocol));
  expect([...protocols].sort()).toEqual(['sse', 'stdio', 'streamable-http']);
});
