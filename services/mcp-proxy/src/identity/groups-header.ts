/** Header with the groups of the user, in lower case. The connection in Open WebUI fills it from `{{USER_GROUPS}}`. */
export const GROUPS_HEADER = 'x-openwebui-user-groups';

/**
 * The groups in the header: comma-joined names, in which Open WebUI 0.12.4 (`utils/headers.py`,
 * `parse_custom_headers`) percent-encodes what is not ASCII, and nothing else. So only such escapes are undone: a name
 * with `%2C` or `%20` in it stands as it is. A comma in a name cannot be told from one between names; names with
 * commas match nothing, as tenants must not have any.
 */
export function groupsOf(header: string | undefined): string[] {
  if (header === undefined || header === '') return [];
  // No trimming: Open WebUI writes no spaces beside its commas, so a space belongs to a name with a comma in it.
  return header
    .split(',')
    .filter((name) => name !== '')
    .map(decodeNonAscii);
}

const ESCAPED_NON_ASCII = /(?:%[89A-F][0-9A-F])+/gi;

/** Undoes escapes of bytes from 0x80. Those that are no UTF-8 stand as they are. */
export function decodeNonAscii(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(ESCAPED_NON_ASCII, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}
