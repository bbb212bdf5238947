import {
  type AccessDecision,
  AccessKind,
  compileTenants,
  describeDecision,
  type Tenant,
  type TenantCaller,
  type TenantPolicy,
} from '../../../../constructs/tenants';
import { entriesOf, readCommandLine, textOf, wrongCommandLine } from '../../../runtime/command-line';
import { type Command, ExitCode } from '../../../runtime/program';
import { tenantsAt } from './tenants-at';

const HELP = `explain: says why a user may or may not use a tenant or a tool

Usage: mcp-proxy explain --email <address> [--groups <a,b>] [--role <role>] [--tool <name> | --tenant <id>]

  --email <address>   the user's e-mail address
  --groups <a,b>      the user's groups in Open WebUI, between commas
  --role <role>       the user's role in Open WebUI
  --tool <name>       the tool as the gateway shows it, <tenant>_<tool>
  --tenant <id>       the tenant; without --tool and --tenant, every tenant
  --tenants <path>    the tenants file or folder (default: TENANT_CONFIG_PATH, else /config/tenants.json)
  --admin-roles <a,b> roles that see every tenant (default: ADMIN_ROLES, else admin)

It answers for a user whose identity is proved: by the signed token of Open WebUI or an access token.
Exit code: 0 when allowed (any tenant, when none is named), 1 when not, 78 when the tenants have a fault.
`;

const TEXT = { type: 'string' } as const;
const OPTIONS = {
  email: TEXT,
  groups: TEXT,
  role: TEXT,
  tool: TEXT,
  tenant: TEXT,
  tenants: TEXT,
  'admin-roles': TEXT,
};

/** `explain`: why can this user not call that tool. */
export const explainCommand: Command = {
  summary: 'Says why a user may or may not use a tenant or a tool.',
  run: async (argv) => {
    const line = readCommandLine(argv, HELP, OPTIONS);
    if (typeof line === 'number') return line;
    const email = textOf(line, 'email');
    const tool = textOf(line, 'tool');
    const tenantId = textOf(line, 'tenant');
    if (line.words.length > 0) return wrongCommandLine(`explain does not know ${JSON.stringify(line.words[0])}`);
    if (email === undefined) return wrongCommandLine('explain needs --email');
    if (tool !== undefined && tenantId !== undefined) return wrongCommandLine('give --tool or --tenant, not both');
    const path = textOf(line, 'tenants') ?? process.env.TENANT_CONFIG_PATH ?? '/config/tenants.json';
    const adminRoles = entriesOf(textOf(line, 'admin-roles') ?? process.env.ADMIN_ROLES ?? 'admin');
    const tenants = tenantsAt(path);
    const policy = compileTenants(tenants, { adminRoles });
    const caller = { email, groups: entriesOf(textOf(line, 'groups') ?? ''), role: textOf(line, 'role') };
    const decisions =
      tool !== undefined ? [policy.decide(caller, tool)] : decideTenants(policy, caller, tenants, tenantId);
    const note =
      tool !== undefined && decisions[0].kind === AccessKind.ALLOWED
        ? '\nWhether the server has this tool, the running gateway knows: it answers 404 when it does not.'
        : '';
    process.stdout.write(`${decisions.map(describeDecision).join('\n')}${note}\n`);
    return decisions.some(({ kind }) => kind === AccessKind.ALLOWED) ? ExitCode.OK : ExitCode.FAILED;
  },
};

function decideTenants(
  policy: TenantPolicy,
  caller: TenantCaller,
  tenants: readonly Tenant[],
  tenantId: string | undefined,
): AccessDecision[] {
  const ids = tenantId === undefined ? tenants.map((tenant) => tenant.tenantId).sort() : [tenantId];
  return ids.map((id) => policy.decideTenant(caller, id));
}
