import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTenants } from '../../../../constructs/tenants';
import { ConfigurationError } from '../../../runtime/settings';
import { definitionHash, PinVerdict, readToolPins } from '../../src/catalogue';
import { pinCommand } from '../../src/commands/pin';
import { type Json, modernDiscovery, RawServer, tenantOf } from '../upstream/raw-server';
import { tool } from './fake-upstreams';

let server: RawServer;
let folder: string;
let tools: Json[];
let written: string;

beforeEach(async () => {
  tools = [tool('read'), tool('write'), tool('secret')];
  server = await new RawServer().start();
  server.behave = (hit, response) => void modernDiscovery(hit, response, tools);
  folder = mkdtempSync(join(tmpdir(), 'pins-'));
  const filter = { tools: { deny: ['secret'] }, credential: { key: 'KEY' } };
  writeFileSync(join(folder, 'tenants.json'), renderTenants([tenantOf(`${server.origin}/mcp`, filter)]));
  writeFileSync(join(folder, 'KEY'), 's3cret\n');
  written = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await server.stop();
  rmSync(folder, { recursive: true });
});

const lock = () => join(folder, 'tools.lock.json');
const run = (...options: string[]) => pinCommand.run(['--secrets', folder, ...options, join(folder, 'tenants.json')]);

describe('the command pin', () => {
  it('writes the tools that the tenant shows, asked with its credential', async () => {
    expect(await run('-o', lock())).toBe(0);
    const pins = readToolPins(readFileSync(lock(), 'utf8'));
    expect(pins.tenants).toEqual({ raw: { read: definitionHash(tool('read')), write: definitionHash(tool('write')) } });
    expect(pins.verdict('raw', tool('read'))).toBe(PinVerdict.PINNED);
    expect(server.hits.every(({ headers }) => headers.authorization === 'Bearer s3cret')).toBe(true);
  });

  it('--check says what differs, and nothing when nothing does', async () => {
    await run('-o', lock());
    expect(await run('--check', lock())).toBe(0);
    tools = [tool('read', { description: 'new' }), tool('added')];
    written = '';
    expect(await run('--check', lock())).toBe(1);
    expect(written.split('\n').sort()).toEqual(['', 'raw_added: unknown', 'raw_read: changed', 'raw_write: gone']);
  });

  it('writes nothing when a server does not answer', async () => {
    await server.stop();
    expect(await run('-o', lock())).toBe(1);
    expect(written).toContain('tenant raw: ');
    expect(() => readFileSync(lock())).toThrow();
    server = await new RawServer().start();
  });

  it('finds the credentials in SECRETS_PATH, like the gateway', async () => {
    process.env.SECRETS_PATH = folder;
    try {
      expect(await pinCommand.run(['-o', lock(), join(folder, 'tenants.json')])).toBe(0);
    } finally {
      delete process.env.SECRETS_PATH;
    }
    expect(server.hits.every(({ headers }) => headers.authorization === 'Bearer s3cret')).toBe(true);
  });

  it('tells tenants and pins with a fault, which end a program with 78, from a server that does not answer', async () => {
    writeFileSync(lock(), '{"version": 2}');
    await expect(run('--check', lock())).rejects.toBeInstanceOf(ConfigurationError);
    await expect(run('--check', join(folder, 'absent'))).rejects.toBeInstanceOf(ConfigurationError);
    writeFileSync(join(folder, 'tenants.json'), '{"raw": {}}');
    await expect(run('-o', lock())).rejects.toBeInstanceOf(ConfigurationError);
    expect(server.hits).toEqual([]);
  });

  it('says what is wrong with its own line', async () => {
    expect(await pinCommand.run([])).toBe(64);
    expect(await run('-o', lock(), '--check', lock())).toBe(64);
  });
});
