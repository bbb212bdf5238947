import type { Draft } from '../draft';
import { HelmFindingKind } from '../finding';
import { type Conversion, flag, note, text } from './conversion';

const { CARRIED, REPLACED, TO_FILL_IN } = HelmFindingKind;

/** Sign-in. */
export const SIGN_IN_CONVERSIONS: readonly Conversion[] = [
  { path: 'sso.enabled', convert: note(CARRIED, 'signIn, with the providers below') },
  { path: 'sso.enableSignup', convert: note(REPLACED, 'who comes through a provider gets an account') },
  {
    path: 'sso.mergeAccountsByEmail',
    convert: note(REPLACED, 'left off: a provider that does not check addresses could take over accounts'),
  },
  {
    path: 'sso.google.**',
    convert: (value, draft, path) =>
      provider(draft, path, value, (client) => {
        draft.signIn.google = client;
      }),
  },
  {
    path: 'sso.github.**',
    convert: (value, draft, path) =>
      provider(draft, path, value, (client) => {
        draft.signIn.github = client;
      }),
  },
  {
    path: 'sso.microsoft.**',
    convert: (value, draft, path) =>
      provider(draft, path, value, (client) => {
        draft.signIn.microsoft = { ...client, tenantId: text((value as { tenantId?: string }).tenantId) };
      }),
  },
  {
    path: 'sso.oidc.**',
    convert: (value, draft, path) =>
      provider(draft, path, value, (client) => {
        const { providerUrl, providerName, scopes } = value as { [key: string]: string | undefined };
        draft.signIn.oidc = {
          ...client,
          providerUrl: text(providerUrl),
          ...(providerName ? { providerName } : {}),
          ...(scopes ? { scopes } : {}),
        };
      }),
  },
  {
    path: 'sso.enableGroupManagement',
    convert: (value, draft, path) => {
      if (flag(value)) draft.signIn.groups = { ...draft.signIn.groups };
      draft.note(path, CARRIED, flag(value) ? 'signIn.groups' : 'off');
    },
  },
  {
    path: 'sso.groupManagement.**',
    convert: (value, draft, path) => {
      const { groupsClaim } = (value ?? {}) as { groupsClaim?: string };
      if (groupsClaim) draft.signIn.groups = { ...draft.signIn.groups, claim: groupsClaim };
      draft.note(path, CARRIED, 'signIn.groups.claim');
    },
  },
  { path: 'sso.enableRoleManagement', convert: note(CARRIED, 'signIn.roles, with the roles below') },
  {
    path: 'sso.roleManagement.**',
    convert: (value, draft, path) => {
      const { rolesClaim, allowedRoles, adminRoles } = (value ?? {}) as { [key: string]: string | undefined };
      const roles = (names?: string) => text(names).split(',').filter(Boolean);
      if (allowedRoles || adminRoles) {
        draft.signIn.roles = {
          ...(rolesClaim ? { claim: rolesClaim } : {}),
          adminRoles: roles(adminRoles),
          allowedRoles: roles(allowedRoles),
        };
      }
      draft.note(path, CARRIED, 'signIn.roles');
    },
  },
  {
    path: 'sso.trustedHeader.**',
    convert: (value, draft, path) =>
      draft.note(
        path,
        flag((value as { enabled?: unknown })?.enabled) ? TO_FILL_IN : REPLACED,
        'an OAuthSidecar, which nobody can go around',
      ),
  },
];

function provider(draft: Draft, path: string, value: unknown, take: (client: { clientId: string }) => void): void {
  const { enabled, clientId } = (value ?? {}) as { enabled?: unknown; clientId?: string };
  if (flag(enabled)) take({ clientId: text(clientId) });
  draft.note(
    path,
    CARRIED,
    flag(enabled) ? `signIn.${path.split('.').at(-1)}; its secret belongs into the release's Secret` : 'off',
  );
}
