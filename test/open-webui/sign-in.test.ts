import { hasProvider, type SignIn, signInHosts, UserRole } from '../../constructs/open-webui/sign-in';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { environmentOf, render } from '../render';
import { EDGE } from './samples';

const release = (signIn: SignIn, edge: typeof EDGE | undefined = EDGE) =>
  render((scope) => new OpenWebUiRelease(scope, 'open-webui', { signIn, edge, adminEmail: 'admin@company.com' }));
const variables = (signIn: SignIn, edge: typeof EDGE | undefined = EDGE) =>
  environmentOf(release(signIn, edge).find('Deployment').spec.template.spec.containers[0]);
const TENANT = '11111111-1111-1111-1111-111111111111';

const GOOGLE: SignIn = { google: { clientId: 'google-id' } };
const MICROSOFT: SignIn = { microsoft: { clientId: 'microsoft-id', tenantId: TENANT } };
const GITHUB: SignIn = { github: { clientId: 'github-id' } };
const OIDC: SignIn = {
  oidc: { clientId: 'oidc-id', providerUrl: 'https://login.company.com/realms/x/.well-known/openid-configuration' },
};

describe('without a provider', () => {
  test('people have accounts that the administrator makes', () => {
    expect(variables({})).toMatchObject({
      WEBUI_AUTH: 'true',
      ENABLE_SIGNUP: 'false',
      ENABLE_LOGIN_FORM: 'true',
      DEFAULT_USER_ROLE: 'pending',
    });
    expect(variables({})).not.toHaveProperty('ENABLE_OAUTH_SIGNUP');
  });

  test('no host outside is reached', () => {
    expect(release({}).find('NetworkPolicy', 'open-webui').spec).not.toHaveProperty('egress');
  });

  test('every switch reaches the app, false included', () => {
    expect(variables({ enabled: false, signup: true, loginForm: false, defaultRole: UserRole.USER })).toMatchObject({
      WEBUI_AUTH: 'false',
      ENABLE_SIGNUP: 'true',
      ENABLE_LOGIN_FORM: 'false',
      DEFAULT_USER_ROLE: 'user',
    });
  });
});

describe.each<[string, SignIn, object]>([
  [
    'Google',
    GOOGLE,
    {
      GOOGLE_CLIENT_ID: 'google-id',
      GOOGLE_CLIENT_SECRET: 'open-webui-secrets/GOOGLE_CLIENT_SECRET',
      GOOGLE_REDIRECT_URI: 'https://chat.company.com/oauth/google/callback',
    },
  ],
  [
    'Microsoft',
    MICROSOFT,
    {
      MICROSOFT_CLIENT_ID: 'microsoft-id',
      MICROSOFT_CLIENT_SECRET: 'open-webui-secrets/MICROSOFT_CLIENT_SECRET',
      MICROSOFT_CLIENT_TENANT_ID: TENANT,
      MICROSOFT_REDIRECT_URI: 'https://chat.company.com/oauth/microsoft/callback',
      OPENID_PROVIDER_URL: `https://login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration`,
    },
  ],
  [
    'GitHub',
    GITHUB,
    {
      GITHUB_CLIENT_ID: 'github-id',
      GITHUB_CLIENT_SECRET: 'open-webui-secrets/GITHUB_CLIENT_SECRET',
      GITHUB_CLIENT_REDIRECT_URI: 'https://chat.company.com/oauth/github/callback',
    },
  ],
  [
    'any OpenID provider',
    OIDC,
    {
      OAUTH_CLIENT_ID: 'oidc-id',
      OAUTH_CLIENT_SECRET: 'open-webui-secrets/OAUTH_CLIENT_SECRET',
      OPENID_PROVIDER_URL: 'https://login.company.com/realms/x/.well-known/openid-configuration',
      OPENID_REDIRECT_URI: 'https://chat.company.com/oauth/oidc/callback',
      OAUTH_PROVIDER_NAME: 'SSO',
      OAUTH_SCOPES: 'openid email profile',
    },
  ],
])('with %s', (_name, signIn, expected) => {
  test('the client is known, its secret stands in the Secret and people come back to the right address', () => {
    expect(variables(signIn)).toMatchObject(expected);
  });

  test('the form for passwords goes and accounts are made at the first sign-in', () => {
    expect(variables(signIn)).toMatchObject({ ENABLE_OAUTH_SIGNUP: 'true', ENABLE_LOGIN_FORM: 'false' });
  });

  test('all replicas can read the tokens of a session', () => {
    expect(variables(signIn).OAUTH_SESSION_TOKEN_ENCRYPTION_KEY).toBe(
      'open-webui-secrets/OAUTH_SESSION_TOKEN_ENCRYPTION_KEY',
    );
  });

  test('the provider is reached', () => {
    expect(signInHosts(signIn).length).toBeGreaterThan(0);
    expect(release(signIn).find('NetworkPolicy', 'open-webui').spec.egress.length).toBeGreaterThan(1);
  });

  test('nothing is wrong with it', () => {
    expect(release(signIn).problems).toEqual([]);
  });
});

