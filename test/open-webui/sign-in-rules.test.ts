import { type SignIn, UserRole } from '../../constructs/open-webui/sign-in';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { Platform } from '../../constructs/platform/platform';
import { SecretForm } from '../../constructs/platform/secret-form';
import { SecretKey } from '../../constructs/platform/secrets';
import { describeRules } from '../broken-rules';
import { render } from '../render';

const declared = (signIn: SignIn, props: OpenWebUiReleaseProps = {}) => ({
  declare: (scope: ConstructorParameters<typeof OpenWebUiRelease>[0]) =>
    new OpenWebUiRelease(scope, 'open-webui', { adminEmail: 'admin@company.com', ...props, signIn }),
});
const GOOGLE: SignIn = { google: { clientId: 'id' } };
const ANYBODY: SignIn = { ...GOOGLE, defaultRole: UserRole.USER };

describeRules('constructs/open-webui/sign-in-rules.ts', [
  {
    rule: 'sign-in-has-a-provider',
    when: 'groups alone',
    ...declared({ groups: {} }),
    sentence:
      'open-webui: signIn.groups only hold for people who come through a provider, and there is none: write google, microsoft, github or oidc too',
  },
  {
    rule: 'sign-in-has-a-provider',
    when: 'roles and domains',
    ...declared({ roles: { adminRoles: ['a'], allowedRoles: ['b'] }, allowedDomains: ['company.com'] }),
    sentence:
      'open-webui: signIn.roles, signIn.allowedDomains only hold for people who come through a provider, and there is none: write google, microsoft, github or oidc too',
  },
  {
    rule: 'sign-in-anybody',
    when: 'Google, and a role that may use everything',
    ...declared(ANYBODY),
    sentence:
      'open-webui: whoever has an account at Google would be a user at once: write signIn.allowedDomains, for example company.com, or leave defaultRole out, so that an administrator approves each',
  },
  {
    rule: 'sign-in-anybody',
    when: 'two providers, and every domain by hand',
    ...declared({ ...ANYBODY, github: { clientId: 'id' } }, { extraEnv: { OAUTH_ALLOWED_DOMAINS: 'company.com, *' } }),
    sentence:
      'open-webui: whoever has an account at Google or GitHub would be a user at once: write signIn.allowedDomains, for example company.com, or leave defaultRole out, so that an administrator approves each',
  },
  {
    rule: 'sign-in-administrators',
    when: 'people who register by themselves',
    ...declared({ signup: true, defaultRole: UserRole.ADMIN }),
    sentence:
      'open-webui: with defaultRole ADMIN every new account would be an administrator: write UserRole.USER or leave it out, and name administrators in adminEmail or signIn.roles',
  },
  ...['*', '.company.com', 'jane@company.com', 'company'].map((domain) => ({
    rule: 'sign-in-domains',
    when: domain,
    ...declared({ ...GOOGLE, allowedDomains: ['company.com', domain] }),
    sentence: `open-webui: signIn.allowedDomains has "${domain}", and the app compares whole domains: write each like company.com, or leave allowedDomains out for all`,
  })),
  {
    rule: 'sign-in-nobody',
    when: 'no domain',
    ...declared({ ...GOOGLE, allowedDomains: [] }),
    sentence: 'open-webui: signIn.allowedDomains is empty, so nobody could sign in: name a domain, or leave it out',
  },
  {
    rule: 'sign-in-entra-tenant',
    when: 'every tenant',
    ...declared({ microsoft: { clientId: 'id', tenantId: 'common' } }),
    sentence:
      'open-webui: the tenant "common" is not a GUID: write the directory (tenant) id; a name can change hands, and with "common" people of every tenant could come',
  },
  {
    rule: 'sign-in-issuer-https',
    when: 'http',
    ...declared({
      oidc: { clientId: 'id', providerUrl: 'http://login.company.com/.well-known/openid-configuration' },
    }),
    sentence:
      'open-webui: signIn.oidc.providerUrl "http://login.company.com/.well-known/openid-configuration" is not an https URL: over http anybody on the way could sign in as anybody; write the provider\'s discovery document',
  },
]);

describe('what is right passes', () => {
  const domains = new SecretKey('sign-in', 'domains', SecretForm.token(), 'who may come');

  test.each<[string, SignIn, OpenWebUiReleaseProps]>([
    ['domains of the company', { ...ANYBODY, allowedDomains: ['company.com', 'Company.org'] }, {}],
    ['domains by hand', ANYBODY, { extraEnv: { OAUTH_ALLOWED_DOMAINS: 'company.com' } }],
    ['domains in a Secret', ANYBODY, { extraSecretEnv: { OAUTH_ALLOWED_DOMAINS: domains } }],
    ['domains in what a container takes whole', ANYBODY, { extraEnvFrom: [{ secretRef: { name: 'sign-in' } }] }],
    ['every domain, where each account waits for approval', GOOGLE, {}],
    ['people who register by themselves, with a password', { signup: true, defaultRole: UserRole.USER }, {}],
  ])('%s', (_what, signIn, props) => {
    expect(render(declared(signIn, props).declare).problems).toEqual([]);
  });

  test("anything on a developer's machine", () => {
    const providerUrl = 'http://keycloak.keycloak.svc.cluster.local:8080/realms/dev/.well-known/openid-configuration';
    const oidc = { clientId: 'id', providerUrl };
    const { declare } = declared({ ...GOOGLE, oidc, defaultRole: UserRole.ADMIN });
    expect(render(declare, { platform: Platform.kind() }).problems).toEqual([]);
  });

  test('a role for everybody whom a proxy lets in: the proxy says who that is', () => {
    const { declare } = declared(ANYBODY);
    expect(render((scope) => declare(scope)._listenOnLoopback()).problems).toEqual([]);
  });
});
