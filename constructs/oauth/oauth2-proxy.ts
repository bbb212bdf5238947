import { ApiObject, type Duration } from 'cdk8s';
import { type ContainerResources, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { OpenWebUiRelease } from '../open-webui-release';
import { READ_ONLY_FILES } from '../platform/pod-template';
import { resourceRequirements } from '../platform/quantity';
import { SecretForm } from '../platform/secret-form';
import type { WorkspaceSecret } from '../platform/secrets';
import type { IRedis } from '../redis';
import { type AuthProxy, PRE_STOP } from './auth-proxy';
import type { Issuer } from './issuer';
import {
  CA_PATH,
  CLIENT_ID_VARIABLE,
  CONFIGURATION_PATH,
  HEADER_NAMES,
  METRICS_PORT,
  OAuth2ProxyConfiguration,
  PROXY_PORT,
  SECRETS_PATH,
} from './oauth2-proxy-configuration';
import { TrustedHeader } from './trusted-headers';

/** What one oauth2-proxy depends on. */
export interface OAuth2ProxyOptions {
  readonly release: OpenWebUiRelease;
  readonly issuer: Issuer;
  readonly image: string;
  readonly resources: ContainerResources;
  /** Unit: seconds. */
  readonly upstreamTimeoutSeconds: number;
  readonly cookieExpire: Duration;
  readonly cookieRefresh?: Duration;
  readonly sessionStore?: IRedis;
  readonly trustedProxyCidrs: readonly string[];
}

/** The version of which the configuration's form, flags and behaviour were tested. */
export const OAUTH2_PROXY_IMAGE = 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.3';

const FEDERATED_TOKEN_PATH = '/var/run/secrets/entra';

/**
 * oauth2-proxy with its two configuration files and its Secret's keys. Source: oauth2-proxy, version 7.15.3,
 * "Configuration" and "Alpha Configuration".
 */
export class OAuth2Proxy implements AuthProxy {
  public readonly container: k8s.Container;
  public readonly port = PROXY_PORT;
  public readonly metricsPort = METRICS_PORT;
  public readonly signOutUrl: string;
  public readonly headerNames = HEADER_NAMES;
  public readonly trustedByDefault: readonly TrustedHeader[];
  public readonly injectedHeaders: readonly string[];

  constructor(
    scope: Construct,
    private readonly options: OAuth2ProxyOptions,
    secret: WorkspaceSecret,
  ) {
    const { release, issuer } = options;
    const configuration = new OAuth2ProxyConfiguration({
      ...options,
      publicUrl: release.edge?.url ?? '',
      severalHosts: (release.edge?.hosts.length ?? 0) > 1,
      upstreamPort: release.podPort('http'),
    });
    this.injectedHeaders = configuration.injectedHeaders;
    this.trustedByDefault = [
      TrustedHeader.EMAIL,
      TrustedHeader.NAME,
      ...(issuer.sendsGroups ? [TrustedHeader.GROUPS] : []),
      ...(issuer.roleClaim ? [TrustedHeader.ROLE] : []),
    ];
    this.signOutUrl = `/oauth2/sign_out${issuer.signOutUrl ? `?rd=${encodeURIComponent(issuer.signOutUrl)}` : ''}`;
    const mounts = [
      this.addConfiguration(scope, configuration),
      this.addSecretFiles(secret),
      ...this.addAuthority(),
      ...this.addFederatedToken(),
    ];
    this.container = {
      name: 'oauth-proxy',
      image: options.image,
      args: [
        `--config=${CONFIGURATION_PATH}/oauth2-proxy.cfg`,
        `--alpha-config=${CONFIGURATION_PATH}/alpha-config.yaml`,
      ],
      env: this.environment(secret),
      ports: [
        { name: 'proxy', containerPort: PROXY_PORT, protocol: 'TCP' },
        { name: 'proxy-metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
      ],
      resources: resourceRequirements(options.resources),
      // /ready asks the session store too, /ping only the proxy.
      readinessProbe: { httpGet: { path: '/ready', port: at(PROXY_PORT) }, periodSeconds: 5, timeoutSeconds: 3 },
      livenessProbe: {
        httpGet: { path: '/ping', port: at(PROXY_PORT) },
        periodSeconds: 10,
        timeoutSeconds: 3,
        failureThreshold: 6,
      },
      lifecycle: PRE_STOP,
      volumeMounts: mounts,
    };
  }

  private environment(secret: WorkspaceSecret): k8s.EnvVar[] {
    const { issuer, sessionStore } = this.options;
    const variables: k8s.EnvVar[] = [];
    if (!issuer.clientId) {
      const form = SecretForm.issuedBy('the identity provider');
      variables.push(secret.key('client-id', form, 'names the OAuth client').toEnvVar(CLIENT_ID_VARIABLE));
    }
    if (sessionStore) {
      variables.push(sessionStore.password.toEnvVar('OAUTH2_PROXY_REDIS_PASSWORD'));
    }
    if (issuer.federated) {
      variables.push({ name: 'AZURE_FEDERATED_TOKEN_FILE', value: `${FEDERATED_TOKEN_PATH}/token` });
    }
    return variables;
  }

  private addConfiguration(scope: Construct, configuration: OAuth2ProxyConfiguration): k8s.VolumeMount {
    const { release } = this.options;
    const name = `${release.name}-oauth-proxy`;
    const files = { 'oauth2-proxy.cfg': configuration.core, 'alpha-config.yaml': configuration.alphaYaml };
    new ApiObject(
      scope,
      'Configuration',
      k8s.KubeConfigMap.manifest({ metadata: { name, labels: release.labels }, data: files }),
    );
    release._pod.restartOnChangeOf(() => JSON.stringify(files));
    release.addVolume({ name: 'oauth-proxy', configMap: { name } });
    return { name: 'oauth-proxy', mountPath: CONFIGURATION_PATH, readOnly: true };
  }

  private addSecretFiles(secret: WorkspaceSecret): k8s.VolumeMount {
    const keys = [secret._ownKey('cookie-secret', SecretForm.cookieSecret(), 'encrypts the cookies of the sign-in')];
    if (!this.options.issuer.federated) {
      const form = SecretForm.issuedBy('the identity provider');
      keys.push(secret.key('client-secret', form, 'the OAuth client proves with it who it is'));
    }
    const items = keys.map(({ key }) => ({ key, path: key }));
    this.options.release.addVolume({
      name: 'oauth-secrets',
      secret: { secretName: secret.secretName, defaultMode: READ_ONLY_FILES, items },
    });
    return { name: 'oauth-secrets', mountPath: SECRETS_PATH, readOnly: true };
  }

  private addAuthority(): k8s.VolumeMount[] {
    const { issuer, release } = this.options;
    if (!issuer.caConfigMapName) {
      return [];
    }
    const items = [{ key: 'ca.crt', path: 'ca.crt' }];
    release.addVolume({ name: 'oauth-ca', configMap: { name: issuer.caConfigMapName, items } });
    return [{ name: 'oauth-ca', mountPath: CA_PATH, readOnly: true }];
  }

  // Not by the label of Azure's webhook: that would hand the token to the app's container too.
  private addFederatedToken(): k8s.VolumeMount[] {
    if (!this.options.issuer.federated) {
      return [];
    }
    const serviceAccountToken = { audience: 'api://AzureADTokenExchange', expirationSeconds: 3600, path: 'token' };
    this.options.release.addVolume({ name: 'oauth-token', projected: { sources: [{ serviceAccountToken }] } });
    return [{ name: 'oauth-token', mountPath: FEDERATED_TOKEN_PATH, readOnly: true }];
  }
}

function at(port: number): k8s.IntOrString {
  return k8s.IntOrString.fromNumber(port);
}
