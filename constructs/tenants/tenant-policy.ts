import { type Email, parseEmail } from './email';
import { FindingSeverity } from './rule-table';
import type { Tenant } from './tenant';
import { type AccessDecision, AccessKind, AccessRule, type TenantCaller } from './tenant-decision';
import { TENANT_DEFAULTS } from './tenant-defaults';
import { TenantIndex } from './tenant-index';
import { validateTenants } from './tenant-rules';
import { TenantSpelling } from './tenant-shape';
import { ToolGate } from './tool-gate';
import { fitsToolName, splitToolName } from './tool-name';
import { UserList } from './user-list';

/** How tenants are compiled. */
export interface TenantPolicyOptions {
  /**
   * Roles that see every enabled tenant, compared exactly.
   *
   * @default ['admin']
   */
  readonly adminRoles?: string[];
}

/**
 * The policy over these tenants. Throws when one of them breaks a rule, with every message, so that there is no
 * policy that a bad glob widened.
 */
export function compileTenants(tenants: Tenant[], options: TenantPolicyOptions = {}): TenantPolicy {
  const errors = validateTenants(tenants, TenantSpelling.FILE).filter(
    ({ severity }) => severity === FindingSeverity.ERROR,
  );
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return new TenantPolicy(tenants, options.adminRoles ?? ['admin']);
}

/**
 * Who may use which tenant and tool. It has no state of its own and never changes: new tenants make a new policy.
 *
 * Every list that a tenant gives, users and groups, must have a match. Administrators need no match. Neither gets
 * past a disabled tenant or the tenant's tool filter.
 */
export class TenantPolicy {
  private readonly tenants = new Map<string, CompiledTenant>();
  private readonly enabledIds: string[];
  private readonly index: TenantIndex<CompiledTenant>;
  private readonly adminRoles: ReadonlySet<string>;

  /** For `compileTenants`, which looks at the tenants first. */
  constructor(tenants: Tenant[], adminRoles: string[]) {
    for (const tenant of tenants) this.tenants.set(tenant.tenantId, new CompiledTenant(tenant));
    const enabled = [...this.tenants.values()].filter((tenant) => tenant.enabled);
    this.enabledIds = enabled.map(({ id }) => id).sort();
    this.index = new TenantIndex(enabled);
    this.adminRoles = new Set(adminRoles);
  }

  /** Ids of the tenants that the caller may use, in the order of the ids. */
  public tenantsOf(caller: TenantCaller): string[] {
    if (this.isAdmin(caller)) return [...this.enabledIds];
    const email = parseEmail(caller.email);
    const ids: string[] = [];
    for (const tenant of this.index.candidates(email, caller.groups)) {
      if (tenant.decide(caller.groups, email).kind === AccessKind.ALLOWED) ids.push(tenant.id);
    }
    return ids.sort();
  }

  /** Whether the caller may use the tenant at all. */
  public decideTenant(caller: TenantCaller, tenantId: string): AccessDecision {
    const tenant = this.tenants.get(tenantId);
    if (!tenant) return { kind: AccessKind.DENIED, rule: AccessRule.UNKNOWN_TENANT, tenantId };
    if (!tenant.enabled) return tenant.disabledDecision;
    if (this.isAdmin(caller)) return tenant.adminDecision;
    return tenant.decide(caller.groups, parseEmail(caller.email));
  }

  /**
   * Whether the caller may call the tool of this shown name, `<tenantId>_<tool>`. `ALLOWED` says that nothing forbids
   * it; whether the server has the tool is known to the gateway's catalogue, which answers 404 if not.
   */
  public decide(caller: TenantCaller, exposedName: string): AccessDecision {
    const name = splitToolName(exposedName);
    if (!name) return { kind: AccessKind.DENIED, rule: AccessRule.UNKNOWN_TENANT, tenantId: '', tool: exposedName };
    const { tenantId, tool } = name;
    const { kind, rule, userEntry, groupEntry } = this.decideTenant(caller, tenantId);
    if (kind !== AccessKind.ALLOWED) return { kind, rule, tenantId, tool };
    const refusal = this.tenants.get(tenantId)?.refusalOf(tool);
    if (refusal) return { kind: AccessKind.UNKNOWN_TOOL, ...refusal, tenantId, tool };
    return { kind, rule, tenantId, tool, userEntry, groupEntry };
  }

  /** Whether the tenant shows this tool of its server to those who may use it: for filtering a catalogue once. */
  public exposes(tenantId: string, tool: string): boolean {
    const tenant = this.tenants.get(tenantId);
    return tenant?.enabled === true && tenant.refusalOf(tool) === undefined;
  }

  private isAdmin({ role }: TenantCaller): boolean {
    return role !== undefined && this.adminRoles.has(role);
  }
}

/** Why a tenant does not show a tool. */
interface ToolRefusal {
  readonly rule: AccessRule;
  readonly toolEntry?: string;
}

class CompiledTenant {
  public readonly id: string;
  public readonly enabled: boolean;
  public readonly users?: UserList;
  public readonly groups?: ReadonlySet<string>;
  public readonly disabledDecision: AccessDecision;
  public readonly adminDecision: AccessDecision;
  private readonly gate: ToolGate;

  constructor(tenant: Tenant) {
    const tenantId = tenant.tenantId;
    this.id = tenantId;
    this.enabled = tenant.enabled ?? TENANT_DEFAULTS.enabled;
    this.users = tenant.allowedUsers && new UserList(tenant.allowedUsers);
    this.groups = tenant.allowedGroups && new Set(tenant.allowedGroups);
    this.gate = new ToolGate(tenant.tools);
    this.disabledDecision = { kind: AccessKind.DENIED, rule: AccessRule.TENANT_DISABLED, tenantId };
    this.adminDecision = { kind: AccessKind.ALLOWED, rule: AccessRule.ADMIN_ROLE, tenantId };
  }

  public decide(groups: string[], email: Email | undefined): AccessDecision {
    const userEntry = email && this.users?.entryFor(email);
    // A tenant without any list would be open to all: it is closed instead, though the rules refuse it before.
    if ((this.users || !this.groups) && userEntry === undefined) return this.denied(AccessRule.USER_NOT_LISTED);
    const groupEntry = groups.find((group) => this.groups?.has(group));
    if (this.groups && groupEntry === undefined) return this.denied(AccessRule.GROUP_NOT_LISTED);
    return { kind: AccessKind.ALLOWED, rule: AccessRule.LISTS_MATCH, tenantId: this.id, userEntry, groupEntry };
  }

  public refusalOf(tool: string): ToolRefusal | undefined {
    if (!fitsToolName(this.id, tool)) return { rule: AccessRule.TOOL_NAME_LENGTH };
    const { passes, entry } = this.gate.judge(tool);
    if (passes) return undefined;
    if (entry === undefined) return { rule: AccessRule.TOOL_NOT_ALLOWED };
    return { rule: AccessRule.TOOL_DENIED, toolEntry: entry };
  }

  private denied(rule: AccessRule): AccessDecision {
    return { kind: AccessKind.DENIED, rule, tenantId: this.id };
  }
}
