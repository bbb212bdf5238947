import { quote } from './quoted-text';
import { FindingSeverity, type Rule, type RuleGroup, rulesFor } from './rule-table';
import type { Tenant } from './tenant';
import { fitsToolName, MAX_TOOL_NAME_LENGTH } from './tool-name';

interface ToolEntry {
  readonly field: string;
  readonly glob: string;
}

function toolEntriesOf({ tools }: Tenant): ToolEntry[] {
  const allow = (tools?.allow ?? []).map((glob) => ({ field: 'tools.allow', glob }));
  const deny = (tools?.deny ?? []).map((glob) => ({ field: 'tools.deny', glob }));
  return [...allow, ...deny];
}

/** The shortest name that an entry can match. */
const shortestName = (glob: string) => glob.replaceAll('*', '') || 'x';

const TOOL_ENTRY_RULES: Rule<ToolEntry>[] = [
  {
    id: 'tool-glob-double-star',
    requires: 'An entry of tools has no `**`.',
    broken: ({ glob }) => glob.includes('**'),
    message: ({ field, glob }) => `${field} entry ${quote(glob)} has two stars in a row: write one *`,
  },
  {
    id: 'tool-glob-characters',
    requires: 'An entry of tools has only letters, digits, `_`, `-`, `.`, `/` and `*`.',
    broken: ({ glob }) => !/^[A-Za-z0-9_./*-]+$/.test(glob),
    message: ({ field, glob }) =>
      `${field} entry ${quote(glob)} is empty or has a character that no tool name has; it is a glob, ` +
      'not a regular expression: write * for any run of characters, as in search_*',
  },
  {
    id: 'tool-deny-everything',
    requires: '`*` is not in tools.deny.',
    broken: ({ field, glob }) => field === 'tools.deny' && glob === '*',
    message: (_, say) => `tools.deny "*" leaves no tool: write ${say('enabled')}: false, or name the tools`,
  },
  {
    id: 'tool-allowed-and-denied',
    requires: 'No entry is both in tools.allow and in tools.deny.',
    broken: ({ field, glob }, { tools }) => field === 'tools.allow' && (tools?.deny ?? []).includes(glob),
    message: ({ glob }) => `${quote(glob)} is in tools.allow and in tools.deny, and deny wins: remove one of them`,
  },
  {
    id: 'tool-name-length',
    requires: `A tool is shown as <tenant_id>_<tool>, ${MAX_TOOL_NAME_LENGTH} characters at most.`,
    broken: ({ glob }, { tenantId }) => !fitsToolName(tenantId, shortestName(glob)),
    message: ({ field, glob }, say, { tenantId }) =>
      `${field} entry ${quote(glob)} names tools that are never shown: with its prefix, ${quote(`${tenantId}_`)}, ` +
      `a name has ${MAX_TOOL_NAME_LENGTH} characters at most: shorten the entry or the ${say('tenantId')}`,
  },
  {
    id: 'tool-glob-prefixed',
    requires: 'An entry of tools is over the names at the server, so it rarely begins with <tenant_id>_.',
    severity: FindingSeverity.WARNING,
    broken: ({ glob }, { tenantId }) => glob.startsWith(`${tenantId}_`),
    message: ({ field, glob }, _, { tenantId }) =>
      `${field} entry ${quote(glob)} begins with the tenant's own prefix, but is compared with the names at the ` +
      `server: write ${quote(glob.slice(tenantId.length + 1))}, unless the server's names begin so too`,
  },
];

/** Which of the server's tools exist for the tenant. */
export const TOOL_RULES: RuleGroup[] = [rulesFor(toolEntriesOf, TOOL_ENTRY_RULES)];
