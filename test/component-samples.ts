import { Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { ClaimProps } from '../constructs/platform/claim';
import type { ComponentProps } from '../constructs/platform/component';
import { SecretForm } from '../constructs/platform/secret-form';
import { SecretKey } from '../constructs/platform/secrets';
import type { WorkloadProps } from '../constructs/platform/workload';

const probe = (path: string): k8s.Probe => ({ httpGet: { path, port: k8s.IntOrString.fromNumber(1234) } });

/** Every prop of `WorkloadProps`, in two samples: a ServiceAccount is ours or somebody else's. */
export const WORKLOAD_SAMPLES: readonly WorkloadProps[] = [
  {
    name: 'other-name',
    image: 'registry.example/other:9.9.9',
    imagePullPolicy: 'Never',
    imagePullSecrets: ['registry'],
    resources: {
      cpu: { request: Cpu.millis(123), limit: Cpu.millis(456) },
      memory: { request: Size.mebibytes(700), limit: Size.mebibytes(800) },
      ephemeralStorage: { request: Size.mebibytes(12), limit: Size.mebibytes(34) },
    },
    extraEnv: { EXTRA: 'value' },
    extraSecretEnv: { EXTRA_SECRET: new SecretKey('extra', 'KEY', SecretForm.token(), 'a test') },
    extraEnvFrom: [{ configMapRef: { name: 'extra' } }],
    extraVolumes: [{ name: 'extra', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
    extraInitContainers: [{ name: 'extra-init', image: 'registry.example/init:1' }],
    extraSidecars: [{ name: 'extra-sidecar', image: 'registry.example/sidecar:1' }],
    podSecurityContext: { supplementalGroups: [4711] },
    securityContext: { runAsUser: 4711 },
    podAnnotations: { note: 'extra' },
    podLabels: { team: 'extra' },
    nodeSelector: { pool: 'extra' },
    tolerations: [{ key: 'extra', operator: 'Exists' }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    priorityClassName: 'extra',
    runtimeClassName: 'gvisor',
    hostAliases: [{ ip: '203.0.113.1', hostnames: ['legacy'] }],
    serviceAccountAnnotations: { 'azure.workload.identity/client-id': 'extra' },
    extraEgress: [{ host: 'extra.company.com', port: 8443, cidrs: ['203.0.113.0/24'] }],
  },
  { serviceAccountName: 'theirs' },
];

/** Every prop of `ComponentProps`: of the replicas there is a number or one of two autoscalers, of the budget one side. */
export const COMPONENT_SAMPLES: readonly ComponentProps[] = [
  {
    ...WORKLOAD_SAMPLES[0],
    replicas: 4,
    disruptionBudget: { minAvailable: 2 },
    revisionHistoryLimit: 3,
    startupProbe: probe('/own-startup'),
    readinessProbe: probe('/own-readiness'),
    livenessProbe: probe('/own-liveness'),
    preStopSeconds: 17,
    terminationGracePeriodSeconds: 99,
    topologySpreadConstraints: [{ topologyKey: 'rack', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }],
    serviceName: 'other-service',
    serviceType: 'LoadBalancer',
    serviceAnnotations: { note: 'extra' },
    serviceNodePort: 30_123,
    serviceLoadBalancerClass: 'internal',
  },
  {
    ...WORKLOAD_SAMPLES[1],
    autoscaling: {
      minReplicas: 2,
      maxReplicas: 6,
      cpuUtilization: 51,
      memoryUtilization: 52,
      behavior: { scaleUp: { stabilizationWindowSeconds: 7 } },
    },
    disruptionBudget: { maxUnavailable: 2 },
  },
  {
    autoscaling: {
      minReplicas: 2,
      maxReplicas: 6,
      cpuUtilization: 51,
      memoryUtilization: 52,
      behavior: { scaleUp: { stabilizationWindowSeconds: 7 } },
      requests: {
        prometheusUrl: 'http://prometheus.monitoring:9090',
        requestsPerSecond: 20,
        query: 'sum(rate(own_total[1m]))',
        authentication: 'prometheus',
      },
    },
  },
];

/** Every prop of `ClaimProps`: a claim is rendered, or somebody else's. */
export const CLAIM_SAMPLES: readonly ClaimProps[] = [
  {
    size: Size.gibibytes(7),
    shared: true,
    storageClass: 'fast',
    claimName: 'other-claim',
    subPath: 'folder',
    selector: { disk: 'fast' },
    annotations: { note: 'extra' },
  },
  { existingClaim: 'theirs' },
];
