import { ApiObject, Chart, type Duration } from 'cdk8s';
import { type ContainerResources, k8s } from 'cdk8s-plus-30';
import type { OpenWebUiRelease } from '../open-webui-release';
import { WorkspaceNamespace } from '../platform/namespace';
import { addNote } from '../platform/notes';
import { READ_ONLY_FILES } from '../platform/pod-template';
import { resourceRequirements } from '../platform/quantity';
import { SecretForm } from '../platform/secret-form';
import type { WorkspaceSecret } from '../platform/secrets';
import { type AuthProxy, loopbackUrl, PRE_STOP } from './auth-proxy';
import type { OpenShiftAccessReview, OpenShiftProviderOptions } from './oauth-provider';
import { type HeaderNames, TrustedHeader } from './trusted-headers';

/** What one proxy of OpenShift depends on. */
export interface OpenShiftOAuthProxyOptions {
  readonly release: OpenWebUiRelease;
  readonly cluster: OpenShiftProviderOptions;
  readonly image: string;
  readonly resources: ContainerResources;
  /** Unit: seconds. */
  readonly upstreamTimeoutSeconds: number;
  readonly cookieExpire: Duration;
}

/** The tag follows OpenShift's minor version; a production cluster pins the digest that its own release carries. */
export const OPENSHIFT_OAUTH_PROXY_IMAGE = 'registry.redhat.io/openshift4/ose-oauth-proxy-rhel9:v4.20';

const PORT = 8443;
const API_SERVER_PORT = 6443;
const SECRETS_PATH = '/etc/proxy/secrets';
const TLS_PATH = '/etc/tls/private';
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The proxy reads the token once, at its start. One of exactly this lifetime is valid for a year, any other ends
 * sign-ins when it expires. Unit: seconds. Source: OpenShift, "Configuring bound service account tokens".
 */
const TOKEN_SECONDS = 3607;

const HEADER_NAMES: HeaderNames = {
  [TrustedHeader.EMAIL]: 'X-Forwarded-Email',
  [TrustedHeader.NAME]: 'X-Forwarded-User',
  [TrustedHeader.GROUPS]: 'X-Forwarded-Groups',
  [TrustedHeader.ROLE]: 'X-Forwarded-Role',
};

/** The headers that a flag makes the proxy set. Source: openshift/oauth-proxy, oauthproxy.go, `Authenticate`. */
const HEADERS_BY_FLAG: { readonly [flag: string]: readonly string[] } = {
  '--pass-user-headers=true': ['X-Forwarded-User', 'X-Forwarded-Email'],
};

/**
 * OpenShift's own proxy (openshift/oauth-proxy): the release's ServiceAccount is the OAuth client, the cluster says who
 * may come in. Source: its main.go, options.go and oauthproxy.go, 2026-06-26.
 */
export class OpenShiftOAuthProxy implements AuthProxy {
  public readonly container: k8s.Container;
  public readonly port = PORT;
  public readonly signOutUrl = '/oauth/sign_out';
  public readonly headerNames = HEADER_NAMES;
  public readonly trustedByDefault = [TrustedHeader.EMAIL, TrustedHeader.NAME];
  public readonly injectedHeaders: readonly string[];

  constructor(
    private readonly options: OpenShiftOAuthProxyOptions,
    secret: WorkspaceSecret,
  ) {
    this.registerClient();
    this.declareLinks();
    const args = this.flags();
    this.injectedHeaders = args.flatMap((flag) => HEADERS_BY_FLAG[flag] ?? []);
    const health = { httpGet: { path: '/oauth/healthz', port: k8s.IntOrString.fromNumber(PORT), scheme: 'HTTPS' } };
    this.container = {
      name: 'oauth-proxy',
      image: options.image,
      args,
      ports: [{ name: 'proxy', containerPort: PORT, protocol: 'TCP' }],
      resources: resourceRequirements(options.resources),
      readinessProbe: { ...health, periodSeconds: 5, timeoutSeconds: 3 },
      livenessProbe: { ...health, periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 6 },
      lifecycle: PRE_STOP,
      volumeMounts: [this.addCookieSecret(secret), this.addCertificate(), this.addToken()],
    };
  }

  private flags(): string[] {
    const { release, upstreamTimeoutSeconds, cookieExpire } = this.options;
    return [
      '--provider=openshift',
      `--openshift-service-account=${release.name}`,
      `--openshift-sar=${JSON.stringify(this.accessReview())}`,
      // The cluster's review decides, not the e-mail, which OpenShift makes up.
      '--email-domain=*',
      `--https-address=:${PORT}`,
      '--http-address=',
      `--tls-cert=${TLS_PATH}/tls.crt`,
      `--tls-key=${TLS_PATH}/tls.key`,
      `--upstream=${loopbackUrl(release.podPort('http'))}`,
      `--upstream-timeout=${upstreamTimeoutSeconds}s`,
      `--cookie-secret-file=${SECRETS_PATH}/cookie-secret`,
      `--cookie-expire=${cookieExpire.toSeconds()}s`,
      '--cookie-samesite=lax',
      '--pass-user-headers=true',
      // Otherwise every Authorization header, Open WebUI's own too, is overwritten.
      '--pass-basic-auth=false',
      '--skip-provider-button=true',
    ];
  }

