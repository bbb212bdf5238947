import type { IncomingHttpHeaders } from 'node:http';
import { type Caller, CallerProof } from './caller';
import { GROUPS_HEADER, groupsOf } from './groups-header';

const ID = 'x-openwebui-user-id';
const EMAIL = 'x-openwebui-user-email';
const ROLE = 'x-openwebui-user-role';
const NAME = 'x-openwebui-user-name';

/** Whether the request names a user without a signature. */
export function hasPlainUserHeaders(headers: IncomingHttpHeaders): boolean {
  return (
    headers[EMAIL] !== undefined ||
    headers[ID] !== undefined ||
    headers[ROLE] !== undefined ||
    headers[NAME] !== undefined
  );
}

/** The user that unsigned headers name, under `TRUST_PLAIN_USER_HEADERS`; nothing without an e-mail address. */
export function plainHeadersCaller(headers: IncomingHttpHeaders): Caller | undefined {
  const email = headers[EMAIL];
  if (typeof email !== 'string' || email === '') return undefined;
  return {
    userId: textOf(headers[ID]) ?? email,
    email,
    role: textOf(headers[ROLE]),
    groups: groupsOf(textOf(headers[GROUPS_HEADER])),
    proof: CallerProof.PLAIN_HEADERS,
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}
