import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createLogger, LogLevel } from '../../../runtime/log';
import { ConfigurationError } from '../../../runtime/settings';
import { aWhile, KubernetesFolder, until } from '../../../runtime/test/kubernetes-folder';
import { configurationHealth, registerConfigurationMetrics } from '../../src/configuration/configuration-metrics';
import type { Generation, TenantChanges } from '../../src/configuration/generation';
import { LiveTenants } from '../../src/configuration/live-tenants';
import { tenantEntry, tenantsJson } from './tenants';

const GOOGLE = tenantEntry('google');
const MICROSOFT = tenantEntry('microsoft');
const GITHUB = tenantEntry('github', { credential: { key: 'GITHUB_TOKEN' }, allowed_users: ['*@google.com'] });
const open: LiveTenants[] = [];
const folders: KubernetesFolder[] = [];
let lines: string[] = [];

afterEach(() => {
  for (const live of open.splice(0)) live.close();
  for (const folder of folders.splice(0)) folder.remove();
  lines = [];
});

function mounted(files: { readonly [name: string]: string }): KubernetesFolder {
  const folder = new KubernetesFolder(files);
  folders.push(folder);
  return folder;
}

interface Told {
  readonly generation: Generation;
  readonly changes: TenantChanges;
}

/** Tenants in a mounted ConfigMap, with their credentials in a mounted Secret. */
function follow(config: KubernetesFolder, secrets = mounted({}), file = '/tenants.json') {
  const log = createLogger({ service: 'test', level: LogLevel.INFO, stream: { write: (line) => lines.push(line) } });
  const live = new LiveTenants({
    configPath: `${config.path}${file}`,
    secretsPath: secrets.path,
    adminRoles: ['admin'],
    log,
    watch: { settleMs: 20, pollMs: 3_600_000 },
  });
  open.push(live);
  const told: Told[] = [];
  live.onChange((generation, changes) => told.push({ generation, changes }));
  return { live, told };
}

const tenantsFor = (generation: Generation, email: string) => generation.policy.tenantsOf({ email, groups: [] });

describe('the tenants at the start', () => {
  it('are the first generation: enabled ones in the order of their ids, with a policy and credentials', () => {
    const disabled = tenantEntry('zoom', { enabled: false });
    const config = mounted({ 'tenants.json': tenantsJson(MICROSOFT, GITHUB, disabled) });
    const { current, refused } = follow(config, mounted({ GITHUB_TOKEN: 'gh-secret\n' })).live;
    expect(current.number).toBe(1);
    expect([...current.tenants.keys()]).toEqual(['github', 'microsoft']);
    expect(tenantsFor(current, 'bob@google.com')).toEqual(['github']);
    expect(current.credential('GITHUB_TOKEN')).toBe('gh-secret');
    expect(refused).toBeUndefined();
  });

  it('with a fault are no start at all: every fault of every file, and nothing is left running', () => {
    const broken = tenantsJson(tenantEntry('google', { allowed_users: ['*@*'], enabled: 'yes' }), tenantEntry('Bad'));
    const config = mounted({ 'a.json': broken, 'b.json': '{"x": }' });
    let faults: readonly string[] = [];
    try {
      follow(config, undefined, '');
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      faults = (error as ConfigurationError).faults;
    }
    for (const part of ['a.json: tenant "google"', 'b.json: ', '"Bad"']) {
      expect(faults).toContainEqual(expect.stringContaining(part));
    }
  });

  it.each([
    ['/nowhere.json', 'does not exist: mount the tenants there'],
    ['', 'has no *.json file'],
  ])('that are missing (%j) are a fault with what to do', (file, fault) => {
    expect(() => follow(mounted({ other: '' }), undefined, file)).toThrow(fault);
  });
});

