import { quote } from './quoted-text';

/** Who asks. Whether it is true is for the gateway to have proved. */
export interface TenantCaller {
  /** E-mail address; compared in lower case. */
  readonly email: string;
  /** Group names; compared exactly. */
  readonly groups: string[];
  /** Role from the verified identity, never from a header of the client. */
  readonly role?: string;
}

/** What the caller is told. */
export enum AccessKind {
  ALLOWED = 'allowed',
  /** 403 "Access Denied", the same for a tenant that exists and for one that does not. */
  DENIED = 'denied',
  /** 404, the same for a tool that is filtered out and for one that the server does not have. */
  UNKNOWN_TOOL = 'unknown-tool',
}

/** Why. For the decision log and `explain`: told to the caller, it would give away which tenants exist. */
export enum AccessRule {
  /** The caller's role is one of the administrators'. */
  ADMIN_ROLE = 'admin-role',
  /** Every list that is given has a match. */
  LISTS_MATCH = 'lists-match',
  /** The name has no tenant prefix, or no tenant has it. */
  UNKNOWN_TENANT = 'unknown-tenant',
  TENANT_DISABLED = 'tenant-disabled',
  /** No entry of `allowed_users` matches. */
  USER_NOT_LISTED = 'user-not-listed',
  /** No entry of `allowed_groups` is a group of the caller. */
  GROUP_NOT_LISTED = 'group-not-listed',
  /** An entry of `tools.deny` matches. */
  TOOL_DENIED = 'tool-denied',
  /** No entry of `tools.allow` matches. */
  TOOL_NOT_ALLOWED = 'tool-not-allowed',
  /** The tool has no name, or its shown name has more than 64 characters. */
  TOOL_NAME_LENGTH = 'tool-name-length',
}

/** The answer to one question, with the entries that gave it. */
export interface AccessDecision {
  readonly kind: AccessKind;
  readonly rule: AccessRule;
  /** Tenant that was asked for, as it was written; empty when the name has no prefix. */
  readonly tenantId: string;
  /** Tool that was asked for, by its name at the server; absent when the question was about the tenant. */
  readonly tool?: string;
  /** Entry of `allowed_users` that matched. */
  readonly userEntry?: string;
  /** Entry of `allowed_groups` that matched. */
  readonly groupEntry?: string;
  /** Entry of `tools` that decided. */
  readonly toolEntry?: string;
}

/** The decision as a sentence for an operator. It names entries of the configuration and nothing about the caller. */
export function describeDecision(decision: AccessDecision): string {
  const about = decision.tool === undefined ? '' : `, tool ${quote(decision.tool)}`;
  return `tenant ${quote(decision.tenantId)}${about}: ${decision.kind}: ${reasonOf(decision)}`;
}

function reasonOf({ rule, userEntry, groupEntry, toolEntry }: AccessDecision): string {
  switch (rule) {
    case AccessRule.ADMIN_ROLE:
      return 'the role is one of the administrators';
    case AccessRule.LISTS_MATCH: {
      const user = userEntry === undefined ? [] : [`allowed_users has ${quote(userEntry)}`];
      const group = groupEntry === undefined ? [] : [`allowed_groups has ${quote(groupEntry)}`];
      return [...user, ...group].join(' and ');
    }
    case AccessRule.UNKNOWN_TENANT:
      return 'there is no such tenant';
    case AccessRule.TENANT_DISABLED:
      return 'the tenant is disabled';
    case AccessRule.USER_NOT_LISTED:
      return 'no entry of allowed_users matches';
    case AccessRule.GROUP_NOT_LISTED:
      return 'no entry of allowed_groups is one of the groups';
    case AccessRule.TOOL_DENIED:
      return `tools.deny has ${quote(toolEntry ?? '')}`;
    case AccessRule.TOOL_NOT_ALLOWED:
      return 'no entry of tools.allow matches';
    case AccessRule.TOOL_NAME_LENGTH:
      return 'the shown name is too long, or ends at the prefix';
  }
}
