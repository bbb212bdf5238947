import type { Construct } from 'constructs';
import { ComponentKind, type ComponentProps, UpdateStrategy } from '../../constructs/platform/component';
import { Platform } from '../../constructs/platform/platform';
import { describeRules } from '../broken-rules';
import { render } from '../render';
import { Program } from './program';

const component = (props: ComponentProps = {}, platform = Platform.kubernetes()) =>
  render((scope) => new Program(scope, 'program', props), { platform });
const statefulSet = (props: ComponentProps = {}) =>
  render((scope) => new Program(scope, 'program', props, { kind: ComponentKind.STATEFUL_SET }));

test('as a Deployment with an autoscaler', () => {
  const rendered = component({ autoscaling: { minReplicas: 2, maxReplicas: 5 } });
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

test('as a StatefulSet', () => {
  const rendered = statefulSet({ replicas: 2 });
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

describe('replicas', () => {
  test('are one, unless somebody says so', () => {
    expect(component().find('Deployment').spec.replicas).toBe(1);
  });

  test('are left to the autoscaler where there is one: kubectl apply would undo its work', () => {
    const rendered = component({ autoscaling: { minReplicas: 2, maxReplicas: 5 } });
    expect(rendered.find('Deployment').spec).not.toHaveProperty('replicas');
    expect(rendered.find('HorizontalPodAutoscaler').spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'program' },
    });
  });

  test('prefer different nodes and zones, and are scheduled all the same where there are too few', () => {
    const spread = component({ replicas: 3 }, Platform.aks()).find('Deployment').spec.template.spec;
    const [zone, node] = spread.topologySpreadConstraints;
    expect([zone.topologyKey, node.topologyKey]).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    expect([zone.whenUnsatisfiable, node.whenUnsatisfiable]).toEqual(['ScheduleAnyway', 'ScheduleAnyway']);
    expect(spread.affinity.podAntiAffinity).not.toHaveProperty('requiredDuringSchedulingIgnoredDuringExecution');
  });

  test('know no zones where the platform has none, and a single one is spread over nothing', () => {
    const { topologySpreadConstraints } = component({ replicas: 3 }).find('Deployment').spec.template.spec;
    expect(topologySpreadConstraints).toHaveLength(1);
    expect(component().find('Deployment').spec.template.spec).not.toHaveProperty('topologySpreadConstraints');
    expect(component().find('Deployment').spec.template.spec).not.toHaveProperty('affinity');
  });
});

describe('the autoscaler', () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 5 };
  const metrics = (more: object) =>
    component({ autoscaling: { ...autoscaling, ...more } }).find('HorizontalPodAutoscaler').spec.metrics;

  test('looks at cpu and memory', () => {
    expect(metrics({})).toEqual([
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } } },
    ]);
    expect(metrics({ cpuUtilization: 50, memoryUtilization: 60 })).toMatchObject([
      { resource: { target: { averageUtilization: 50 } } },
      { resource: { target: { averageUtilization: 60 } } },
    ]);
  });

  test('goes up at once and down slowly, as the first seed asks for', () => {
    expect(component({ autoscaling }).find('HorizontalPodAutoscaler').spec.behavior).toEqual({
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] },
    });
  });
});

describe('a drain of nodes', () => {
  const budget = (props: ComponentProps) =>
    component(props)
      .ofKind('PodDisruptionBudget')
      .map(({ spec }) => spec);

  test('takes one of several replicas at a time', () => {
    expect(budget({ replicas: 3 })).toMatchObject([{ maxUnavailable: 1 }]);
    expect(budget({ replicas: 3, disruptionBudget: { minAvailable: 2 } })).toMatchObject([{ minAvailable: 2 }]);
    expect(budget({ replicas: 3, disruptionBudget: { minAvailable: 2 } })[0]).not.toHaveProperty('maxUnavailable');
  });

  test('is not held up by the only replica', () => {
    expect(budget({ replicas: 1 })).toEqual([]);
  });

  test('is not held up by a pod that never becomes ready', () => {
    expect(budget({ replicas: 3 })[0].unhealthyPodEvictionPolicy).toBe('AlwaysAllow');
  });

  test('takes one at a time also of replicas that only the autoscaler adds', () => {
    expect(budget({ autoscaling: { minReplicas: 1, maxReplicas: 5 } })).toMatchObject([{ maxUnavailable: 1 }]);
  });
});

