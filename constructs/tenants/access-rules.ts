import { INVISIBLE, quote } from './quoted-text';
import { type Rule, type RuleGroup, rulesFor } from './rule-table';
import type { Tenant } from './tenant';
import { EVERYONE } from './user-list';

const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

const domainOf = (entry: string) => entry.slice(entry.indexOf('@') + 1);
const localPartOf = (entry: string) => entry.slice(0, entry.indexOf('@'));

/** A star may replace whole leading labels only: `*google.com` would admit notgoogle.com, `google.*` google.evil. */
function isDomainPattern(domain: string): boolean {
  if (!domain.startsWith('*.')) return DOMAIN.test(domain);
  const parent = domain.slice(2);
  return parent.includes('.') && DOMAIN.test(parent);
}

/** `allowed_users`. Only shapes that mean what they look like; `*` alone has a rule of its own below. */
const USER_GLOB_RULES: Rule<string>[] = [
  {
    id: 'user-glob-double-star',
    requires: 'An entry of allowed_users has no `**`.',
    broken: (entry) => entry.includes('**'),
    message: (entry, say) => `${say('allowedUsers')} entry ${quote(entry)} has two stars in a row: write one *`,
  },
  {
    id: 'user-glob-ascii',
    requires: 'An entry of allowed_users has neither spaces nor characters outside ASCII.',
    broken: (entry) => entry !== EVERYONE && !/^[!-~]+$/.test(entry),
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} is empty or has a space or a character outside ASCII: ` +
      'write an address like alice@google.com, an international domain in its xn-- form',
  },
  {
    id: 'user-glob-upper-case',
    requires: 'An entry of allowed_users is in lower case, as the addresses it is compared with.',
    broken: (entry) => /[A-Z]/.test(entry),
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} has capital letters: write ${quote(entry.toLowerCase())}`,
  },
  {
    id: 'user-glob-characters',
    requires: "An entry of allowed_users is no regular expression: only letters, digits, `*` and ``@.!#%&'+/=_~-``.",
    broken: (entry) => !/^[a-z0-9*@.!#%&'+/=_~-]+$/.test(entry),
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} has a character that no address has; ` +
      'it is a glob, not a regular expression: write * for any run of characters, as in *@google.com',
  },
  {
    id: 'user-glob-one-at',
    requires: 'An entry of allowed_users has exactly one `@`.',
    broken: (entry) => entry !== EVERYONE && entry.split('@').length !== 2,
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} must have exactly one @: write a whole address, ` +
      'or *@ and the domain for everyone there',
  },
  {
    id: 'user-glob-any-domain',
    requires: 'An entry of allowed_users is not `*@*`.',
    broken: (entry) => entry !== EVERYONE && domainOf(entry) === '*',
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} admits every domain there is: write the domain, ` +
      `as in *@google.com, or "*" together with ${say('allowedGroups')}`,
  },
  {
    id: 'user-glob-domain',
    requires:
      'The domain of an allowed_users entry is written out, or `*.` and a domain with a dot for its sub-domains.',
    broken: (entry) => entry !== EVERYONE && !isDomainPattern(domainOf(entry)),
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} has no clear domain: write it out, as in *@google.com, ` +
      'or *@*.google.com for its sub-domains',
  },
  {
    id: 'user-glob-local-part',
    requires: 'The part before the `@` is not empty, neither begins nor ends with a dot and has no two dots in a row.',
    broken: (entry) => entry !== EVERYONE && /^$|^\.|\.$|\.\./.test(localPartOf(entry)),
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} matches no address before its @ (a glob, not a regular ` +
      'expression): write a name, or * for any',
  },
  {
    id: 'user-glob-length',
    requires: 'An entry of allowed_users is no longer than an address can be, 254 characters.',
    broken: (entry) => entry.length > 254,
    message: (entry, say) =>
      `${say('allowedUsers')} entry ${quote(entry)} has ${entry.length} characters, an address at most 254: shorten it`,
  },
  {
    id: 'everyone-needs-groups',
    requires: '`*` alone in allowed_users, every signed-in user, comes with allowed_groups.',
    broken: (entry, tenant) => entry === EVERYONE && tenant.allowedGroups === undefined,
    message: (_, say) =>
      `${say('allowedUsers')} "*" gives the tenant to every signed-in user: add ${say('allowedGroups')}, ` +
      'or write the domains, as in *@google.com',
  },
  {
    id: 'everyone-alone',
    requires: '`*` in allowed_users stands alone: next to it no other entry decides anything.',
    broken: (entry, tenant) => entry === EVERYONE && new Set(tenant.allowedUsers).size > 1,
    message: (_, say) =>
      `${say('allowedUsers')} has "*" next to other entries, which then decide nothing: remove "*" or the others`,
  },
];

const GROUP_RULES: Rule<string>[] = [
  {
    id: 'group-blank',
    requires: 'A group has a name, without spaces around it.',
    broken: (group) => group === '' || group !== group.trim(),
    message: (group, say) =>
      `${say('allowedGroups')} entry ${quote(group)} is empty or has spaces around it: write the group's exact name`,
  },
  {
    id: 'group-comma',
    requires: 'A group name has no comma: the groups of a user arrive in one header, joined by commas.',
    broken: (group) => group.includes(','),
    message: (group, say) =>
      `${say('allowedGroups')} entry ${quote(group)} has a comma, at which the group header is split: ` +
      'write one entry for each group, or rename the group',
  },
  {
    id: 'group-star',
    requires: 'A group name has no `*`: groups are compared exactly.',
    broken: (group) => group.includes('*'),
    message: (group, say) =>
      `${say('allowedGroups')} entry ${quote(group)} has a *, but groups are compared exactly: ` +
      `write the group's name, or leave ${say('allowedGroups')} out`,
  },
  {
    id: 'group-characters',
    requires: 'A group name has at most 256 characters, none of them invisible.',
    broken: (group) => group.length > 256 || INVISIBLE.test(group),
    message: (group, say) =>
      `${say('allowedGroups')} entry ${quote(group)} is longer than 256 characters or has invisible ones: ` +
      "write the group's exact name",
  },
];

