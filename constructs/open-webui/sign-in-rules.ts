import type { OpenWebUiRelease } from '../open-webui-release';
import { isHttpsUrl } from '../platform/links';
import { isGuid } from '../platform/manifest-rules/name-forms';
import type { Rule } from '../platform/rules';
import { hasProvider, type SignIn, UserRole } from './sign-in';

/** The app compares whole domains: neither `*` nor what is below one. */
const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

const PROVIDERS = { google: 'Google', microsoft: 'the Entra tenant', github: 'GitHub', oidc: 'the provider' } as const;

/** What can be wrong with the app's own sign-in; that of an OAuthSidecar has rules of its own. */
export const SIGN_IN_RULES: readonly Rule<OpenWebUiRelease>[] = [
  {
    id: 'sign-in-has-a-provider',
    broken: ({ props: { signIn = {} } }) => ofProvider(signIn).length > 0 && !hasProvider(signIn),
    message: ({ name, props: { signIn = {} } }) =>
      `${name}: ${ofProvider(signIn).join(', ')} only hold for people who come through a provider, and there is none: write google, microsoft, github or oidc too`,
  },
  {
    id: 'sign-in-anybody',
    broken: (release) => {
      const { enabled, defaultRole = UserRole.PENDING } = release.props.signIn ?? {};
      return (
        release.platform.production &&
        enabled !== false &&
        !release._behindProxy &&
        defaultRole !== UserRole.PENDING &&
        providers(release).length > 0 &&
        admitsEveryDomain(release)
      );
    },
    message: (release) =>
      `${release.name}: whoever has an account at ${providers(release).join(' or ')} would be a ${release.props.signIn?.defaultRole} at once: write signIn.allowedDomains, for example company.com, or leave defaultRole out, so that an administrator approves each`,
  },
  {
    id: 'sign-in-administrators',
    broken: ({ platform, props: { signIn } }) =>
      platform.production && signIn?.enabled !== false && signIn?.defaultRole === UserRole.ADMIN,
    message: ({ name }) =>
      `${name}: with defaultRole ADMIN every new account would be an administrator: write UserRole.USER or leave it out, and name administrators in adminEmail or signIn.roles`,
  },
  {
    id: 'sign-in-domains',
    broken: ({ props: { signIn } }) => badDomain(signIn) !== undefined,
    message: ({ name, props: { signIn } }) =>
      `${name}: signIn.allowedDomains has "${badDomain(signIn)}", and the app compares whole domains: write each like company.com, or leave allowedDomains out for all`,
  },
  {
    id: 'sign-in-nobody',
    broken: ({ props: { signIn } }) => signIn?.allowedDomains?.length === 0,
    message: ({ name }) =>
      `${name}: signIn.allowedDomains is empty, so nobody could sign in: name a domain, or leave it out`,
  },
  {
    id: 'sign-in-entra-tenant',
    broken: ({ props: { signIn } }) => signIn?.microsoft !== undefined && !isGuid(signIn.microsoft.tenantId),
    message: ({ name, props: { signIn } }) =>
      `${name}: the tenant "${signIn?.microsoft?.tenantId}" is not a GUID: write the directory (tenant) id; a name can change hands, and with "common" people of every tenant could come`,
  },
  {
    id: 'sign-in-issuer-https',
    broken: ({ platform, props: { signIn } }) =>
      platform.production && signIn?.oidc !== undefined && !isHttpsUrl(signIn.oidc.providerUrl),
    message: ({ name, props: { signIn } }) =>
      `${name}: signIn.oidc.providerUrl "${signIn?.oidc?.providerUrl}" is not an https URL: over http anybody on the way could sign in as anybody; write the provider's discovery document`,
  },
];

/** What is given and says something about people of a provider. */
function ofProvider({ groups, roles, allowedDomains }: SignIn): string[] {
  return Object.entries({ groups, roles, allowedDomains })
    .filter(([, given]) => given !== undefined)
    .map(([prop]) => `signIn.${prop}`);
}

function providers({ props: { signIn = {} } }: OpenWebUiRelease): string[] {
  return Object.entries(PROVIDERS)
    .filter(([prop]) => signIn[prop as keyof typeof PROVIDERS] !== undefined)
    .map(([, title]) => title);
}

/** Asked of the variable, which people may have written by hand; what stands in a Secret or ConfigMap is believed. */
function admitsEveryDomain({ _pod: { env }, props: { extraEnvFrom = [] } }: OpenWebUiRelease): boolean {
  const variable = 'OAUTH_ALLOWED_DOMAINS';
  return (
    (!env.has(variable) && extraEnvFrom.length === 0) ||
    (env
      .value(variable)
      ?.split(',')
      .some((domain) => domain.trim() === '*') ??
      false)
  );
}

function badDomain(signIn: SignIn = {}): string | undefined {
  return signIn.allowedDomains?.find((domain) => !DOMAIN.test(domain));
}
