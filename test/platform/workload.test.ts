import { Chart, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Platform } from '../../constructs/platform/platform';
import { SecretForm } from '../../constructs/platform/secret-form';
import { Secrets } from '../../constructs/platform/secrets';
import { type WorkloadProps, workloadsOf } from '../../constructs/platform/workload';
import { describeRules } from '../broken-rules';
import { environmentOf, render } from '../render';
import { Program, RESOURCES, Task } from './program';

const program = (props: WorkloadProps = {}, platform = Platform.kubernetes()) =>
  render((scope) => new Program(scope, 'program', props), { platform });
const podOf = (props: WorkloadProps = {}, platform = Platform.kubernetes()) =>
  program(props, platform).find('Deployment').spec.template;

describe('a pod, whatever the program', () => {
  const { spec } = podOf();

  test('has no token of the cluster: no program here asks the API server', () => {
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(program().find('ServiceAccount').automountServiceAccountToken).toBe(false);
    expect(spec.serviceAccountName).toBe('program');
  });

  test('has no variables from the names of Services: a Service `redis` would set REDIS_PORT to a URL', () => {
    expect(spec.enableServiceLinks).toBe(false);
  });

  test('passes the Pod Security level `restricted`', () => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    });
  });

  test('has a fixed user of no node, whose group owns the volumes', () => {
    expect(spec.securityContext).toMatchObject({ runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 });
  });

  test("has no fixed user on OpenShift: restricted-v2 refuses ids outside the namespace's range", () => {
    const { securityContext } = podOf({}, Platform.openshift()).spec;
    for (const field of ['runAsUser', 'runAsGroup', 'fsGroup', 'fsGroupChangePolicy']) {
      expect(securityContext).not.toHaveProperty(field);
    }
    expect(securityContext.runAsNonRoot).toBe(true);
  });

  test('is closed in both directions until a link is declared', () => {
    expect(program().find('NetworkPolicy', 'program').spec).toEqual({
      podSelector: { matchLabels: program().construct.selector },
      policyTypes: ['Ingress', 'Egress'],
    });
  });
});

describe('hardening', () => {
  const container = { name: 'extra', image: 'registry.example/extra:1', resources: { limits: {} } };

  test.each([
    ['a sidecar', { extraSidecars: [container] }],
    ['an init container', { extraInitContainers: [container] }],
  ])('covers %s that was written by hand', (_what, props) => {
    expect(podOf(props).spec.initContainers[0]).toMatchObject({
      imagePullPolicy: 'Always',
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    });
  });

  test('gives way to what a container says itself, field by field', () => {
    const sidecar = { ...container, imagePullPolicy: 'Never', securityContext: { readOnlyRootFilesystem: false } };
    const pod = podOf({
      extraSidecars: [sidecar],
      securityContext: { runAsUser: 20000 },
      podSecurityContext: { fsGroup: 30000 },
    }).spec;
    expect(pod.initContainers[0]).toMatchObject({
      imagePullPolicy: 'Never',
      securityContext: { readOnlyRootFilesystem: false, allowPrivilegeEscalation: false },
    });
    expect(pod.containers[0].securityContext).toMatchObject({ runAsUser: 20000, readOnlyRootFilesystem: true });
    expect(pod.securityContext).toMatchObject({ fsGroup: 30000, runAsUser: 10001 });
  });

  test('makes sidecars native, so that they outlive the main container and a job still ends', () => {
    expect(podOf({ extraSidecars: [container] }).spec.initContainers[0].restartPolicy).toBe('Always');
    expect(podOf({ extraInitContainers: [container] }).spec.initContainers[0]).not.toHaveProperty('restartPolicy');
  });
});

describe('variables written by hand', () => {
  test('come after those of the construct, and Secrets are named, never read', () => {
    const rendered = render((scope) => {
      const key = Secrets.of(scope).secret('shared').key('TOKEN', SecretForm.token(), 'a test');
      const made = new Program(scope, 'program', { extraEnv: { B: '2' }, extraSecretEnv: { TOKEN: key } });
      made._pod.env.set('A', '1');
    });
    expect(rendered.find('Deployment').spec.template.spec.containers[0].env).toEqual([
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'shared', key: 'TOKEN' } } },
    ]);
  });

  test('replace a default of the construct in its place', () => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program', { extraEnv: { LOG: 'debug' } });
      made._pod.env.setDefaults({ LOG: 'info' });
      made._pod.env.set('AFTER', '$(LOG)');
    });
    expect(rendered.problems).toEqual([]);
    expect(environmentOf(rendered.find('Deployment').spec.template.spec.containers[0])).toEqual({
      LOG: 'debug',
      AFTER: '$(LOG)',
    });
  });
});