describe('new tenants', () => {
  it('take the place of the old ones in one step, and listeners learn what is different', async () => {
    const config = mounted({ 'tenants.json': tenantsJson(GOOGLE, MICROSOFT) });
    const { live, told } = follow(config);
    const first = live.current;
    const narrowed = tenantEntry('google', { allowed_users: ['alice@google.com'] });
    config.swap({ 'tenants.json': tenantsJson(narrowed, GITHUB) });
    await until(() => told.length > 0);
    expect(told).toHaveLength(1);
    expect(told[0].changes).toEqual({ added: ['github'], changed: ['google'], removed: ['microsoft'] });
    expect(told[0].generation).toBe(live.current);
    expect(live.current.number).toBe(2);
    expect(tenantsFor(live.current, 'carol@google.com')).toEqual(['github']);
    // A request that began before keeps what it took.
    expect(tenantsFor(first, 'carol@google.com')).toEqual(['google']);
    expect(first.number).toBe(1);
  });

  it('may be split over files, which count together', async () => {
    const config = mounted({ 'a.json': tenantsJson(GOOGLE), 'b.json': tenantsJson(MICROSOFT), 'notes.txt': '{' });
    const { live } = follow(config, undefined, '');
    expect([...live.current.tenants.keys()]).toEqual(['google', 'microsoft']);
    config.swap({ 'a.json': tenantsJson(GOOGLE), 'c.json': tenantsJson(GITHUB) });
    await until(() => live.current.number === 2);
    expect([...live.current.tenants.keys()]).toEqual(['github', 'google']);
  });

  it('are seen in a plain file that an editor writes, too', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'plain-')), 'tenants.json');
    writeFileSync(path, tenantsJson(GOOGLE));
    const log = createLogger({ service: 'test', level: LogLevel.ERROR, stream: { write: () => {} } });
    const watch = { settleMs: 20, pollMs: 3_600_000 };
    const live = new LiveTenants({ configPath: path, secretsPath: '/nowhere', adminRoles: ['admin'], log, watch });
    open.push(live);
    writeFileSync(path, tenantsJson(GOOGLE, MICROSOFT));
    await until(() => live.current.tenants.size === 2);
  });

  it('are none when the files say the same, or when another file of the folder changes', async () => {
    const config = mounted({ 'tenants.json': tenantsJson(GOOGLE), 'gateway.log': '1' });
    const { live, told } = follow(config);
    config.swap({ 'tenants.json': tenantsJson(GOOGLE), 'gateway.log': '22' });
    await aWhile();
    writeFileSync(join(config.path, 'another.log'), 'x');
    await aWhile();
    expect(live.current.number).toBe(1);
    expect(told).toEqual([]);
  });

  it('reach the other listeners when one of them fails', async () => {
    const config = mounted({ 'tenants.json': tenantsJson(GOOGLE) });
    const { live } = follow(config);
    live.onChange(() => {
      throw new Error('broken');
    });
    const told: number[] = [];
    live.onChange(({ number }) => told.push(number));
    config.swap({ 'tenants.json': tenantsJson(MICROSOFT) });
    await until(() => told.length > 0);
    expect(told).toEqual([2]);
    expect(lines.join('')).toContain('did not take the new tenants');
  });
});

