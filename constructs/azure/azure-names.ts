import type { NameForm } from '../platform/manifest-rules/name-forms';

/*
 * The forms of names in Azure.
 * Source: Microsoft Learn, "Naming rules and restrictions for Azure resources".
 */

function form(pattern: RegExp, words: string): NameForm {
  return { words, holds: (name) => pattern.test(name) };
}

export const guid = form(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'a GUID such as 0f3c9a1e-5b1d-4c57-9f0e-2f6d1c1b7a55',
);
export const resourceGroupName = form(
  /^[-\w.()]{0,89}[-\w()]$/,
  'at most 90 letters, digits, "_", "-", "." and parentheses, with no dot at the end',
);
/** Names are made of it: the longest, of Grafana, leaves it this much room. */
export const prefix = form(
  /^[a-z](?:-?[a-z0-9]){1,14}$/,
  'of 2 to 15 lower-case letters, digits and single hyphens, a letter first: "-grafana" comes behind it, and 23 letters are all that Grafana takes',
);
export const serverName = form(
  /^[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$/,
  'of 3 to 63 lower-case letters, digits and hyphens, with no hyphen at the ends',
);
export const vaultName = form(
  /^(?!.*--)[A-Za-z][-A-Za-z0-9]{1,22}[A-Za-z0-9]$/,
  'of 3 to 24 letters, digits and single hyphens, a letter first and no hyphen at the end',
);
export const vaultSecretName = form(/^[-A-Za-z0-9]{1,127}$/, 'of at most 127 letters, digits and hyphens');
export const storageAccountName = form(/^[a-z0-9]{3,24}$/, 'of 3 to 24 lower-case letters and digits');
export const shareName = form(
  /^(?!.*--)[a-z0-9][-a-z0-9]{1,61}[a-z0-9]$/,
  'of 3 to 63 lower-case letters, digits and single hyphens, with no hyphen at the ends',
);
export const registryName = form(/^[A-Za-z0-9]{5,50}$/, 'of 5 to 50 letters and digits');
export const redisName = form(
  /^(?!.*--)[A-Za-z0-9][-A-Za-z0-9]{1,58}[A-Za-z0-9]$/,
  'of 3 to 60 letters, digits and single hyphens, with no hyphen at the ends',
);
/** It is the prefix of the API's name too, which is shorter. */
export const clusterName = form(
  /^[A-Za-z0-9](?:[-A-Za-z0-9]{0,52}[A-Za-z0-9])?$/,
  'of at most 54 letters, digits and hyphens, with no hyphen at the ends',
);
export const poolName = form(/^[a-z][a-z0-9]{0,11}$/, 'of at most 12 lower-case letters and digits, a letter first');
export const apiManagementName = form(
  /^[A-Za-z](?:[-A-Za-z0-9]{0,48}[A-Za-z0-9])?$/,
  'of at most 50 letters, digits and hyphens, a letter first and no hyphen at the end',
);
export const kebabCase = form(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'in kebab case, such as secret-reader');
export const httpsUrl = form(
  /^https:\/\/[^\s/?#@]+\.[^\s/?#@]+(?:\/[^\s?#]*)?$/,
  'an https URL such as https://chat.company.com/api',
);
export const emailAddress = form(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address');

const RESERVED_AT_START = ['login', 'xbox'];
const RESERVED_ANYWHERE = ['microsoft', 'windows'];
const RESERVED_WHOLE = ['azure', 'office', 'office365', 'bing', 'cortana', 'skype', 'sharepoint', 'visualstudio'];

/**
 * The word for which Azure refuses the name of anything that people reach by it; undefined when there is none.
 * Source: Microsoft Learn, "Resolve reserved resource name errors".
 */
export function reservedWord(name: string): string | undefined {
  const text = name.toLowerCase();
  return (
    RESERVED_AT_START.find((word) => text.startsWith(word)) ??
    RESERVED_ANYWHERE.find((word) => text.includes(word)) ??
    RESERVED_WHOLE.find((word) => text === word)
  );
}
