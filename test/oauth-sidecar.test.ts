import { ApiObject, Duration, Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { load } from 'js-yaml';
import {
  type EntraIdProviderOptions,
  OAuthProvider,
  type OidcProviderOptions,
  type OpenShiftProviderOptions,
} from '../constructs/oauth/oauth-provider';
import { TrustedHeader } from '../constructs/oauth/trusted-headers';
import { OAuthSidecar, type OAuthSidecarProps } from '../constructs/oauth-sidecar';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../constructs/open-webui-release';
import { noteOf } from '../constructs/platform/notes';
import { EdgeKind, Platform } from '../constructs/platform/platform';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey, Secrets } from '../constructs/platform/secrets';
import { Redis } from '../constructs/redis';
import { type BrokenRule, describeRules } from './broken-rules';
import './matchers';
import { environmentOf, type Rendered, render } from './render';

/** A sign-in in front of a release; `redis` brings a session store. */
interface SetUp extends Partial<Omit<OAuthSidecarProps, 'release' | 'provider'>> {
  readonly release?: OpenWebUiReleaseProps;
  readonly redis?: boolean;
}

const EDGE = { host: 'chat.company.com', gatewayClassName: 'company' };
const TENANT = '11111111-2222-4333-8444-555555555555';
const CLIENT = '66666666-7777-4888-8999-000000000000';

const oidc = (options: Partial<OidcProviderOptions> = {}) =>
  OAuthProvider.oidc({ issuerUrl: 'https://sso.company.com/realms/main', emailDomains: ['company.com'], ...options });
const google = () => OAuthProvider.oidc({ issuerUrl: 'https://accounts.google.com', emailDomains: ['company.com'] });
const entra = (options: Partial<EntraIdProviderOptions> = {}) =>
  OAuthProvider.entraId({ tenantId: TENANT, emailDomains: ['company.com'], ...options });
const openshift = (options: Partial<OpenShiftProviderOptions> = {}) =>
  OAuthProvider.openshift({
    oauthHost: 'oauth-openshift.apps.cluster.example.com',
    apiServerCidrs: ['10.0.0.10/32', '10.0.0.11/32'],
    ...options,
  });

/** Declares a release with a sign-in in front. */
function inFrontOf(provider: OAuthProvider, { release: releaseProps, redis, ...props }: SetUp = {}) {
  return (scope: Construct) => {
    const usual = Platform.of(scope).edge === EdgeKind.ROUTE ? { host: EDGE.host } : EDGE;
    const edge = releaseProps && 'edge' in releaseProps ? releaseProps.edge : usual;
    const adminEmail = provider.cluster ? 'ada@cluster.local' : 'ada@company.com';
    const release = new OpenWebUiRelease(scope, 'open-webui', { adminEmail, ...releaseProps, edge });
    const sessionStore = redis ? new Redis(scope, 'redis') : undefined;
    return new OAuthSidecar(release, 'oauth-sidecar', { release, provider, sessionStore, ...props });
  };
}

const renderOpenShift = (provider = openshift(), setUp: SetUp = {}) =>
  render(inFrontOf(provider, setUp), { platform: Platform.openshift() });

// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
function podOf(rendered: Rendered<OAuthSidecar>): any {
  return rendered.find('Deployment', 'open-webui').spec.template.spec;
}

// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
function proxyOf(rendered: Rendered<OAuthSidecar>): any {
  return podOf(rendered).initContainers.find(({ name }: { name: string }) => name === 'oauth-proxy');
}

function appEnvironment(rendered: Rendered<OAuthSidecar>): { [name: string]: string } {
  return environmentOf(podOf(rendered).containers[0]);
}

function volumeOf(rendered: Rendered<OAuthSidecar>, name: string) {
  return podOf(rendered).volumes.find((volume: { name: string }) => volume.name === name);
}

/** Both files of oauth2-proxy, read back. */
function filesOf(rendered: Rendered<OAuthSidecar>) {
  const { data } = rendered.find('ConfigMap', 'open-webui-oauth-proxy');
  const core = data['oauth2-proxy.cfg'] as string;
  return {
    core: Object.fromEntries(core.split('\n').flatMap((line) => (line ? [line.split(/ = (.*)/).slice(0, 2)] : []))),
    // biome-ignore lint/suspicious/noExplicitAny: the form is oauth2-proxy's
    alpha: load(data['alpha-config.yaml']) as any,
  };
}

/** What the sign-in adds to a release, and nothing of the release's own. */
function additionsOf(rendered: Rendered<OAuthSidecar>) {
  const environment = Object.entries(appEnvironment(rendered)).filter(([name]) =>
    /^(HOST|FORWARDED_ALLOW_IPS|WEBUI_AUTH_(TRUSTED|SIGNOUT)_.*)$/.test(name),
  );
  return {
    container: proxyOf(rendered),
    volumes: podOf(rendered).volumes.filter(({ name }: { name: string }) => name.startsWith('oauth')),
    environment: Object.fromEntries(environment),
    configuration: rendered.manifests.find(({ metadata }) => metadata.name === 'open-webui-oauth-proxy')?.data,
    service: rendered.find('Service', 'open-webui').spec.ports,
    serviceAnnotations: rendered.find('Service', 'open-webui').metadata.annotations,
    serviceAccountAnnotations: rendered.find('ServiceAccount', 'open-webui').metadata.annotations,
  };
}