describe('broken tenants pushed live', () => {
  it.each<[string, { readonly [name: string]: string }]>([
    ['half a file', { 'tenants.json': tenantsJson(GOOGLE).slice(0, 40) }],
    ['an empty file', { 'tenants.json': '' }],
    [
      'one bad tenant among good ones',
      { 'tenants.json': tenantsJson(MICROSOFT, tenantEntry('x', { allowed_users: [] })) },
    ],
    ['a key that nobody knows', { 'tenants.json': tenantsJson(tenantEntry('google', { alowed_users: ['*@*.com'] })) }],
    ['a tenant twice', { 'tenants.json': `{"google":${JSON.stringify(GOOGLE)},"google":${JSON.stringify(GOOGLE)}}` }],
    ['a glob for everyone', { 'tenants.json': tenantsJson(tenantEntry('google', { allowed_users: ['*'] })) }],
    ['no file', { 'other.json': '{}' }],
  ])('change nothing (%s), are told, and good ones end it', async (_, files) => {
    const config = mounted({ 'tenants.json': tenantsJson(GOOGLE) });
    const { live, told } = follow(config);
    const registry = new Registry();
    registerConfigurationMetrics(registry, live);
    const metric = async (name: string) =>
      (await registry.getSingleMetric(`mcp_proxy_configuration_${name}`)?.get())?.values[0].value;
    const before = live.current;
    config.swap(files);
    await until(() => live.refused !== undefined);
    expect(live.current).toBe(before);
    expect(told).toEqual([]);
    expect(live.refused?.faults.length).toBeGreaterThanOrEqual(1);
    expect(configurationHealth(live)).toMatchObject({ generation: 1, newest_refused: true });
    expect([await metric('refused'), await metric('generation'), await metric('tenants')]).toEqual([1, 1, 1]);
    expect(lines.join('')).toContain('new tenants refused: the last good stay');

    config.swap({ 'tenants.json': tenantsJson(MICROSOFT) });
    await until(() => live.current.number === 2);
    expect(live.refused).toBeUndefined();
    expect([await metric('refused'), await metric('generation')]).toEqual([0, 2]);
    expect([...live.current.tenants.keys()]).toEqual(['microsoft']);
  });

  it('are over when the last good ones come back, without a new generation', async () => {
    const config = mounted({ 'tenants.json': tenantsJson(GOOGLE) });
    const { live } = follow(config);
    config.swap({ 'tenants.json': '{' });
    await until(() => live.refused !== undefined);
    config.swap({ 'tenants.json': tenantsJson(GOOGLE) });
    await until(() => live.refused === undefined);
    expect(live.current.number).toBe(1);
  });
});

describe('a credential', () => {
  const config = () => mounted({ 'tenants.json': tenantsJson(GOOGLE, GITHUB) });

  it('that changes makes a generation in which only its tenant is different', async () => {
    const secrets = mounted({ GITHUB_TOKEN: 'one' });
    const { live, told } = follow(config(), secrets);
    secrets.swap({ GITHUB_TOKEN: 'two' });
    await until(() => told.length > 0);
    expect(told[0].changes).toEqual({ added: [], changed: ['github'], removed: [] });
    expect(live.current.credential('GITHUB_TOKEN')).toBe('two');
  });

  it('that is missing is that tenant’s outage only, said in the log, and over when it comes', async () => {
    const secrets = mounted({});
    const { live } = follow(config(), secrets);
    expect([...live.current.tenants.keys()]).toEqual(['github', 'google']);
    expect(live.current.credential('GITHUB_TOKEN')).toBeUndefined();
    expect(lines.join('')).toContain('the credential GITHUB_TOKEN is missing');
    secrets.swap({ GITHUB_TOKEN: 'now' });
    await until(() => live.current.credential('GITHUB_TOKEN') === 'now');
  });

  it.each(['a\r\nX-Admin: 1', 'a\nb', 'a\0b', ''])('that is no header value (%j) is not used', (value) => {
    expect(follow(config(), mounted({ GITHUB_TOKEN: value })).live.current.credential('GITHUB_TOKEN')).toBeUndefined();
  });

  it('that no tenant names is neither read nor worth a generation', async () => {
    const secrets = mounted({ GITHUB_TOKEN: 'one', OTHER: 'x' });
    const { live } = follow(config(), secrets);
    expect(live.current.credential('OTHER')).toBeUndefined();
    secrets.swap({ GITHUB_TOKEN: 'one', OTHER: 'y' });
    await aWhile();
    expect(live.current.number).toBe(1);
  });

  it('is never in the log', async () => {
    const secrets = mounted({ GITHUB_TOKEN: 'hunter2' });
    const { live } = follow(config(), secrets);
    secrets.swap({ GITHUB_TOKEN: 'hunter3' });
    await until(() => live.current.number === 2);
    expect(lines.join('')).not.toContain('hunter');
  });
});