describe('an update', () => {
  test('starts the new pod before the old one goes', () => {
    expect(component().find('Deployment').spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
  });

  test('takes the old pod away first where somebody says so, and then has nothing to roll', () => {
    expect(component({ updateStrategy: UpdateStrategy.RECREATE }).find('Deployment').spec.strategy).toEqual({
      type: 'Recreate',
    });
  });

  test('counts for the quota: the surge is a pod more, a StatefulSet and Recreate have none', () => {
    expect(component({ replicas: 3 }).construct.maxPods).toBe(4);
    expect(component({ replicas: 3, updateStrategy: UpdateStrategy.RECREATE }).construct.maxPods).toBe(3);
    expect(component({ autoscaling: { minReplicas: 2, maxReplicas: 5 } }).construct.maxPods).toBe(6);
    expect(statefulSet({ replicas: 3 }).construct.maxPods).toBe(3);
  });
});

describe('the end of a pod', () => {
  const podOf = (props: ComponentProps) => component(props).find('Deployment').spec.template.spec;

  test('begins with a pause by the kubelet, so that an image needs no shell: the endpoints go first', () => {
    expect(podOf({}).containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 5 } } });
  });

  test('leaves the program its own time after the pause', () => {
    expect(podOf({}).terminationGracePeriodSeconds).toBe(5 + 30);
    expect(podOf({ preStopSeconds: 20 }).terminationGracePeriodSeconds).toBe(20 + 30);
    expect(podOf({ terminationGracePeriodSeconds: 99 }).terminationGracePeriodSeconds).toBe(99);
  });

  test('has no pause where there is none to make: a sleep of 0 seconds is refused before Kubernetes 1.32', () => {
    expect(podOf({ preStopSeconds: 0 }).containers[0]).not.toHaveProperty('lifecycle');
  });
});

describe('the Service', () => {
  test('leads to the port by number, so that a proxy can take it over', () => {
    const rendered = component();
    expect(rendered.find('Service').spec.ports).toEqual([
      { name: 'http', port: 8000, protocol: 'TCP', targetPort: 8000 },
    ]);
    rendered.construct._redirectPort('http', 4180);
    expect(rendered.find('Service').spec.ports).toMatchObject([{ port: 8000, targetPort: 4180 }]);
    expect(rendered.construct.podPort('http')).toBe(4180);
    expect(rendered.construct.url()).toBe('http://program:8000');
  });

  test('gives the node port to the first of its ports only: two ports cannot share one', () => {
    const rendered = render((scope) => {
      const made = new Program(scope, 'program', { serviceType: 'NodePort', serviceNodePort: 30080 });
      made.addPort('admin', 9000);
      made.allowFrom({ cidrs: ['10.0.0.0/8'] }, 'Nodes', 'http', 'requests');
    });
    expect(rendered.problems).toEqual([]);
    expect(rendered.find('Service').spec.ports).toMatchObject([{ nodePort: 30080 }, { name: 'admin' }]);
    expect(rendered.find('Service').spec.ports[1]).not.toHaveProperty('nodePort');
  });

  test('does not offer a port that belongs to the pods alone', () => {
    const rendered = render((scope) => new Program(scope, 'program').addPodPort('metrics', 9090));
    expect(rendered.problems).toEqual([]);
    expect(rendered.find('Service').spec.ports.map(({ name }: { name: string }) => name)).toEqual(['http']);
    expect(rendered.find('Deployment').spec.template.spec.containers[0].ports).toContainEqual(
      expect.objectContaining({ name: 'metrics', containerPort: 9090 }),
    );
  });

  test('has one port of a name', () => {
    const twice = (scope: Construct) => new Program(scope, 'program').addPort('http', 9000);
    expect(() => render(twice)).toThrow('program has a port "http" already: give the second one another name');
  });

  test('says which ports there are when it is asked for another', () => {
    expect(() => component().construct.servicePort('grpc')).toThrow(/program has no Service port "grpc"/);
    expect(() => component().construct._redirectPort('grpc', 1)).toThrow(/program has no Service port "grpc"/);
  });
});

test('serving programs get the class of the workspace that serves people', () => {
  expect(component().find('Deployment').spec.template.spec.priorityClassName).toBe('workspace-serving');
});

const letsNobodyIn = (serviceType: string) =>
  `program: a Service of type ${serviceType} leads to pods whose NetworkPolicy lets nobody in: call allowFrom({ cidrs: ['10.0.0.0/8'] }, 'Clients', 'http', 'requests') with the addresses that connections come from, or leave serviceType out`;
const autoscaling = { minReplicas: 2, maxReplicas: 5 };
const made = (props: ComponentProps) => (scope: Construct) => new Program(scope, 'program', props);