describe.each([
  ['OpenID Connect', () => render(inFrontOf(oidc()))],
  ['Google', () => render(inFrontOf(google()))],
  [
    'Entra with workload identity',
    () => render(inFrontOf(entra({ clientId: CLIENT, workloadIdentity: true }), { redis: true })),
  ],
  ['OpenShift', () => renderOpenShift()],
])('a sign-in with %s', (_provider, declare) => {
  const rendered = declare();

  test('adds what was reviewed', () => {
    expect(rendered.problems).toEqual([]);
    expect(additionsOf(rendered)).toMatchSnapshot();
  });

  test('renders valid objects', () => {
    for (const manifest of rendered.manifests) {
      expect(manifest).toBeValidManifest();
    }
  });

  test('cannot be passed by: nothing but the proxy listens, and only its ports are open', () => {
    const ports = [proxyOf(rendered).ports[0].containerPort, ...(rendered.construct._proxy.metricsPort ? [44180] : [])];
    expect(appEnvironment(rendered).HOST).toBe('127.0.0.1');
    expect(podOf(rendered).containers[0].ports).toBeUndefined();
    expect(rendered.find('Service', 'open-webui').spec.ports).toEqual([
      { name: 'http', port: 8080, protocol: 'TCP', targetPort: ports[0] },
    ]);
    const { ingress } = rendered.find('NetworkPolicy', 'open-webui').spec;
    expect(ingress.flatMap((rule: { ports: { port: number }[] }) => rule.ports.map(({ port }) => port))).toEqual(ports);
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(podOf(rendered).containers[0][probe]).toMatchObject({ exec: { command: expect.anything() } });
      expect(podOf(rendered).containers[0][probe].httpGet).toBeUndefined();
    }
  });

  test('makes the app trust only headers that the proxy sets', () => {
    const injected = rendered.construct._proxy.injectedHeaders;
    const trusted = Object.entries(appEnvironment(rendered)).filter(([name]) => name.startsWith('WEBUI_AUTH_TRUSTED_'));
    expect(trusted).toHaveLength(4);
    for (const [, header] of trusted) {
      expect(['', ...injected]).toContain(header);
    }
    expect(appEnvironment(rendered).WEBUI_AUTH_TRUSTED_EMAIL_HEADER).toBe('X-Forwarded-Email');
    expect(appEnvironment(rendered).FORWARDED_ALLOW_IPS).toBe('127.0.0.1');
  });

  test('starts before the app, ends after it, and is as closed as any container', () => {
    const proxy = proxyOf(rendered);
    expect(proxy.restartPolicy).toBe('Always');
    expect(proxy.lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
    expect(proxy.securityContext).toMatchObject({ readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    for (const side of ['requests', 'limits']) {
      expect(Object.keys(proxy.resources[side]).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
    }
    expect(proxy).toMatchObject({ readinessProbe: { periodSeconds: 5 }, livenessProbe: { failureThreshold: 6 } });
  });

  test('has no secret in its arguments or its ConfigMap', () => {
    const text = JSON.stringify([proxyOf(rendered).args, additionsOf(rendered).configuration]);
    expect(text).not.toMatch(/(cookie[-_]secret|client[-_]?secret)["']?\s*[=:]/i);
    const plain = (proxyOf(rendered).env ?? []).filter(({ value }: { value?: string }) => value !== undefined);
    for (const { name } of plain) {
      expect(name).toBe('AZURE_FEDERATED_TOKEN_FILE');
    }
  });
});

describe('headers of oauth2-proxy', () => {
  test('come from the sign-in alone: e-mail, name, groups', () => {
    const { alpha } = filesOf(render(inFrontOf(oidc())));
    expect(alpha.injectRequestHeaders.map((header: { name: string }) => header.name)).toEqual([
      'X-Forwarded-Email',
      'X-Forwarded-Name',
      'X-Forwarded-Groups',
    ]);
    expect(alpha.providers[0].additionalClaims).toEqual(['name']);
    for (const { preserveRequestValue } of alpha.injectRequestHeaders) {
      expect(preserveRequestValue).toBe(false);
    }
  });

  test('never leave the groups empty: Open WebUI would keep memberships that the provider has ended', () => {
    const { alpha } = filesOf(render(inFrontOf(oidc())));
    expect(alpha.injectRequestHeaders[2].values).toEqual([
      { claimSource: { claim: 'groups' } },
      { secretSource: { value: 'signed-in' } },
    ]);
  });

  test('carry the role only with a claim that holds it', () => {
    const rendered = render(inFrontOf(oidc({ roleClaim: 'webui_role' })));
    expect(rendered.problems).toEqual([]);
    expect(appEnvironment(rendered).WEBUI_AUTH_TRUSTED_ROLE_HEADER).toBe('X-Forwarded-Role');
    const { alpha } = filesOf(rendered);
    expect(alpha.injectRequestHeaders.at(-1)).toEqual({
      name: 'X-Forwarded-Role',
      preserveRequestValue: false,
      values: [{ claimSource: { claim: 'webui_role' } }],
    });
    expect(alpha.providers[0].additionalClaims).toEqual(['name', 'webui_role']);
  });

  test('are trusted as the props say', () => {
    const rendered = render(inFrontOf(oidc(), { trustedHeaders: [TrustedHeader.EMAIL] }));
    expect(rendered.problems).toEqual([]);
    expect(additionsOf(rendered).environment).toMatchObject({
      WEBUI_AUTH_TRUSTED_EMAIL_HEADER: 'X-Forwarded-Email',
      WEBUI_AUTH_TRUSTED_NAME_HEADER: '',
      WEBUI_AUTH_TRUSTED_GROUPS_HEADER: '',
      WEBUI_AUTH_TRUSTED_ROLE_HEADER: '',
    });
  });

  test('may be named by extraEnv as long as the proxy sets them, in any case', () => {
    const extraEnv = { WEBUI_AUTH_TRUSTED_NAME_HEADER: 'x-forwarded-email' };
    expect(render(inFrontOf(oidc(), { release: { extraEnv } })).problems).toEqual([]);
  });

  test('do not bring groups from Google, which sends none', () => {
    expect(appEnvironment(render(inFrontOf(google()))).WEBUI_AUTH_TRUSTED_GROUPS_HEADER).toBe('');
  });
});

describe('oauth2-proxy', () => {
  test('every prop given reaches the output', () => {
    const rendered = render(
      inFrontOf(
        oidc({
          clientId: '12345',
          scopes: ['openid', 'groups'],
          emailDomains: ['company.com', '.company.org'],
          allowedGroups: ['staff'],
          groupsClaim: 'grp',
          roleClaim: 'webui_role',
          signOutUrl: 'https://sso.company.com/realms/main/logout',
          issuerCidrs: ['10.1.0.0/16'],
          additionalHosts: [{ host: 'keys.company.com', port: 8443, cidrs: ['10.2.0.0/16'] }],
          caConfigMapName: 'company-ca',
        }),
        {
          redis: true,
          secretName: 'sign-in',
          trustedHeaders: [TrustedHeader.EMAIL, TrustedHeader.ROLE],
          cookieExpire: Duration.hours(8),
          cookieRefresh: Duration.minutes(4),
          upstreamTimeoutSeconds: 7200,
          trustedProxyCidrs: ['10.244.0.0/16', 'fd00::/8'],
          image: 'registry.company.com/oauth2-proxy:v7.16.0',
          resources: {
            cpu: { request: Cpu.millis(10), limit: Cpu.millis(20) },
            memory: { request: Size.mebibytes(30), limit: Size.mebibytes(40) },
          },
        },
      ),
    );
    expect(rendered.problems).toEqual([]);
    const { core, alpha } = filesOf(rendered);
    expect(core).toMatchObject({
      email_domains: '["company.com",".company.org"]',
      cookie_expire: '"28800s"',
      cookie_refresh: '"240s"',
      session_store_type: '"redis"',
      redis_connection_url: '"redis://redis:6379/0"',
      reverse_proxy: 'true',
      trusted_proxy_ips: '["10.244.0.0/16","fd00::/8"]',
      whitelist_domains: '["sso.company.com"]',
    });
    expect(alpha.upstreamConfig.upstreams[0]).toMatchObject({ uri: 'http://127.0.0.1:8080/', timeout: '7200s' });
    expect(alpha.providers[0]).toMatchObject({
      clientID: '12345',
      scope: 'openid groups',
      allowedGroups: ['staff'],
      caFiles: ['/etc/oauth2-proxy-ca/ca.crt'],
      oidcConfig: { issuerURL: 'https://sso.company.com/realms/main', groupsClaim: 'grp' },
    });
    expect(volumeOf(rendered, 'oauth-ca').configMap.name).toBe('company-ca');
    expect(volumeOf(rendered, 'oauth-secrets').secret.secretName).toBe('sign-in');
    expect(proxyOf(rendered)).toMatchObject({
      image: 'registry.company.com/oauth2-proxy:v7.16.0',
      resources: { requests: { cpu: '10m', memory: '30Mi' }, limits: { cpu: '20m', memory: '40Mi' } },
    });
    expect(environmentOf(proxyOf(rendered))).toEqual({ OAUTH2_PROXY_REDIS_PASSWORD: 'redis-secrets/REDIS_PASSWORD' });
    expect(additionsOf(rendered).environment).toMatchObject({
      FORWARDED_ALLOW_IPS: '127.0.0.1,10.244.0.0/16,fd00::/8',
      WEBUI_AUTH_SIGNOUT_REDIRECT_URL: '/oauth2/sign_out?rd=https%3A%2F%2Fsso.company.com%2Frealms%2Fmain%2Flogout',
    });
    const { egress } = rendered.find('NetworkPolicy', 'open-webui').spec;
    const opened = egress.map((rule: { ports: { port: number }[]; to: object[] }) => [rule.ports[0].port, rule.to]);
    expect(opened).toContainEqual([443, [{ ipBlock: { cidr: '10.1.0.0/16' } }]]);
    expect(opened).toContainEqual([8443, [{ ipBlock: { cidr: '10.2.0.0/16' } }]]);
    expect(opened.some(([port]: [number]) => port === 6379)).toBe(true);
  });

  test('sends people back to the address of the edge, with cookies that no other host can set', () => {
    expect(filesOf(render(inFrontOf(oidc()))).core).toMatchObject({
      redirect_url: '"https://chat.company.com/oauth2/callback"',
      cookie_name: '"__Host-oauth2_proxy"',
      cookie_secure: 'true',
    });
  });

  test('keeps cookies usable where a developer has no TLS', () => {
    const release = { edge: { host: 'chat.localtest.me', tls: false } };
    const rendered = render(inFrontOf(oidc(), { release }), { platform: Platform.kind() });
    expect(rendered.problems).toEqual([]);
    expect(filesOf(rendered).core).toMatchObject({ cookie_name: '"oauth2_proxy"', cookie_secure: 'false' });
  });

  test('comes back to the host that somebody used, where there are several', () => {
    const release = { edge: { ...EDGE, additionalHosts: ['ai.company.com'] } };
    expect(filesOf(render(inFrontOf(oidc(), { release }))).core.redirect_url).toBe('"/oauth2/callback"');
  });

  test('waits for an answer as long as the edge does', () => {
    const release = { edge: { ...EDGE, timeoutSeconds: 900 } };
    const [upstream] = filesOf(render(inFrontOf(oidc(), { release }))).alpha.upstreamConfig.upstreams;
    expect(upstream.timeout).toBe('900s');
  });

  test('believes no X-Forwarded header of a request unless told whose', () => {
    const { core } = filesOf(render(inFrontOf(oidc())));
    expect(core.reverse_proxy).toBe('false');
    expect(core.trusted_proxy_ips).toBeUndefined();
  });

  test('keeps no tokens in cookies where nothing renews them', () => {
    const set = (setUp: SetUp) => filesOf(render(inFrontOf(oidc(), setUp))).core.session_cookie_minimal;
    expect(set({})).toBe('true');
    expect(set({ cookieRefresh: Duration.minutes(4) })).toBe('false');
    expect(set({ redis: true })).toBeUndefined();
  });

  test('answers programs of the page with 401, and skips the sign-in nowhere', () => {
    const { core } = filesOf(render(inFrontOf(oidc())));
    expect(core.api_routes).toBe('["^/(api|openai|ollama|ws)/"]');
    expect(Object.keys(core).filter((key) => key.startsWith('skip_'))).toEqual(['skip_provider_button']);
  });

  test('restarts when its configuration changes', () => {
    const checksum = (expire: Duration) =>
      render(inFrontOf(oidc(), { cookieExpire: expire })).find('Deployment', 'open-webui').spec.template.metadata
        .annotations['checksum/config'];
    expect(checksum(Duration.hours(1))).toBe(checksum(Duration.hours(1)));
    expect(checksum(Duration.hours(1))).not.toBe(checksum(Duration.hours(2)));
  });

  test('reaches the hosts of Google by name, those of its tokens and keys too', () => {
    const rendered = render(inFrontOf(google()), { platform: Platform.aks() });
    const { egress } = rendered.find('CiliumNetworkPolicy', 'open-webui-hosts').spec;
    const names = egress.flatMap(({ toFQDNs = [] }: { toFQDNs?: { matchName: string }[] }) => toFQDNs);
    expect(names.map(({ matchName }: { matchName: string }) => matchName).sort()).toEqual([
      'accounts.google.com',
      'oauth2.googleapis.com',
      'openidconnect.googleapis.com',
      'www.googleapis.com',
    ]);
  });

  test('is measured by the monitoring alone', () => {
    const { ingress } = render(inFrontOf(oidc())).find('NetworkPolicy', 'open-webui').spec;
    expect(ingress).toContainEqual({
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: 44180, protocol: 'TCP' }],
    });
  });

  test('names the keys of its Secret, each in the form that the proxy accepts', () => {
    const { construct } = render(inFrontOf(oidc()));
    const keys = Secrets.of(construct).secret('oauth-config').keys;
    expect(keys.map(({ key, form }) => [key, form.kind])).toEqual([
      ['client-id', 'issued'],
      ['client-secret', 'issued'],
      ['cookie-secret', 'cookie-secret'],
    ]);
  });

  test('counts in the quota of the namespace', () => {
    const cpu = (rendered: Rendered<unknown>) => rendered.find('ResourceQuota').spec.hard['requests.cpu'];
    const alone = render((scope) => new OpenWebUiRelease(scope, 'open-webui', { edge: EDGE }));
    expect(cpu(render(inFrontOf(oidc())))).not.toBe(cpu(alone));
  });
});

describe('Entra', () => {
  test('signs in one tenant, with scopes for groups and for renewal', () => {
    const { alpha, core } = filesOf(render(inFrontOf(entra(), { redis: true })));
    expect(alpha.providers[0]).toMatchObject({
      provider: 'entra-id',
      scope: 'openid email profile offline_access User.Read',
      oidcConfig: { issuerURL: `https://login.microsoftonline.com/${TENANT}/v2.0`, insecureSkipNonce: false },
    });
    expect(core.cookie_refresh).toBe('"3300s"');
  });

  test('ends its own session too when people sign out', () => {
    const rendered = render(inFrontOf(entra(), { redis: true }));
    expect(appEnvironment(rendered).WEBUI_AUTH_SIGNOUT_REDIRECT_URL).toContain('login.microsoftonline.com');
    expect(filesOf(rendered).core.whitelist_domains).toBe('["login.microsoftonline.com"]');
  });

  test('with workload identity there is no client secret, and only the proxy holds the token', () => {
    const rendered = render(inFrontOf(entra({ clientId: CLIENT, workloadIdentity: true }), { redis: true }));
    expect(rendered.problems).toEqual([]);
    expect(
      Secrets.of(rendered.construct)
        .secret('oauth-config')
        .keys.map(({ key }) => key),
    ).toEqual(['cookie-secret']);
    expect(filesOf(rendered).alpha.providers[0]).toMatchObject({
      clientID: CLIENT,
      microsoftEntraIDConfig: { federatedTokenAuth: true },
    });
    expect(volumeOf(rendered, 'oauth-token').projected.sources).toEqual([
      { serviceAccountToken: { audience: 'api://AzureADTokenExchange', expirationSeconds: 3600, path: 'token' } },
    ]);
    expectTokenOnlyInProxy(rendered);
    expect(environmentOf(proxyOf(rendered)).AZURE_FEDERATED_TOKEN_FILE).toBe('/var/run/secrets/entra/token');
  });
});

function expectTokenOnlyInProxy(rendered: Rendered<OAuthSidecar>): void {
  const pod = podOf(rendered);
  const holders = [...pod.initContainers, ...pod.containers].filter(({ volumeMounts = [] }) =>
    volumeMounts.some(({ name }: { name: string }) => name === 'oauth-token'),
  );
  expect(holders.map(({ name }) => name)).toEqual(['oauth-proxy']);
  expect(pod.automountServiceAccountToken).toBe(false);
}

describe("OpenShift's own proxy", () => {
  const flagsOf = (rendered: Rendered<OAuthSidecar>): string[] => proxyOf(rendered).args;

  test('is reached by TLS, from a Route that encrypts again', () => {
    const rendered = renderOpenShift();
    expect(rendered.find('Route').spec.tls.termination).toBe('reencrypt');
    expect(rendered.find('Service', 'open-webui').metadata.annotations).toEqual({
      'service.beta.openshift.io/serving-cert-secret-name': 'open-webui-oauth-proxy-tls',
    });
    expect(volumeOf(rendered, 'oauth-tls').secret.secretName).toBe('open-webui-oauth-proxy-tls');
    expect(flagsOf(rendered)).toEqual(expect.arrayContaining(['--https-address=:8443', '--http-address=']));
    expect(proxyOf(rendered).readinessProbe.httpGet).toEqual({ path: '/oauth/healthz', port: 8443, scheme: 'HTTPS' });
  });

  test('has the ServiceAccount for its OAuth client, with every Route to come back to', () => {
    const release = { edge: { host: 'chat.company.com', additionalHosts: ['ai.company.com'] } };
    const annotations = renderOpenShift(openshift(), { release }).find('ServiceAccount', 'open-webui').metadata
      .annotations;
    const references = Object.entries(annotations ?? {}).map(([name, value]) => [name, JSON.parse(value).reference]);
    expect(Object.fromEntries(references)).toEqual({
      'serviceaccounts.openshift.io/oauth-redirectreference.primary': { kind: 'Route', name: 'open-webui' },
      'serviceaccounts.openshift.io/oauth-redirectreference.host-1': { kind: 'Route', name: 'open-webui-1' },
    });
  });

  test('holds the token alone, of the one lifetime that outlives its start', () => {
    const rendered = renderOpenShift();
    expectTokenOnlyInProxy(rendered);
    expect(volumeOf(rendered, 'oauth-token').projected.sources[0]).toEqual({
      serviceAccountToken: { expirationSeconds: 3607, path: 'token' },
    });
    const mount = proxyOf(rendered).volumeMounts.find(({ name }: { name: string }) => name === 'oauth-token');
    expect(mount).toEqual({
      name: 'oauth-token',
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      readOnly: true,
    });
  });

  test('lets in whom the cluster lets see the Service', () => {
    expect(flagsOf(renderOpenShift())).toContain(
      '--openshift-sar={"verb":"get","resource":"services","resourceName":"open-webui","namespace":"workspace"}',
    );
  });

  test('lets in whom another review lets in', () => {
    const accessReview = { verb: 'list', resource: 'pods', resourceGroup: 'metrics.k8s.io', namespace: 'models' };
    expect(flagsOf(renderOpenShift(openshift({ accessReview })))).toContain(
      '--openshift-sar={"verb":"list","resourceAPIGroup":"metrics.k8s.io","resource":"pods","namespace":"models"}',
    );
    const named = { resourceName: 'some-service' };
    expect(flagsOf(renderOpenShift(openshift({ accessReview: named }))).join()).toContain(
      '"resourceName":"some-service"',
    );
  });

  test('tells the administrator to grant what is asked for, and nothing more', () => {
    const noteIn = (provider = openshift()) => {
      const objects = renderOpenShift(provider)
        .app.node.findAll()
        .filter((found) => found instanceof ApiObject);
      return objects.filter(({ kind }) => kind === 'Route').map(noteOf)[0];
    };
    expect(noteIn()).toBe(
      'Whoever may get services open-webui is let in. To let a group in, a person runs:\n' +
        '  oc -n workspace create role workspace-visitor --verb=get --resource=services --resource-name=open-webui\n' +
        '  oc -n workspace create rolebinding workspace-visitors --role=workspace-visitor --group=<group>',
    );
    const accessReview = { verb: 'list', resource: 'pods', resourceGroup: 'metrics.k8s.io', namespace: 'models' };
    expect(noteIn(openshift({ accessReview }))).toContain(
      '  oc -n models create role workspace-visitor --verb=list --resource=pods.metrics.k8s.io\n',
    );
  });

  test('leaves the Authorization header of the app alone', () => {
    expect(flagsOf(renderOpenShift())).toContain('--pass-basic-auth=false');
  });

  test('trusts e-mail and user name, never groups and roles', () => {
    expect(additionsOf(renderOpenShift()).environment).toMatchObject({
      WEBUI_AUTH_TRUSTED_EMAIL_HEADER: 'X-Forwarded-Email',
      WEBUI_AUTH_TRUSTED_NAME_HEADER: 'X-Forwarded-User',
      WEBUI_AUTH_TRUSTED_GROUPS_HEADER: '',
      WEBUI_AUTH_TRUSTED_ROLE_HEADER: '',
    });
  });

  test('reaches the OAuth server, the router and the API server', () => {
    const rendered = renderOpenShift(openshift({ oauthHostCidrs: ['10.9.0.0/24'] }));
    const { egress } = rendered.find('NetworkPolicy', 'open-webui').spec;
    expect(egress).toContainEqual({
      to: [{ ipBlock: { cidr: '10.0.0.10/32' } }, { ipBlock: { cidr: '10.0.0.11/32' } }],
      ports: [{ port: 6443, protocol: 'TCP' }],
    });
    const https = egress.find((rule: { ports: { port: number }[] }) => rule.ports[0].port === 443);
    expect(https.to).toContainEqual({ ipBlock: { cidr: '10.9.0.0/24' } });
    expect(https.to).toContainEqual({
      namespaceSelector: { matchLabels: { 'policy-group.network.openshift.io/ingress': '' } },
    });
  });

  test('every prop given reaches the output', () => {
    const rendered = renderOpenShift(openshift(), {
      secretName: 'sign-in',
      cookieExpire: Duration.hours(8),
      upstreamTimeoutSeconds: 7200,
      image: 'registry.company.com/oauth-proxy:v4.21',
    });
    expect(rendered.problems).toEqual([]);
    expect(flagsOf(rendered)).toEqual(expect.arrayContaining(['--cookie-expire=28800s', '--upstream-timeout=7200s']));
    expect(proxyOf(rendered).image).toBe('registry.company.com/oauth-proxy:v4.21');
    expect(volumeOf(rendered, 'oauth-secrets').secret).toEqual({
      defaultMode: 0o440,
      secretName: 'sign-in',
      items: [{ key: 'cookie-secret', path: 'cookie-secret' }],
    });
  });
});

const FORGEABLE = 'so that anybody who is signed in could send it';
const FROM_SECRET = new SecretKey('headers', 'role', SecretForm.token(), 'a header');

const BROKEN: readonly BrokenRule[] = [
  {
    rule: 'oauth-edge',
    when: 'a release that nobody reaches from outside',
    declare: inFrontOf(oidc(), { release: { edge: undefined } }),
    sentence: 'open-webui: people come back from the provider to an address, and the release has none: give it an edge',
  },
  {
    rule: 'oauth-no-bypass',
    when: 'the app made to listen for everybody',
    declare: inFrontOf(oidc(), { release: { extraEnv: { HOST: '0.0.0.0' } } }),
    sentence:
      'open-webui: HOST is 0.0.0.0, so that the app can be reached past the sign-in: leave HOST out of extraEnv',
    alongside: ['open-webui: extraEnv sets HOST, which the construct sets itself: use the prop that stands for it'],
  },
  {
    rule: 'oauth-header-injected',
    when: 'a role without a claim',
    declare: inFrontOf(oidc(), { trustedHeaders: [TrustedHeader.EMAIL, TrustedHeader.ROLE] }),
    sentence: `open-webui: WEBUI_AUTH_TRUSTED_ROLE_HEADER trusts X-Forwarded-Role, which the proxy does not set, ${FORGEABLE}: write roleClaim in the provider, or leave TrustedHeader.ROLE out`,
  },
  {
    rule: 'oauth-header-injected',
    when: 'a header named by extraEnv',
    declare: inFrontOf(oidc(), { release: { extraEnv: { WEBUI_AUTH_TRUSTED_NAME_HEADER: 'X-Forwarded-User' } } }),
    sentence: `open-webui: WEBUI_AUTH_TRUSTED_NAME_HEADER trusts X-Forwarded-User, which the proxy does not set, ${FORGEABLE}: trust one of X-Forwarded-Email, X-Forwarded-Name, X-Forwarded-Groups, or leave TrustedHeader.NAME out`,
  },
  {
    rule: 'oauth-header-injected',
    when: 'a header named by a Secret',
    declare: inFrontOf(oidc(), { release: { extraSecretEnv: { WEBUI_AUTH_TRUSTED_ROLE_HEADER: FROM_SECRET } } }),
    sentence:
      'open-webui: WEBUI_AUTH_TRUSTED_ROLE_HEADER stands in a Secret, where nobody can check it: leave it out and write trustedHeaders',
  },
  {
    rule: 'oauth-header-injected',
    when: "groups and roles behind OpenShift's proxy",
    declare: inFrontOf(openshift(), { trustedHeaders: Object.values(TrustedHeader) }),
    surroundings: { platform: Platform.openshift() },
    sentence: `open-webui: WEBUI_AUTH_TRUSTED_GROUPS_HEADER trusts X-Forwarded-Groups, which the proxy does not set, ${FORGEABLE}: trust one of X-Forwarded-User, X-Forwarded-Email, or leave TrustedHeader.GROUPS out; open-webui: WEBUI_AUTH_TRUSTED_ROLE_HEADER trusts X-Forwarded-Role, which the proxy does not set, ${FORGEABLE}: trust one of X-Forwarded-User, X-Forwarded-Email, or leave TrustedHeader.ROLE out`,
  },
  {
    rule: 'oauth-email-trusted',
    when: 'a sign-in whose e-mail nobody reads',
    declare: inFrontOf(oidc(), { trustedHeaders: [TrustedHeader.NAME] }),
    sentence:
      'open-webui: without the e-mail header Open WebUI knows nobody that the proxy signs in: add TrustedHeader.EMAIL to trustedHeaders',
  },
  {
    rule: 'oauth-groups-sent',
    when: 'groups of Google',
    declare: inFrontOf(google(), { trustedHeaders: [TrustedHeader.EMAIL, TrustedHeader.GROUPS] }),
    sentence:
      'open-webui: https://accounts.google.com sends no groups, so everybody would leave every group of Open WebUI: leave TrustedHeader.GROUPS out of trustedHeaders',
  },
  {
    rule: 'oauth-password-auth',
    when: 'password sign-in switched off',
    declare: inFrontOf(oidc(), { release: { extraEnv: { ENABLE_PASSWORD_AUTH: 'False' } } }),
    sentence:
      'open-webui: ENABLE_PASSWORD_AUTH=false shuts out the people that the proxy signs in too: leave it out of extraEnv',
  },
  {
    rule: 'oauth-anybody',
    when: 'no domain and no group',
    declare: inFrontOf(OAuthProvider.oidc({ issuerUrl: 'https://accounts.google.com' })),
    sentence:
      'open-webui: whoever has an account at https://accounts.google.com could sign in: write emailDomains in the provider, for example company.com, or allowedGroups',
  },
  {
    rule: 'oauth-email-domain',
    when: 'an address for a domain',
    declare: inFrontOf(oidc({ emailDomains: ['company.com', '*@company.com'] })),
    sentence:
      'open-webui: "*@company.com" is not an e-mail domain: write company.com, .company.com for everything below it, or *',
  },
  {
    rule: 'oauth-nobody',
    when: 'an empty list of domains',
    declare: inFrontOf(oidc({ emailDomains: [] })),
    sentence: 'open-webui: emailDomains is empty, so nobody could sign in: name a domain, or leave it out',
  },
  {
    rule: 'oauth-issuer-https',
    when: 'an issuer without TLS',
    declare: inFrontOf(oidc({ issuerUrl: 'http://sso.company.com' })),
    sentence:
      'open-webui: the issuer "http://sso.company.com" is not an https URL: over http anybody on the way could sign in as anybody; write it as in the provider\'s discovery document',
  },
  {
    rule: 'oauth-issuer-https',
    when: 'an issuer that is no address',
    declare: inFrontOf(oidc({ issuerUrl: 'sso.company.com' })),
    sentence:
      'open-webui: the issuer "sso.company.com" is not an https URL: over http anybody on the way could sign in as anybody; write it as in the provider\'s discovery document',
  },
  {
    rule: 'oauth-sign-out-url',
    when: 'a path to sign out',
    declare: inFrontOf(oidc({ signOutUrl: '/logout' })),
    sentence: 'open-webui: signOutUrl "/logout" is not an https URL: write the provider\'s end_session_endpoint',
  },
  {
    rule: 'oauth-entra-tenant',
    when: 'every tenant of the world',
    declare: inFrontOf(entra({ tenantId: 'common' }), { redis: true }),
    sentence:
      'open-webui: the tenant "common" is not a GUID: write the directory (tenant) id; names and "common" never match the issuer in Entra\'s tokens',
  },
  {
    rule: 'oauth-entra-session-store',
    when: 'tokens of Entra in cookies',
    declare: inFrontOf(entra()),
    sentence: "open-webui: Entra's tokens are too large for cookies: pass a Redis as sessionStore",
  },
  {
    rule: 'oauth-workload-identity-client',
    when: 'workload identity of an unknown application',
    declare: inFrontOf(entra({ workloadIdentity: true }), { redis: true }),
    sentence:
      'open-webui: workload identity needs no Secret of the application, but its id: write clientId in the provider',
  },
  {
    rule: 'oauth-openshift-platform',
    when: "OpenShift's proxy elsewhere",
    declare: inFrontOf(openshift(), { release: { edge: { host: EDGE.host, kind: EdgeKind.ROUTE } } }),
    sentence:
      'open-webui: OAuthProvider.openshift needs OpenShift, the platform is kubernetes: use OAuthProvider.oidc or OAuthProvider.entraId',
  },
  {
    rule: 'oauth-openshift-names',
    when: 'an owner with the address of the company',
    declare: inFrontOf(openshift(), { release: { adminEmail: 'ada@company.com' } }),
    surroundings: { platform: Platform.openshift() },
    sentence:
      "open-webui: OpenShift's proxy calls everybody <user name>@cluster.local, so nobody would be ada@company.com: write ownerEmail and adminEmail in that form",
  },
  {
    rule: 'oauth-google-returns',
    when: 'Google and a host that only the office knows',
    declare: inFrontOf(google(), { release: { edge: { ...EDGE, host: 'chat.company.internal' } } }),
    sentence:
      'open-webui: Google sends nobody back to https://chat.company.internal: give the edge https and a public host name, or take another provider',
  },
  {
    rule: 'oauth-openshift-issuer',
    when: "OpenShift's OAuth server for an OpenID Connect issuer",
    declare: inFrontOf(oidc({ issuerUrl: 'https://oauth-openshift.apps.cluster.example.com' })),
    surroundings: { platform: Platform.openshift() },
    sentence:
      "open-webui: https://oauth-openshift.apps.cluster.example.com is OpenShift's OAuth server, which is no OpenID Connect issuer: use OAuthProvider.openshift",
  },
  {
    rule: 'oauth-openshift-route',
    when: "OpenShift's proxy behind an Ingress",
    declare: inFrontOf(openshift(), { release: { edge: { host: 'chat.company.com', kind: EdgeKind.INGRESS } } }),
    surroundings: { platform: Platform.openshift() },
    sentence:
      "open-webui: OpenShift's proxy speaks TLS and comes back to a Route, the edge is Ingress: leave kind out of the edge",
  },
  {
    rule: 'oauth-openshift-options',
    when: "what OpenShift's proxy cannot do",
    declare: inFrontOf(openshift(), { cookieRefresh: Duration.minutes(5) }),
    surroundings: { platform: Platform.openshift() },
    sentence:
      "open-webui: OpenShift's proxy neither renews tokens nor reads the client's address: leave cookieRefresh and trustedProxyCidrs out, and make cookieExpire shorter instead",
  },
  {
    rule: 'oauth2-proxy-version',
    when: 'a version with authentication bypasses',
    declare: inFrontOf(oidc(), { image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.1-alpine' }),
    sentence:
      'open-webui: quay.io/oauth2-proxy/oauth2-proxy:v7.15.1-alpine lets people in without a sign-in (GHSA-5hvv-m4w4-gf6v, GHSA-7x63-xv5r-3p2x): use v7.15.2 or newer',
  },
  {
    rule: 'oauth-upstream-timeout',
    when: 'a proxy less patient than the edge',
    declare: inFrontOf(oidc(), { upstreamTimeoutSeconds: 30 }),
    sentence:
      "open-webui: the proxy would give up an answer after 30 s for which the edge waits 3600 s: leave upstreamTimeoutSeconds out, or lower the edge's timeoutSeconds too",
  },
  {
    rule: 'oauth-cookie-refresh',
    when: 'renewal after the end',
    declare: inFrontOf(oidc(), { cookieExpire: Duration.hours(1), cookieRefresh: Duration.hours(1) }),
    sentence:
      'open-webui: sessions of 3600 s whose tokens are renewed every 3600 s: write a cookieRefresh below cookieExpire, and a cookieExpire of at least a minute',
  },
  {
    rule: 'oauth-trusted-proxies',
    when: 'every client believed',
    declare: inFrontOf(oidc(), { trustedProxyCidrs: ['10.244.0.0/16', '0.0.0.0/0'] }),
    sentence:
      'open-webui: trustedProxyCidrs has "0.0.0.0/0": write the address range of the edge\'s pods, for example 10.244.0.0/16; everybody else could make up where they come from',
  },
  {
    rule: 'oauth-no-dollar',
    when: 'a group that looks like a variable',
    declare: inFrontOf(oidc({ allowedGroups: ['DOMAIN$admins'] })),
    sentence:
      'open-webui: oauth2-proxy would take "DOMAIN$admins" for a variable of its environment: write the provider\'s values without a $',
  },
];

describeRules('constructs/oauth/sidecar-rules.ts', BROKEN);

test('unknown options of a provider are refused, whatever the compiler was told', () => {
  const misspelt = { issuerUrl: 'https://sso.company.com', emailDomain: 'company.com' };
  expect(() => render(inFrontOf(OAuthProvider.oidc(misspelt as OidcProviderOptions)))).toThrow('emailDomain');
});

test('an image that can change under its name is refused in production', () => {
  const { problems } = render(inFrontOf(oidc(), { image: 'quay.io/oauth2-proxy/oauth2-proxy:latest' }));
  expect(problems.join()).toContain('quay.io/oauth2-proxy/oauth2-proxy:latest can change under its name');
});

test.each(['v7.15.2', 'v7.16.0', 'v8.0.0', 'v7.15.3@sha256:0123'])('oauth2-proxy %s is let through', (version) => {
  const { problems } = render(inFrontOf(oidc(), { image: `quay.io/oauth2-proxy/oauth2-proxy:${version}` }));
  expect(problems).toEqual([]);
});

test.each(['v6.1.1', 'v7.9.9', 'v7.15.0'])('oauth2-proxy %s is refused', (version) => {
  const { problems } = render(inFrontOf(oidc(), { image: `quay.io/oauth2-proxy/oauth2-proxy:${version}` }));
  expect(problems.join()).toContain('GHSA-5hvv-m4w4-gf6v');
});
