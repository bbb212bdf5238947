import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../runtime/settings';
import { COMMANDS } from '../../src/commands';
import { tenantEntry, tenantsJson } from '../configuration/tenants';
import { runCommand } from './run-command';

const folder = mkdtempSync(join(tmpdir(), 'tenants-'));
const good = join(folder, 'good.json');
const bad = join(folder, 'bad.json');
const doubtful = join(folder, 'doubtful.json');
writeFileSync(
  good,
  tenantsJson(
    tenantEntry('google'),
    tenantEntry('github', { allowed_users: ['*@google.com'], allowed_groups: ['dev'], tools: { deny: ['delete_*'] } }),
    tenantEntry('old', { enabled: false }),
  ),
);
writeFileSync(bad, tenantsJson(tenantEntry('google', { allowed_users: ['nobody'], timeout_ms: 1 })));
writeFileSync(doubtful, tenantsJson(tenantEntry('google', { shares_endpoint: true })));

describe('explain', () => {
  const explain = (...argv: string[]) => runCommand(COMMANDS.explain, '--tenants', good, ...argv);
  const alice = ['--email', 'Alice@Google.com', '--groups', 'ops, dev'];

  it('says why a user may', async () => {
    expect(await explain(...alice, '--tool', 'github_search')).toEqual({
      code: 0,
      stdout:
        'tenant "github", tool "search": allowed: allowed_users has "*@google.com" and allowed_groups has "dev"\n' +
        'Whether the server has this tool, the running gateway knows: it answers 404 when it does not.\n',
      stderr: '',
    });
  });

  it.each([
    [['--email', 'alice@google.com', '--tool', 'github_search'], 'no entry of allowed_groups is one of the groups'],
    [
      ['--email', 'a@google.com.evil', '--groups', 'dev', '--tool', 'github_search'],
      'no entry of allowed_users matches',
    ],
    [['--email', 'alice@google.com', '--tenant', 'old'], 'the tenant is disabled'],
    [['--email', 'alice@google.com', '--role', 'admin', '--tool', 'github_delete_repo'], 'tools.deny has "delete_*"'],
    [['--email', 'alice@google.com', '--tool', 'search'], 'there is no such tenant'],
    [['--email', 'alice@google.com', '--role', 'admin', '--tenant', 'nothing'], 'there is no such tenant'],
  ])('says why a user may not: %j', async (argv, reason) => {
    const { code, stdout } = await explain(...argv);
    expect(code).toBe(1);
    expect(stdout).toContain(reason);
  });

  it('goes through every tenant when none is named', async () => {
    const { code, stdout } = await explain('--email', 'bob@google.com');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(': ').slice(0, 2)),
    ).toEqual([
      ['tenant "github"', 'denied'],
      ['tenant "google"', 'allowed'],
      ['tenant "old"', 'denied'],
    ]);
    expect(await explain('--email', 'bob@elsewhere.com')).toMatchObject({ code: 1 });
  });

  it('knows the roles of administrators', async () => {
    const argv = ['--email', 'x@y.z', '--role', 'owner', '--tenant', 'github'];
    expect(await explain(...argv)).toMatchObject({ code: 1 });
    expect(await explain(...argv, '--admin-roles', 'owner,root')).toMatchObject({ code: 0 });
  });

  it.each([
    [[], 'explain needs --email'],
    [['--email', 'a@b.c', '--tool', 'x', '--tenant', 'y'], 'not both'],
    [['--email', 'a@b.c', '--user-email', 'x'], '--user-email'],
    [['a@b.c', '--email', 'a@b.c'], '"a@b.c"'],
  ])('refuses %j with 64', async (argv, fault) => {
    const { code, stderr } = await explain(...argv);
    expect(code).toBe(64);
    expect(stderr).toContain(fault);
  });

  it('explains nothing by tenants that the gateway would refuse', async () => {
    const run = (path: string) => runCommand(COMMANDS.explain, '--tenants', path, '--email', 'a@b.c');
    await expect(run(bad)).rejects.toBeInstanceOf(ConfigurationError);
    await expect(run('/nowhere.json')).rejects.toThrow('does not exist');
  });
});

describe('check', () => {
  const check = (...argv: string[]) => runCommand(COMMANDS.check, ...argv);

  it('takes good tenants', async () => {
    expect(await check(good)).toMatchObject({ code: 0, stdout: expect.stringContaining(`${good}: good, 3 tenants`) });
  });

  it('shows every fault and every doubt of every file', async () => {
    const { code, stdout } = await check(good, bad, doubtful, '/nowhere.json');
    expect(code).toBe(1);
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line.startsWith(`${bad}: error: `)).length).toBeGreaterThanOrEqual(2);
    expect(lines).toContainEqual(expect.stringMatching(`^${bad}: refused, \\d+ errors`));
    expect(lines).toContainEqual(expect.stringContaining('/nowhere.json: error: /nowhere.json does not exist'));
  });

  it('takes doubts for good', async () => {
    const { code, stdout } = await check(doubtful);
    expect(code).toBe(0);
    expect(stdout).toContain('warning: ');
  });

  it('takes a folder as the gateway does: its files together', async () => {
    const split = mkdtempSync(join(tmpdir(), 'split-'));
    writeFileSync(join(split, 'a.json'), tenantsJson(tenantEntry('google')));
    writeFileSync(join(split, 'b.json'), tenantsJson(tenantEntry('google')));
    expect(await check(split)).toMatchObject({ code: 1, stdout: expect.stringContaining('is also in a.json') });
  });

  it('needs a path', async () => {
    expect(await check()).toMatchObject({ code: 64 });
  });
});

it.each(Object.entries(COMMANDS))('%s --help says how it is used', async (name, command) => {
  const { code, stdout } = await runCommand(command, '--help');
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: mcp-proxy ${name}`);
});