describeRules('constructs/platform/component.ts', [
  {
    rule: 'replicas-positive',
    when: '0',
    declare: made({ replicas: 0 }),
    sentence: 'program: 0 replicas: write a whole number of at least 1',
  },
  {
    rule: 'replicas-positive',
    when: '-1',
    declare: made({ replicas: -1 }),
    sentence: 'program: -1 replicas: write a whole number of at least 1',
  },
  {
    rule: 'replicas-positive',
    when: '1.5',
    declare: made({ replicas: 1.5 }),
    sentence: 'program: 1.5 replicas: write a whole number of at least 1',
  },
  {
    rule: 'replicas-positive',
    when: 'an autoscaler from 0',
    declare: made({ autoscaling: { minReplicas: 0, maxReplicas: 2 } }),
    sentence: 'program: 0 replicas: write a whole number of at least 1',
  },
  {
    rule: 'autoscaling-range',
    when: 'from 5 to 2',
    declare: made({ autoscaling: { minReplicas: 5, maxReplicas: 2 } }),
    sentence: 'program: autoscaling from 5 to 2 replicas: maxReplicas must not be below minReplicas',
  },
  {
    rule: 'replicas-or-autoscaling',
    when: 'both',
    declare: made({ replicas: 2, autoscaling }),
    sentence: 'program: replicas and autoscaling fight over the same number: leave replicas out',
  },
  ...[{}, { minAvailable: 1, maxUnavailable: 1 }].map((disruptionBudget) => ({
    rule: 'disruption-budget-one-side',
    when: JSON.stringify(disruptionBudget),
    declare: made({ replicas: 3, disruptionBudget }),
    sentence: 'program: disruptionBudget takes minAvailable or maxUnavailable: write exactly one of them',
  })),
  {
    rule: 'disruption-budget-lets-drain',
    when: 'all of 2 replicas must stay',
    declare: made({ autoscaling, disruptionBudget: { minAvailable: 2 } }),
    sentence:
      'program: the disruption budget lets no pod of 2 go, so no node can be drained: write minAvailable below 2',
  },
  {
    rule: 'disruption-budget-lets-drain',
    when: 'none may go',
    declare: made({ replicas: 3, disruptionBudget: { maxUnavailable: 0 } }),
    sentence:
      'program: the disruption budget lets no pod of 3 go, so no node can be drained: write maxUnavailable of at least 1',
  },
  {
    rule: 'disruption-budget-of-several',
    when: 'one replica',
    declare: made({ disruptionBudget: { minAvailable: 1 } }),
    sentence:
      'program: a disruption budget of one replica means nothing, or keeps its node from being drained: leave disruptionBudget out, or ask for more replicas',
  },
  ...[-1, 2.5].map((preStopSeconds) => ({
    rule: 'pause-positive',
    when: `${preStopSeconds} s`,
    declare: made({ preStopSeconds }),
    sentence: `program: preStopSeconds ${preStopSeconds} is no time: write a whole number of seconds, 0 for no pause`,
  })),
  {
    rule: 'grace-longer-than-pause',
    when: 'both 10 s',
    declare: made({ preStopSeconds: 10, terminationGracePeriodSeconds: 10 }),
    sentence:
      'program: terminationGracePeriodSeconds 10 ends during the pre-stop pause of 10 s, requests would be cut: write more',
  },
  {
    rule: 'stateful-set-rolls',
    when: 'a StatefulSet',
    declare: (scope) =>
      new Program(scope, 'program', { updateStrategy: UpdateStrategy.RECREATE }, { kind: ComponentKind.STATEFUL_SET }),
    sentence: 'program: a StatefulSet has no Recreate: leave updateStrategy out, it replaces pod after pod',
  },
  {
    rule: 'service-ports-outside',
    when: 'a node port',
    declare: made({ serviceNodePort: 30080 }),
    sentence:
      'program: serviceNodePort and serviceLoadBalancerClass mean nothing for a ClusterIP Service: set serviceType to NodePort or LoadBalancer',
  },
  {
    rule: 'service-ports-outside',
    when: 'the class of a load balancer',
    declare: made({ serviceLoadBalancerClass: 'internal' }),
    sentence:
      'program: serviceNodePort and serviceLoadBalancerClass mean nothing for a ClusterIP Service: set serviceType to NodePort or LoadBalancer',
  },
  {
    rule: 'service-ports-outside',
    when: 'the class of a load balancer on a NodePort',
    declare: made({ serviceType: 'NodePort', serviceLoadBalancerClass: 'internal' }),
    sentence:
      'program: serviceLoadBalancerClass means nothing for a NodePort Service: set serviceType to LoadBalancer, or leave it out',
    alongside: [letsNobodyIn('NodePort')],
  },
  ...['NodePort', 'LoadBalancer'].map((serviceType) => ({
    rule: 'service-outside-lets-in',
    when: `a ${serviceType} that only the monitoring may call`,
    declare: (scope: Construct) => {
      const program = new Program(scope, 'program', { serviceType });
      program.allowFrom(program.platform.monitoringPeer, 'Monitoring', 'http', 'metrics');
    },
    sentence: letsNobodyIn(serviceType),
  })),
]);

test('a LoadBalancer whose clients are let in is nobody’s problem', () => {
  const { problems } = render((scope) =>
    new Program(scope, 'program', { serviceType: 'LoadBalancer' }).allowFrom(
      { cidrs: ['10.0.0.0/8'] },
      'Clients',
      'http',
      'requests',
    ),
  );
  expect(problems).toEqual([]);
});

test('a name of the Service that Kubernetes does not take is refused once, in the words of its prop', () => {
  const words = 'must be a DNS label that starts with a letter: at most 63 lower-case letters, digits and hyphens';
  expect(() => component({ serviceName: 'Chat_Service' })).toThrow(
    new Error(`[test/chart/program] serviceName: "Chat_Service" ${words}`),
  );
  expect(() => component({ name: '1st' })).toThrow(new Error(`[test/chart/program] name: "1st" ${words}`));
});
