import { quote } from './quoted-text';
import type { Tenant } from './tenant';

/** How much a finding weighs. */
export enum FindingSeverity {
  /** The tenants are not used. */
  ERROR = 'error',
  /** Said aloud, and accepted. */
  WARNING = 'warning',
}

/** One thing about the tenants that someone has to know. */
export interface TenantFinding {
  /** Id of the rule, such as `user-glob-upper-case`. */
  readonly ruleId: string;
  readonly severity: FindingSeverity;
  readonly tenantId: string;
  /** A sentence: which tenant, what is wrong, what to write instead. */
  readonly message: string;
}

/** How a field is called where the reader of the message will change it. */
export type Say = (field: string) => string;

/** One line of a table: a condition over one value of a tenant, and what to say when it holds. */
export interface Rule<T> {
  readonly id: string;
  /** What a right tenant looks like, for the documentation. */
  readonly requires: string;
  /** An error unless it says otherwise. */
  readonly severity?: FindingSeverity;
  broken(value: T, tenant: Tenant): boolean;
  message(value: T, say: Say, tenant: Tenant): string;
}

/** Rules over the same values. For each value the first broken rule speaks, so that one mistake is one sentence. */
export interface RuleGroup {
  readonly rules: Rule<never>[];
  findings(tenant: Tenant, say: Say): TenantFinding[];
}

/** A group over the values that a tenant has of something: none, one, or the entries of a list. */
export function rulesFor<T>(values: (tenant: Tenant) => T[], rules: Rule<T>[]): RuleGroup {
  return {
    rules,
    findings(tenant, say) {
      const found: TenantFinding[] = [];
      for (const value of values(tenant)) {
        const rule = rules.find((candidate) => candidate.broken(value, tenant));
        if (rule) found.push(finding(rule, tenant.tenantId, rule.message(value, say, tenant)));
      }
      return found;
    },
  };
}

/** The finding of a rule about one tenant. */
export function finding(rule: Pick<Rule<never>, 'id' | 'severity'>, tenantId: string, sentence: string): TenantFinding {
  const severity = rule.severity ?? FindingSeverity.ERROR;
  return { ruleId: rule.id, severity, tenantId, message: `tenant ${quote(tenantId)}: ${sentence}` };
}

/** The value as a list of one, or of none when it is not given. */
export function given<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
