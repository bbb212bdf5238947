/**
 * Every key that the official chart `open-webui` reads, by the path in its values file; `**` stands for anything below.
 * Source: values.yaml of the chart 10.3.1 and its change log to 15.2.0; what 16.0.0 rendered was compared.
 */
export const CHART_KEYS: readonly string[] = [
  ...['nameOverride', 'fullnameOverride', 'namespaceOverride', 'clusterDomain', 'replicaCount'],
  ...['revisionHistoryLimit', 'priorityClassName', 'runtimeClassName', 'databaseUrl', 'workload.kind'],
  ...under('image', ['repository', 'tag', 'pullPolicy', 'useSlim']),
  ...['imagePullSecrets.**', 'command.**', 'args.**', 'strategy.**'],
  ...['extraLabels.**', 'annotations.**', 'podAnnotations.**', 'podLabels.**'],
  ...under('serviceAccount', ['enable', 'create', 'name', 'annotations.**', 'automountServiceAccountToken']),
  // Pasted into the container as they are: a key that no probe has ends up in the manifest all the same.
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
    under(probe, [
      ...['httpGet.**', 'exec.**', 'tcpSocket.**', 'grpc.**', 'initialDelaySeconds', 'periodSeconds'],
      ...['timeoutSeconds', 'failureThreshold', 'successThreshold', 'terminationGracePeriodSeconds'],
    ]),
  ),
  ...['resources.**', 'copyAppData.**'],
  ...under('managedCertificate', ['enabled', 'name', 'domains.**']),
  ...under('ingress', [
    ...['enabled', 'class', 'annotations.**', 'host', 'additionalHosts.**', 'tls', 'existingSecret', 'extraLabels.**'],
  ]),
  ...under('route', [
    ...['enabled', 'apiVersion', 'kind', 'annotations.**', 'hostnames.**', 'parentRefs.**', 'httpsRedirect'],
    ...['matches.**', 'filters.**', 'additionalRules.**', 'backendRef.**', 'redirect.**'],
  ]),
  ...under('persistence', [
    ...['enabled', 'size', 'existingClaim', 'subPath', 'accessModes.**', 'storageClass', 'selector.**'],
    ...['annotations.**', 'labels.**', 'provider'],
  ]),
  ...under('persistence.s3', [
    ...['accessKey', 'secretKey', 'accessKeyExistingSecret', 'accessKeyExistingAccessKey', 'secretKeyExistingSecret'],
    ...['secretKeyExistingSecretKey', 'endpointUrl', 'region', 'bucket', 'keyPrefix'],
  ]),
  ...under('persistence.gcs', [
    ...['appCredentialsJson', 'appCredentialsJsonExistingSecret', 'appCredentialsJsonExistingSecretKey', 'bucket'],
  ]),
  ...under('persistence.azure', ['endpointUrl', 'container', 'key', 'keyExistingSecret', 'keyExistingSecretKey']),
  ...['nodeSelector.**', 'tolerations.**', 'affinity.**', 'topologySpreadConstraints.**', 'hostAliases.**'],
  ...under('service', [
    ...['type', 'annotations.**', 'port', 'containerPort', 'nodePort', 'labels.**', 'loadBalancerClass', 'appProtocol'],
  ]),
  ...['enableOpenaiApi', 'openaiBaseApiUrl', 'openaiBaseApiUrls.**', 'openaiApiKey', 'openaiApiKeys.**'],
  ...['openaiApiKeyExistingSecret', 'openaiApiKeyExistingSecretKey'],
  ...['openaiApiKeysExistingSecret', 'openaiApiKeysExistingSecretKey'],
  ...['ollama.**', 'pipelines.**', 'tika.**', 'terminals.**', 'ollamaUrls.**', 'ollamaUrlsFromExtraEnv'],
  ...under('websocket', [
    ...['enabled', 'manager', 'url', 'existingSecret', 'existingSecretKey', 'nodeSelector.**', 'redis.**'],
  ]),
  ...['extraEnvVars.**', 'commonEnvVars.**', 'extraEnvFrom.**', 'extraInitContainers.**', 'extraResources.**'],
  ...['volumes.**', 'volumeMounts.**', 'podSecurityContext.**', 'containerSecurityContext.**', 'logging.**'],
  ...under('sso', ['enabled', 'enableSignup', 'mergeAccountsByEmail', 'enableRoleManagement', 'enableGroupManagement']),
  ...['google', 'microsoft', 'github', 'oidc', 'roleManagement', 'groupManagement'].map((part) => `sso.${part}.**`),
  ...under('sso.trustedHeader', ['enabled', 'emailHeader', 'nameHeader']),
];

function under(parent: string, keys: readonly string[]): string[] {
  return keys.map((key) => `${parent}.${key}`);
}

/** Whether the chart reads what stands at this path. */
export function chartReads(path: readonly string[]): boolean {
  const text = path.join('.');
  return CHART_KEYS.some((key) => {
    if (!key.endsWith('.**')) {
      return key === text;
    }
    const parent = key.slice(0, -'.**'.length);
    return text === parent || text.startsWith(`${parent}.`);
  });
}