describe('links', () => {
  test('are said once: repeating one changes nothing', () => {
    const declare = (times: number) =>
      render((scope) => {
        const [from, to] = [new Program(scope, 'from'), new Program(scope, 'to')];
        for (let i = 0; i < times; i++) {
          from.connectTo(to, 'http', 'asks');
          from.connectToHost({ host: 'api.company.com' }, 'asks');
          from.connectToPeer({ podLabels: { app: 'peer' } }, 'Peer', 9000, 'asks');
          to.allowFrom({ podLabels: { app: 'peer' } }, 'Peer', 'http', 'asks');
        }
      }).manifests;
    expect(declare(2)).toEqual(declare(1));
  });

  test('to a port that does not exist are refused with the names of those that do', () => {
    const { problems } = render((scope) => {
      new Program(scope, 'from').connectTo(new Program(scope, 'to'), 'grpc', 'asks');
    });
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toContain('to has no port "grpc": it has http');
  });

  test('to one host whose addresses are known in one place and not in another keep what is narrower', () => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program', { extraEgress: [{ host: 'db.company.com', port: 5432 }] });
      made.connectToHost({ host: 'db.company.com', port: 5432, cidrs: ['203.0.113.0/24'] }, 'data');
    });
    const { egress } = rendered.find('NetworkPolicy', 'program').spec;
    expect(JSON.stringify(egress)).toContain('203.0.113.0/24');
    expect(JSON.stringify(egress)).not.toContain('0.0.0.0/0');
  });
});

test("a ServiceAccount of others is used as it is, and not annotated behind its owner's back", () => {
  const rendered = program({ serviceAccountName: 'theirs' });
  expect(rendered.ofKind('ServiceAccount')).toEqual([]);
  expect(rendered.find('Deployment').spec.template.spec.serviceAccountName).toBe('theirs');
  expect(() => rendered.construct._annotateServiceAccount('key', 'value')).toThrow(
    'program: the ServiceAccount needs the annotation key: leave serviceAccountName out, so that it is rendered here',
  );
});

test('a volume that the construct has already is refused with the name of the program', () => {
  expect(() =>
    render((scope) => {
      const made = new Program(scope, 'program', { extraVolumes: [{ name: 'tmp', emptyDir: {} }] });
      made.addScratch('tmp', { path: '/tmp', sizeLimit: '1Mi' });
    }),
  ).toThrow(/program.*volume tmp is declared twice/);
});

test('workloads are found wherever they stand below a scope, jobs too', () => {
  const { app } = render((scope) => {
    new Program(scope, 'a');
    new Task(new Chart(scope, 'inner'), 'b');
  });
  expect(workloadsOf(app).map(({ name }) => name)).toEqual(['a', 'b']);
});

const only = (cpu: object, memory: object) => ({ ...RESOURCES, cpu, memory });
const INCOMPLETE =
  "program: resources lacks a request or a limit of cpu or memory: write all four, the namespace's quota counts them";

