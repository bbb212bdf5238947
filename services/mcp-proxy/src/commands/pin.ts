import { readFileSync, writeFileSync } from 'node:fs';
import { compileTenants, type Tenant } from '../../../../constructs/tenants';
import { readCommandLine, textOf, wrongCommandLine } from '../../../runtime/command-line';
import { type Command, ExitCode } from '../../../runtime/program';
import { ConfigurationError } from '../../../runtime/settings';
import { checkDefinitions, toolFault } from '../catalogue/definitions';
import { definitionHash, PinVerdict, readToolPins, ToolPins } from '../catalogue/tool-pins';
import { readCredential } from '../configuration/credential-files';
import { createUpstream, type JsonObject } from '../upstream';
import { tenantsAt } from './tenants-at';

const HELP = `pin: writes down the tool definitions that the tenants' servers give now, for review

Usage: mcp-proxy pin [--secrets <folder>] [--output <file>] <path>
       mcp-proxy pin [--secrets <folder>] --check <file> <path>

The path is a tenants file, or a folder whose *.json files are taken together, as in TENANT_CONFIG_PATH.
  -o, --output <file>     where to write; standard output unless given. The gateway reads it at TOOL_PINS_PATH
      --check <file>      writes nothing, and says what differs from this file
      --secrets <folder>  the credentials, one file for each key (default: SECRETS_PATH, else /secrets)

A tenant whose server does not answer is a fault: without its pins the gateway would hold back all its tools.
Exit code: 0 when done, 1 when not or when something differs, 78 when the tenants or the pins have a fault.
`;
const DEFAULT_SECRETS = '/secrets';
/** For one server. It is asked once, by a person or a pipeline that waits. Unit: milliseconds. */
const TIMEOUT_MS = 30_000;

/** `pin <path>`: hashes what every enabled tenant's server offers into `tools.lock.json`, or compares it. */
export const pinCommand: Command = {
  summary: "Pins the tool definitions of the tenants' servers into tools.lock.json, or compares them with it.",
  run: async (argv) => {
    const line = readCommandLine(argv, HELP, {
      output: { type: 'string', short: 'o' },
      check: { type: 'string' },
      secrets: { type: 'string' },
    });
    if (typeof line === 'number') return line;
    const [path, ...more] = line.words;
    if (path === undefined || more.length > 0)
      return wrongCommandLine('pin needs one path of a tenants file or folder');
    const [output, check] = [textOf(line, 'output'), textOf(line, 'check')];
    if (output !== undefined && check !== undefined) {
      return wrongCommandLine('--check writes nothing: leave --output out');
    }
    try {
      const agreed = check === undefined ? undefined : pinsAt(check);
      const offered = await askAll(path, textOf(line, 'secrets') ?? process.env.SECRETS_PATH ?? DEFAULT_SECRETS);
      if (agreed) return compare(agreed, offered);
      const text = pinsOf(offered).toString();
      if (output === undefined) process.stdout.write(text);
      else writeFileSync(output, text);
      return ExitCode.OK;
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      process.stderr.write(`${(error as Error).message}\n`);
      return ExitCode.FAILED;
    }
  },
};

/** Tool definitions by tenant, as far as the tenant's own filter shows them. */
type Offered = ReadonlyMap<string, readonly JsonObject[]>;

/** Error: `ConfigurationError` for the files; else every tenant that did not answer, a line each. */
async function askAll(path: string, secrets: string): Promise<Offered> {
  const tenants = tenantsAt(path);
  const policy = compileTenants(tenants);
  const enabled = tenants.filter((tenant) => tenant.enabled !== false);
  const answers = await Promise.allSettled(enabled.map((tenant) => ask(tenant, secrets)));
  const offered = new Map<string, readonly JsonObject[]>();
  const faults: string[] = [];
  for (const [index, answer] of answers.entries()) {
    const { tenantId } = enabled[index] as Tenant;
    if (answer.status === 'rejected') faults.push(`tenant ${tenantId}: ${(answer.reason as Error).message}`);
    else
      offered.set(
        tenantId,
        answer.value.filter(({ name }) => policy.exposes(tenantId, String(name))),
      );
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return offered;
}

async function ask(tenant: Tenant, secrets: string): Promise<JsonObject[]> {
  const upstream = createUpstream(tenant, { credential: (key) => readCredential(secrets, key) });
  try {
    const { tools } = await upstream.discover(AbortSignal.timeout(TIMEOUT_MS));
    return checkDefinitions(tools, 'name', toolFault).fit.map(({ definition }) => definition);
  } finally {
    await upstream.close().catch(() => {});
  }
}

/** Error: `ConfigurationError`. */
function pinsAt(path: string): ToolPins {
  try {
    return readToolPins(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigurationError([`${path}: ${(error as Error).message}`]);
  }
}

function pinsOf(offered: Offered): ToolPins {
  const tenants = [...offered].map(([tenantId, tools]) => {
    const hashes = tools.map((definition) => [String(definition.name), definitionHash(definition)]);
    return [tenantId, Object.fromEntries(hashes)];
  });
  return new ToolPins(Object.fromEntries(tenants));
}

/** Says what the gateway would hold back, and what is pinned and gone. */
function compare(agreed: ToolPins, offered: Offered): ExitCode {
  const lines: string[] = [];
  for (const [tenantId, tools] of offered) {
    for (const definition of tools) {
      const verdict = agreed.verdict(tenantId, definition);
      if (verdict !== PinVerdict.PINNED) lines.push(`${tenantId}_${definition.name}: ${verdict}`);
    }
    const names = new Set(tools.map(({ name }) => name));
    const pinned = Object.hasOwn(agreed.tenants, tenantId) ? Object.keys(agreed.tenants[tenantId] ?? {}) : [];
    lines.push(...pinned.filter((name) => !names.has(name)).map((name) => `${tenantId}_${name}: gone`));
  }
  process.stdout.write(lines.length === 0 ? 'nothing differs\n' : `${lines.join('\n')}\n`);
  return lines.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}