  private accessReview(): { [field: string]: string } {
    const { release, cluster } = this.options;
    const review: OpenShiftAccessReview = cluster.accessReview ?? {};
    const resource = review.resource ?? 'services';
    const resourceName = review.resourceName ?? (resource === 'services' ? release.serviceName : undefined);
    const namespace = review.namespace ?? Chart.of(release).namespace ?? WorkspaceNamespace.of(release)?.name;
    return {
      verb: review.verb ?? 'get',
      ...(review.resourceGroup ? { resourceAPIGroup: review.resourceGroup } : {}),
      resource,
      ...(resourceName ? { resourceName } : {}),
      ...(namespace ? { namespace } : {}),
    };
  }

  // OpenShift takes every ServiceAccount for an OAuth client; the annotation names the Routes it may come back to.
  private registerClient(): void {
    const { release } = this.options;
    release.edge?.hosts.forEach((_, index) => {
      const name = index === 0 ? release.name : `${release.name}-${index}`;
      release._annotateServiceAccount(
        `serviceaccounts.openshift.io/oauth-redirectreference.${index === 0 ? 'primary' : `host-${index}`}`,
        JSON.stringify({ kind: 'OAuthRedirectReference', apiVersion: 'v1', reference: { kind: 'Route', name } }),
      );
    });
    release._annotateService('service.beta.openshift.io/serving-cert-secret-name', this.tlsSecretName);
    if (release.edge) {
      release.edge._reencrypt = true;
    }
    const route = release.edge?.node.tryFindChild('Route');
    if (route instanceof ApiObject) {
      addNote(route, this.admission());
    }
  }

  // The right that is asked for and no other: `view` would show the whole namespace to every visitor.
  private admission(): string {
    const { verb, resource, resourceAPIGroup, resourceName, namespace } = this.accessReview();
    const kind = resourceAPIGroup ? `${resource}.${resourceAPIGroup}` : resource;
    const oc = namespace ? `oc -n ${namespace}` : 'oc';
    const only = resourceName ? ` --resource-name=${resourceName}` : '';
    return (
      `Whoever may ${verb} ${[kind, resourceName].join(' ').trim()} is let in. To let a group in, a person runs:\n` +
      `  ${oc} create role workspace-visitor --verb=${verb} --resource=${kind}${only}\n` +
      `  ${oc} create rolebinding workspace-visitors --role=workspace-visitor --group=<group>`
    );
  }

  private declareLinks(): void {
    const { release, cluster } = this.options;
    const { oauthHost: host, oauthHostCidrs: cidrs, apiServerCidrs } = cluster;
    release.connectToHost({ host, cidrs }, 'sign-in');
    // Traffic to the router's address ends at its pods before policies look at it.
    release.connectToPeer(release.edge?._peer ?? release.platform.edgePeer, 'Router', 443, 'sign-in');
    release.connectToHost({ host: 'kubernetes.default.svc', port: API_SERVER_PORT, cidrs: apiServerCidrs }, 'sign-in');
  }

  private get tlsSecretName(): string {
    return `${this.options.release.name}-oauth-proxy-tls`;
  }

  private addCookieSecret(secret: WorkspaceSecret): k8s.VolumeMount {
    const { key } = secret._ownKey('cookie-secret', SecretForm.cookieSecret(), 'signs the cookies of the sign-in');
    const items = [{ key, path: key }];
    this.options.release.addVolume({
      name: 'oauth-secrets',
      secret: { secretName: secret.secretName, defaultMode: READ_ONLY_FILES, items },
    });
    return { name: 'oauth-secrets', mountPath: SECRETS_PATH, readOnly: true };
  }

  private addCertificate(): k8s.VolumeMount {
    this.options.release.addVolume({
      name: 'oauth-tls',
      secret: { secretName: this.tlsSecretName, defaultMode: READ_ONLY_FILES },
    });
    return { name: 'oauth-tls', mountPath: TLS_PATH, readOnly: true };
  }

  // What a mounted ServiceAccount token would bring, for this container alone: the pod itself has none.
  private addToken(): k8s.VolumeMount {
    this.options.release.addVolume({
      name: 'oauth-token',
      projected: {
        sources: [
          { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardApi: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    });
    return { name: 'oauth-token', mountPath: TOKEN_PATH, readOnly: true };
  }
}
