// Identities that somebody makes up.
import { ADMIN } from './people.mjs';

/** Every header in which some proxy, gateway or Open WebUI itself says who somebody is. */
export const FORGED = {
  'x-forwarded-email': ADMIN,
  'x-forwarded-user': ADMIN,
  'x-forwarded-name': 'Ada Admin',
  'x-forwarded-preferred-username': ADMIN,
  'x-forwarded-groups': 'administrators,developers',
  'x-forwarded-for': '127.0.0.1',
  'x-auth-request-email': ADMIN,
  'x-auth-request-user': ADMIN,
  'x-auth-request-groups': 'administrators',
  'x-openwebui-user-email': ADMIN,
  'x-openwebui-user-role': 'admin',
  'x-openwebui-user-id': '1',
  'x-openwebui-user-name': 'Ada Admin',
  'x-real-ip': '127.0.0.1',
  'remote-user': ADMIN,
  x_forwarded_email: ADMIN,
};