test('an OpenID provider says itself how it is called, what is asked of it and where else it lives', () => {
  const signIn: SignIn = {
    oidc: {
      ...(OIDC.oidc ?? { clientId: '', providerUrl: '' }),
      providerName: 'Company',
      scopes: 'openid groups',
      additionalHosts: ['keys.company.com'],
    },
  };
  expect(variables(signIn)).toMatchObject({ OAUTH_PROVIDER_NAME: 'Company', OAUTH_SCOPES: 'openid groups' });
  expect(signInHosts(signIn)).toEqual([{ host: 'login.company.com' }, { host: 'keys.company.com' }]);
});

test('an OpenID provider beside Microsoft keeps the discovery address: the app knows one', () => {
  expect(variables({ ...MICROSOFT, ...OIDC }).OPENID_PROVIDER_URL).toBe(OIDC.oidc?.providerUrl);
});

test('a provider on a port of its own is reached there', () => {
  const providerUrl = 'https://login.company.com:8443/.well-known/openid-configuration';
  expect(signInHosts({ oidc: { clientId: 'x', providerUrl } })).toEqual([{ host: 'login.company.com', port: 8443 }]);
});

test('without a way in the app finds out its own address, and no callback is written', () => {
  for (const signIn of [GOOGLE, MICROSOFT, GITHUB, OIDC]) {
    const names = Object.keys(
      environmentOf(
        render((scope) => new OpenWebUiRelease(scope, 'open-webui', { signIn, adminEmail: 'a@company.com' })).find(
          'Deployment',
        ).spec.template.spec.containers[0],
      ),
    );
    expect(names.filter((name) => name.endsWith('REDIRECT_URI'))).toEqual([]);
  }
});

describe('groups and roles', () => {
  test('come from the provider when somebody asks for it', () => {
    const managed: SignIn = { ...OIDC, groups: {}, roles: { adminRoles: ['a', 'b'], allowedRoles: ['c'] } };
    expect(variables(managed)).toMatchObject({
      ENABLE_OAUTH_GROUP_MANAGEMENT: 'true',
      ENABLE_OAUTH_GROUP_CREATION: 'true',
      OAUTH_GROUPS_CLAIM: 'groups',
      ENABLE_OAUTH_ROLE_MANAGEMENT: 'true',
      OAUTH_ROLES_CLAIM: 'roles',
      OAUTH_ADMIN_ROLES: 'a,b',
      OAUTH_ALLOWED_ROLES: 'c',
    });
    expect(Object.keys(variables(OIDC)).filter((name) => name.includes('MANAGEMENT'))).toEqual([]);
  });

  test('are read from the claims that somebody names', () => {
    const named: SignIn = {
      ...OIDC,
      groups: { claim: 'teams', create: false },
      roles: { claim: 'jobs', adminRoles: ['a'], allowedRoles: ['b'] },
    };
    expect(variables(named)).toMatchObject({
      OAUTH_GROUPS_CLAIM: 'teams',
      ENABLE_OAUTH_GROUP_CREATION: 'false',
      OAUTH_ROLES_CLAIM: 'jobs',
    });
  });
});

test('only people of the domains that somebody names come through a provider: the app compares lower case', () => {
  expect(variables(GOOGLE)).not.toHaveProperty('OAUTH_ALLOWED_DOMAINS');
  expect(variables({ ...GOOGLE, allowedDomains: ['Company.com', 'company.org'] }).OAUTH_ALLOWED_DOMAINS).toBe(
    'company.com,company.org',
  );
});

test('a provider is one of the four', () => {
  expect([GOOGLE, MICROSOFT, GITHUB, OIDC].every(hasProvider)).toBe(true);
  expect(hasProvider({ signup: true })).toBe(false);
});

test('a role that the app does not know is refused: accounts would be made that nobody can use', () => {
  expect(() => {
    const { problems } = release({ defaultRole: 'usr' as never });
    throw new Error(problems.join('\n'));
  }).toThrow(/defaultRole/);
});
