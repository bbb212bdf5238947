/** One right object of every kind that the schema check knows, with most of the fields that this library renders. */

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests change any field of it
  [key: string]: any;
}

const labels = { 'app.kubernetes.io/name': 'open-webui', 'app.kubernetes.io/part-of': 'workspace' };
const metadata = { name: 'open-webui', namespace: 'open-webui', labels };
const clusterWide = { name: 'open-webui', labels };
const selector = { matchLabels: { 'app.kubernetes.io/name': 'open-webui' } };

const podSpec = {
  serviceAccountName: 'open-webui',
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 60,
  securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'ai', operator: 'Exists', effect: 'NoSchedule' }],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'topology.kubernetes.io/zone',
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: selector,
    },
  ],
  initContainers: [
    { name: 'migrate', image: 'ghcr.io/open-webui/open-webui:v0.6.0', command: ['python', '-m', 'migrate'] },
    {
      name: 'bridge',
      image: 'ghcr.io/company/bridge:1.0.0',
      restartPolicy: 'Always',
      ports: [{ containerPort: 9000 }],
      startupProbe: { tcpSocket: { port: 9000 } },
    },
  ],
  containers: [
    {
      name: 'open-webui',
      image: 'ghcr.io/open-webui/open-webui:v0.6.0',
      imagePullPolicy: 'IfNotPresent',
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      env: [
        { name: 'PORT', value: '8080' },
        { name: 'EMPTY', value: '' },
        { name: 'WEBUI_SECRET_KEY', valueFrom: { secretKeyRef: { name: 'open-webui', key: 'WEBUI_SECRET_KEY' } } },
        { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ],
      envFrom: [{ configMapRef: { name: 'open-webui', optional: true } }],
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: 2, memory: '2Gi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      },
      startupProbe: { httpGet: { path: '/health', port: 'http' }, failureThreshold: 60, periodSeconds: 5 },
      readinessProbe: { httpGet: { path: '/health', port: 8080 }, successThreshold: 2 },
      livenessProbe: { exec: { command: ['true'] } },
      lifecycle: { preStop: { sleep: { seconds: 10 } } },
      volumeMounts: [
        { name: 'data', mountPath: '/app/backend/data', subPath: 'webui' },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
  ],
  volumes: [
    { name: 'data', persistentVolumeClaim: { claimName: 'open-webui' } },
    { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
  ],
};

const template = { metadata: { labels, annotations: { 'checksum/config': 'abc' } }, spec: podSpec };
const jobTemplate = { metadata: { labels }, spec: { ...podSpec, restartPolicy: 'OnFailure' } };
const claimSpec = {
  accessModes: ['ReadWriteMany'],
  storageClassName: 'azurefile-csi',
  resources: { requests: { storage: '20Gi' } },
};

const core: KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'open-webui', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'tenants.json': '{}' }, binaryData: { logo: 'AAAA' } },
  { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { KEY: 'c2VjcmV0' }, stringData: { OTHER: 'x' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      selector: { 'app.kubernetes.io/name': 'open-webui' },
      ports: [
        { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
        { name: 'metrics', port: 9090, targetPort: 9090 },
      ],
    },
  },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claimSpec },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: clusterWide,
    spec: {
      accessModes: ['ReadWriteMany'],
      capacity: { storage: '20Gi' },
      persistentVolumeReclaimPolicy: 'Retain',
      nfs: { server: 'files.company.com', path: '/webui' },
    },
  },
  { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { 'requests.cpu': '20', pods: 50 } } },
  {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata,
    spec: {
      limits: [
        {
          type: 'Container',
          min: { cpu: '10m' },
          defaultRequest: { cpu: '100m' },
          default: { cpu: '1' },
          max: { cpu: 4 },
        },
      ],
    },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets: [{ addresses: [{ ip: '10.0.0.4' }], ports: [{ port: 5432 }] }],
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.4'], conditions: { ready: true } }],
    ports: [{ name: 'postgres', port: 5432 }],
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 3,
      selector,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: '25%' } },
      template,
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata,
    spec: {
      serviceName: 'open-webui',
      replicas: 1,
      selector,
      template: { ...template, spec: { ...podSpec, volumes: [podSpec.volumes[1]] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec }],
    },
  },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { replicas: 1, selector, template } },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: { backoffLimit: 4, ttlSecondsAfterFinished: 600, template: jobTemplate },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata,
    spec: {
      schedule: '15 3 * * *',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { template: jobTemplate } },
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'open-webui' },
      minReplicas: 3,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      ],
      behavior: {
        scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] },
      },
    },
  },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: { minAvailable: 2, selector } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ namespaceSelector: {}, podSelector: selector }], ports: [{ port: 8080, protocol: 'TCP' }] }],
      egress: [
        {
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }],
          ports: [{ port: 443, endPort: 444 }],
        },
      ],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata,
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['chat.company.com'], secretName: 'chat-tls' }],
      rules: [
        {
          host: 'chat.company.com',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'open-webui', port: { name: 'http' } } } },
            ],
          },
        },
      ],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: clusterWide,
    spec: { controller: 'k8s.io/ingress-nginx' },
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: clusterWide,
    value: 1000,
    globalDefault: false,
  },
  { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: clusterWide, handler: 'runsc' },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: clusterWide,
    provisioner: 'file.csi.azure.com',
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'WaitForFirstConsumer',
    parameters: { skuName: 'Premium_LRS' },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { ...metadata, name: 'system:open-webui' },
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: clusterWide,
    rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'open-webui' },
    subjects: [{ kind: 'ServiceAccount', name: 'open-webui', namespace: 'open-webui' }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: clusterWide,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'open-webui', namespace: 'open-webui' }],
  },
];