interface NamedList {
  readonly field: string;
  readonly entries: string[];
}

function listsOf(tenant: Tenant): NamedList[] {
  const { allowedUsers, allowedGroups, tools } = tenant;
  const lists = [
    { field: 'allowedUsers', entries: allowedUsers },
    { field: 'allowedGroups', entries: allowedGroups },
    { field: 'tools.allow', entries: tools?.allow },
    { field: 'tools.deny', entries: tools?.deny },
  ];
  return lists.filter((list): list is NamedList => list.entries !== undefined);
}

function repeated(entries: string[]): string | undefined {
  const seen = new Set<string>();
  return entries.find((entry) => seen.size === seen.add(entry).size);
}

/** Who may use a tenant. */
export const ACCESS_RULES: RuleGroup[] = [
  rulesFor(
    (tenant) => [tenant],
    [
      {
        id: 'nobody-listed',
        requires: 'At least one of allowed_users and allowed_groups is given.',
        broken: (tenant) => tenant.allowedUsers === undefined && tenant.allowedGroups === undefined,
        message: (_, say) =>
          `it says of nobody that they may use it: give ${say('allowedUsers')}, ${say('allowedGroups')}, or both ` +
          '(then both must match)',
      },
    ],
  ),
  rulesFor(listsOf, [
    {
      id: 'list-empty',
      requires: 'A list that is given has an entry.',
      broken: ({ entries }) => entries.length === 0,
      message: ({ field }, say) =>
        `${say(field)} is empty, which matches nothing: add an entry, or leave the field out`,
    },
    {
      id: 'list-repeats',
      requires: 'A list has no entry twice.',
      broken: ({ entries }) => repeated(entries) !== undefined,
      message: ({ field, entries }, say) => `${say(field)} has ${quote(repeated(entries) ?? '')} twice: remove one`,
    },
  ]),
  rulesFor((tenant) => tenant.allowedUsers ?? [], USER_GLOB_RULES),
  rulesFor((tenant) => tenant.allowedGroups ?? [], GROUP_RULES),
];