describeRules('constructs/platform/workload.ts', [
  ...['latest', 'main', 'dev'].map((tag) => ({
    rule: 'image-pinned',
    when: `the tag ${tag} in production`,
    declare: (scope: Construct) => new Program(scope, 'program', { image: `registry.example:5000/program:${tag}` }),
    sentence: `program: the image registry.example:5000/program:${tag} can change under its name: write a version tag or a digest`,
  })),
  {
    rule: 'image-pinned',
    when: 'a registry with a port and no tag',
    declare: (scope) => new Program(scope, 'program', { image: 'registry.example:5000/program' }),
    sentence:
      'program: the image registry.example:5000/program can change under its name: write a version tag or a digest',
  },
  {
    rule: 'image-pinned',
    when: 'a sidecar written by hand',
    declare: (scope) =>
      new Program(scope, 'program', { extraSidecars: [{ name: 'agent', image: 'registry.example/agent:latest' }] }),
    sentence:
      'program: the image registry.example/agent:latest can change under its name: write a version tag or a digest',
  },
  ...(
    [
      ['no cpu request', only({ limit: Cpu.units(1) }, RESOURCES.memory ?? {})],
      ['no cpu limit', only({ request: Cpu.units(1) }, RESOURCES.memory ?? {})],
      ['no memory request', only(RESOURCES.cpu ?? {}, { limit: Size.gibibytes(1) })],
      ['no memory limit', only(RESOURCES.cpu ?? {}, { request: Size.gibibytes(1) })],
      ['nothing', {}],
    ] as const
  ).map(([when, resources]) => ({
    rule: 'requests-and-limits',
    when,
    declare: (scope: Construct) => new Program(scope, 'program', { resources }),
    sentence: INCOMPLETE,
  })),
  {
    rule: 'extra-environment-set-once',
    when: 'one name has a value and a Secret: the value would silently lose',
    declare: (scope) => {
      const key = Secrets.of(scope).secret('shared').key('TOKEN', SecretForm.token(), 'a test');
      return new Program(scope, 'program', { extraEnv: { TOKEN: 'x' }, extraSecretEnv: { TOKEN: key } });
    },
    sentence: 'program: TOKEN stands in extraEnv and in extraSecretEnv: write it in one of them',
  },
  {
    rule: 'selector-labels-kept',
    when: 'a job takes the labels of another program',
    declare: (scope) => new Task(scope, 'task', { podLabels: { 'app.kubernetes.io/name': 'program' } }),
    sentence:
      'task: podLabels changes app.kubernetes.io/name, by which Services and policies know the pods: leave it out',
  },
  ...(
    [
      [{ host: 'https://db.company.com' }, '"https://db.company.com" is not a host: write its name or address without'],
      [{ host: 'DB.company.com' }, '"DB.company.com" is not a host: write its name or address without'],
    ] as const
  ).map(([host, start]) => ({
    rule: 'egress-host',
    when: host.host,
    declare: (scope: Construct) => new Program(scope, 'program', { extraEgress: [host] }),
    sentence: `program: ${start} scheme, port and path, in lower case, for example api.company.com`,
  })),
  ...[0, 99_999, 1.5].map((port) => ({
    rule: 'egress-host',
    when: `port ${port}`,
    declare: (scope: Construct) => new Program(scope, 'program', { extraEgress: [{ host: 'db.company.com', port }] }),
    sentence: `program: db.company.com has no port ${port}: write a whole number from 1 to 65535`,
  })),
  {
    rule: 'egress-host',
    when: 'an address that is no range',
    declare: (scope) => new Program(scope, 'program', { extraEgress: [{ host: 'db', cidrs: ['10.0.0.1'] }] }),
    sentence: 'program: "10.0.0.1" is no address range of db: write it like 10.0.0.0/8',
  },
  {
    rule: 'egress-host',
    when: 'a Service of which no policy knows the pods',
    declare: (scope) => new Program(scope, 'program', { extraEgress: [{ host: 'pg-rw', port: 5432 }] }),
    sentence:
      'program: pg-rw is a Service without its namespace, which policies cannot find: link the program if this library renders it, otherwise write the full name, as in pg-rw.<namespace>.svc.cluster.local, or the addresses in cidrs',
  },
  {
    rule: 'egress-host',
    when: 'the API server, which is no pod',
    declare: (scope) => new Program(scope, 'program', { extraEgress: [{ host: 'kubernetes.default.svc' }] }),
    sentence:
      'program: kubernetes.default.svc is the API server, which is no pod: write its addresses in cidrs, as "kubectl get endpointslices kubernetes" shows them',
  },
  {
    rule: 'links-within-namespace',
    when: 'a program that teams share',
    declare: (scope) => {
      const shared = new Chart(scope, 'shared', { namespace: 'shared', disableResourceNameHashes: true });
      new Program(scope, 'program').connectTo(new Program(shared, 'gateway'), 'http', 'models');
    },
    sentence:
      "program: gateway stands in the namespace shared, and a link holds within one: open the way with useShared of the team's TenantNamespace, and give the full address and a key of the team's own",
  },
  {
    rule: 'environment-set-once',
    when: 'extraEnv sets what the construct is sure of',
    declare: (scope) =>
      new Program(scope, 'program', { extraEnv: { PORT: '1', OTHER: '2' } })._pod.env.set('PORT', '8000'),
    sentence: 'program: extraEnv sets PORT, which the construct sets itself: use the prop that stands for it',
  },
]);

test("a digest, or a floating tag on a developer's machine, is nobody's problem", () => {
  const digest = `registry.example/program@sha256:${'a'.repeat(64)}`;
  expect(program({ image: digest }).problems).toEqual([]);
  expect(program({ image: 'registry.example/program:latest' }, Platform.kind()).problems).toEqual([]);
});

test('everything that can be said about a pod', () => {
  const props: WorkloadProps = {
    name: 'other-name',
    imagePullPolicy: 'IfNotPresent',
    imagePullSecrets: ['registry'],
    extraEnvFrom: [{ configMapRef: { name: 'settings' } }],
    extraVolumes: [{ name: 'certificates', configMap: { name: 'certificates' } }],
    extraVolumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }],
    podAnnotations: { note: 'x' },
    podLabels: { team: 'y' },
    nodeSelector: { pool: 'z' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    priorityClassName: 'high',
    runtimeClassName: 'gvisor',
    hostAliases: [{ ip: '203.0.113.1', hostnames: ['legacy'] }],
    serviceAccountAnnotations: { 'azure.workload.identity/client-id': 'id' },
    resources: { ...RESOURCES, cpu: { request: Cpu.millis(1500), limit: Cpu.units(2) } },
    extraInitContainers: [
      {
        name: 'first',
        image: 'registry.example/first:1',
        resources: { limits: { cpu: k8s.Quantity.fromString('1') } },
      },
    ],
  };
  const rendered = program(props);
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

test.each(['db.company.com', '10.0.0.1', '2001:db8::1', '[2001:db8::1]', 'pg-rw.databases.svc'])(
  'the host %s may be reached',
  (host) => {
    expect(program({ extraEgress: [{ host }] }).problems).toEqual([]);
  },
);

test('a name that Kubernetes does not take is refused once, in the words of its prop', () => {
  expect(() => render((scope) => new Task(scope, 'task', { name: 'My_Task' }))).toThrow(
    new Error(
      '[test/chart/task] name: "My_Task" must be a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
    ),
  );
});