const APPLICATION = {
  project: 'workspaces',
  source: { repoURL: 'https://git.company.com/workspaces.git', targetRevision: 'main', path: 'dist/aks-production' },
  destination: { server: 'https://kubernetes.default.svc', namespace: 'open-webui' },
  syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['ServerSideApply=true'] },
};

const custom: KubernetesObject[] = [
  {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata,
    spec: {
      refreshInterval: '1h',
      secretStoreRef: { kind: 'SecretStore', name: 'key-vault' },
      target: { name: 'open-webui', creationPolicy: 'Owner' },
      data: [{ secretKey: 'WEBUI_SECRET_KEY', remoteRef: { key: 'webui-secret-key' } }],
    },
  },
  {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata,
    spec: {
      provider: {
        azurekv: {
          authType: 'WorkloadIdentity',
          vaultUrl: 'https://company.vault.azure.net',
          serviceAccountRef: { name: 'open-webui' },
        },
      },
    },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata,
    spec: {
      gatewayClassName: 'azure-alb',
      listeners: [
        {
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          hostname: 'chat.company.com',
          tls: { mode: 'Terminate', certificateRefs: [{ name: 'chat-tls' }] },
        },
      ],
    },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata,
    spec: {
      parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
      hostnames: ['chat.company.com'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [{ name: 'open-webui', port: 80 }],
          filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: ['X-Forwarded-User'] } }],
          timeouts: { request: '0s' },
        },
      ],
    },
  },
  {
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata,
    spec: {
      host: 'chat.company.com',
      to: { kind: 'Service', name: 'open-webui', weight: 100 },
      port: { targetPort: 'http' },
      tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' },
      wildcardPolicy: 'None',
    },
  },
  {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata,
    spec: {
      endpointSelector: { matchLabels: { 'app.kubernetes.io/name': 'open-webui' } },
      egress: [
        {
          toFQDNs: [{ matchName: 'api.anthropic.com' }, { matchPattern: '*.company.com' }],
          toPorts: [{ ports: [{ port: '443', protocol: 'TCP' }] }],
        },
      ],
    },
  },
  {
    apiVersion: 'k8s.ovn.org/v1',
    kind: 'EgressFirewall',
    metadata: { name: 'default', namespace: 'open-webui' },
    spec: {
      egress: [
        { type: 'Allow', to: { dnsName: 'api.anthropic.com' }, ports: [{ port: 443, protocol: 'TCP' }] },
        { type: 'Deny', to: { cidrSelector: '0.0.0.0/0' } },
      ],
    },
  },
  ...['monitoring.coreos.com/v1', 'azmonitoring.coreos.com/v1'].map((apiVersion) => ({
    apiVersion,
    kind: 'PodMonitor',
    metadata,
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': 'mcp-proxy' } },
      podMetricsEndpoints: [{ port: 'metrics', interval: '30s' }],
    },
  })),
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata,
    spec: {
      groups: [
        {
          name: 'states',
          rules: [
            { record: 'slo:bad_events:ratio_rate5m', expr: 'sum(rate(a_total[5m]))', labels: { slo: 'a' } },
            {
              alert: 'Down',
              expr: 'up == 0',
              for: '5m',
              labels: { severity: 'page' },
              annotations: { summary: 'Down.' },
            },
          ],
        },
      ],
    },
  },
  {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata,
    spec: {
      scaleTargetRef: { name: 'open-webui' },
      minReplicaCount: 2,
      maxReplicaCount: 10,
      triggers: [
        { type: 'prometheus', metadata: { serverAddress: 'http://prometheus:9090', query: 'up', threshold: '50' } },
      ],
    },
  },
  {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata,
    spec: { volumeSnapshotClassName: 'csi-azuredisk', source: { persistentVolumeClaimName: 'open-webui-data' } },
  },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata,
    spec: {
      sourceRepos: ['https://git.company.com/workspaces.git'],
      destinations: [{ server: 'https://kubernetes.default.svc', namespace: 'open-webui' }],
      clusterResourceWhitelist: [{ group: '', kind: 'Namespace' }],
    },
  },
  { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata, spec: APPLICATION },
  {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata,
    spec: {
      goTemplate: true,
      generators: [{ clusters: { selector: { matchLabels: { workspace: 'chat' } } } }],
      template: { metadata: { name: 'chat-{{.nameNormalized}}' }, spec: APPLICATION },
    },
  },
  {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: {
      interval: '10m',
      path: './dist/aks-production',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'workspaces' },
    },
  },
  {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    spec: { interval: '1m', url: 'https://git.company.com/workspaces.git', ref: { branch: 'main' } },
  },
  {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'SecurityPolicy',
    metadata,
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'mcp-proxy' }],
      jwt: {
        providers: [
          {
            name: 'entra',
            issuer: 'https://login.microsoftonline.com/tenant/v2.0',
            audiences: ['api://mcp'],
            remoteJWKS: { uri: 'https://login.microsoftonline.com/tenant/discovery/v2.0/keys' },
          },
        ],
      },
    },
  },
];

/** Both lists: whoever reads one must not change it. */
export const goodManifests: readonly KubernetesObject[] = [...core, ...custom];

/** A copy of the right object of a kind, free to be broken. */
export function goodManifest(kind: string): KubernetesObject {
  // Through JSON, not structuredClone, which would keep parts shared within the object.
  return JSON.parse(JSON.stringify(goodManifests.find((manifest) => manifest.kind === kind)));
}
