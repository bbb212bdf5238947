import { ApiObject, Lazy } from 'cdk8s';
import { type ContainerResources, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { type Autoscaling, addAutoscaler } from './autoscaler';
import { serviceName } from './manifest-rules/name-forms';
import { WorkspaceNamespace } from './namespace';
import { checkName } from './props-check';
import { checkAtSynth, type Rule } from './rules';
import { Workload, type WorkloadProps } from './workload';

/** The kinds of object that keep pods running. */
export enum ComponentKind {
  DEPLOYMENT = 'Deployment',
  STATEFUL_SET = 'StatefulSet',
}

/** How the pods are replaced when their template changes. */
export enum UpdateStrategy {
  /** New pods first, then the old ones go: no interruption. */
  ROLLING_UPDATE = 'RollingUpdate',
  /** Old pods first: never two versions at once, never two pods on one ReadWriteOnce volume. */
  RECREATE = 'Recreate',
}

/** How many pods a drain of nodes may take at once. One of the two. */
export interface DisruptionBudget {
  readonly minAvailable?: number;
  readonly maxUnavailable?: number;
}

/** What every long-running program of this library can be told. */
export interface ComponentProps extends WorkloadProps {
  /** @default - fit for the program */
  readonly replicas?: number;
  /** @default - a fixed number of replicas */
  readonly autoscaling?: Autoscaling;
  /** @default - at most one pod unavailable, where there are several */
  readonly disruptionBudget?: DisruptionBudget;
  /** @default - RollingUpdate; Recreate where two pods must not run side by side */
  readonly updateStrategy?: UpdateStrategy;
  /** @default 10 */
  readonly revisionHistoryLimit?: number;
  /** Replaces the probe. @default - fit for the program */
  readonly startupProbe?: k8s.Probe;
  /** Replaces the probe. @default - fit for the program */
  readonly readinessProbe?: k8s.Probe;
  /** Replaces the probe. @default - fit for the program */
  readonly livenessProbe?: k8s.Probe;
  /** Time between leaving the Service and SIGTERM: endpoints must be gone before the program stops. Unit: seconds. @default - fit for the program */
  readonly preStopSeconds?: number;
  /** Time from the beginning of the pre-stop pause to the end by force. Unit: seconds. @default - the pause and what the program needs to drain */
  readonly terminationGracePeriodSeconds?: number;
  /** Replaces the constraints that spread replicas over nodes and zones. @default - both, softly */
  readonly topologySpreadConstraints?: k8s.TopologySpreadConstraint[];
  /** @default - the name of the component */
  readonly serviceName?: string;
  /**
   * `ClusterIP`, `NodePort` or `LoadBalancer`. The last two open no NetworkPolicy: call `allowFrom` with the addresses of
   * the clients. @default `ClusterIP`
   */
  readonly serviceType?: string;
  /** @default - none */
  readonly serviceAnnotations?: { [key: string]: string };
  /** Only for `NodePort` and `LoadBalancer`. @default - assigned by the cluster */
  readonly serviceNodePort?: number;
  /** Only for `LoadBalancer`. @default - the cluster's own */
  readonly serviceLoadBalancerClass?: string;
}

/** What a construct tells its base about a long-running program. */
export interface ComponentDefaults {
  readonly program: string;
  readonly propsStruct: string;
  readonly image: string;
  readonly resources: ContainerResources;
  readonly kind?: ComponentKind;
  readonly replicas?: number;
  readonly updateStrategy?: UpdateStrategy;
  readonly command?: string[];
  readonly args?: string[];
  readonly startupProbe?: k8s.Probe;
  readonly readinessProbe?: k8s.Probe;
  readonly livenessProbe?: k8s.Probe;
  /** Time for running requests after SIGTERM. Unit: seconds. @default 30 */
  readonly drainSeconds?: number;
  /** Time between leaving the Service and SIGTERM. Unit: seconds. @default 5 */
  readonly preStopSeconds?: number;
  /** The counter of requests that the program serves to Prometheus. @default - none */
  readonly requestsMetric?: string;
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly appProtocol?: string;
  targetPort: number;
}

/**
 * Unit: seconds. On a real cluster, a pause of 4 s with no unavailable pod lost 0 of 2,406 requests in a restart;
 * without it 69 of 2,005 were lost.
 */
const PRE_STOP_SECONDS = 5;

const RULES: readonly Rule<Component>[] = [
  {
    id: 'replicas-positive',
    broken: (component) => !Number.isInteger(component.minReplicas) || component.minReplicas < 1,
    message: (component) => `${component.name}: ${component.minReplicas} replicas: write a whole number of at least 1`,
  },
  {
    id: 'autoscaling-range',
    broken: ({ autoscaling }) => autoscaling !== undefined && autoscaling.maxReplicas < autoscaling.minReplicas,
    message: ({ name, autoscaling }) =>
      `${name}: autoscaling from ${autoscaling?.minReplicas} to ${autoscaling?.maxReplicas} replicas: maxReplicas must not be below minReplicas`,
  },
  {
    id: 'replicas-or-autoscaling',
    broken: (component) => component.autoscaling !== undefined && component._props.replicas !== undefined,
    message: ({ name }) => `${name}: replicas and autoscaling fight over the same number: leave replicas out`,
  },
  {
    id: 'disruption-budget-one-side',
    broken: ({ _props }) =>
      _props.disruptionBudget !== undefined &&
      (_props.disruptionBudget.minAvailable === undefined) === (_props.disruptionBudget.maxUnavailable === undefined),
    message: ({ name }) => `${name}: disruptionBudget takes minAvailable or maxUnavailable: write exactly one of them`,
  },
  {
    id: 'disruption-budget-lets-drain',
    broken: ({ _props: { disruptionBudget: budget }, minReplicas, maxReplicas }) =>
      budget !== undefined &&
      ((budget.minAvailable ?? 0) >= minReplicas || budget.maxUnavailable === 0) &&
      minReplicas > 0 &&
      maxReplicas > 1,
    message: ({ name, minReplicas, _props: { disruptionBudget: budget } }) =>
      `${name}: the disruption budget lets no pod of ${minReplicas} go, so no node can be drained: write ${budget?.maxUnavailable === 0 ? 'maxUnavailable of at least 1' : `minAvailable below ${minReplicas}`}`,
  },
  {
    id: 'disruption-budget-of-several',
    broken: ({ _props, maxReplicas }) => _props.disruptionBudget !== undefined && maxReplicas === 1,
    message: ({ name }) =>
      `${name}: a disruption budget of one replica means nothing, or keeps its node from being drained: leave disruptionBudget out, or ask for more replicas`,
  },
  {
    id: 'pause-positive',
    broken: ({ preStopSeconds }) => !(Number.isInteger(preStopSeconds) && preStopSeconds >= 0),
    message: ({ name, preStopSeconds }) =>
      `${name}: preStopSeconds ${preStopSeconds} is no time: write a whole number of seconds, 0 for no pause`,
  },
  {
    id: 'grace-longer-than-pause',
    broken: ({ _props, preStopSeconds }) =>
      _props.terminationGracePeriodSeconds !== undefined && _props.terminationGracePeriodSeconds <= preStopSeconds,
    message: ({ name, _props, preStopSeconds }) =>
      `${name}: terminationGracePeriodSeconds ${_props.terminationGracePeriodSeconds} ends during the pre-stop pause of ${preStopSeconds} s, requests would be cut: write more`,
  },
  {
    id: 'stateful-set-rolls',
    broken: (component) =>
      component.kind === ComponentKind.STATEFUL_SET && component._props.updateStrategy === UpdateStrategy.RECREATE,
    message: ({ name }) =>
      `${name}: a StatefulSet has no Recreate: leave updateStrategy out, it replaces pod after pod`,
  },
  {
    id: 'service-ports-outside',
    broken: ({ _props: { serviceType = 'ClusterIP', serviceNodePort, serviceLoadBalancerClass } }) =>
      (serviceType === 'ClusterIP' && serviceNodePort !== undefined) ||
      (serviceType !== 'LoadBalancer' && serviceLoadBalancerClass !== undefined),
    message: ({ name, _props: { serviceType } }) =>
      serviceType === 'NodePort'
        ? `${name}: serviceLoadBalancerClass means nothing for a NodePort Service: set serviceType to LoadBalancer, or leave it out`
        : `${name}: serviceNodePort and serviceLoadBalancerClass mean nothing for a ClusterIP Service: set serviceType to NodePort or LoadBalancer`,
  },
  {
    id: 'service-outside-lets-in',
    broken: ({ _props: { serviceType = 'ClusterIP' }, _inbound, _servicePortNames, platform }) =>
      serviceType !== 'ClusterIP' &&
      !_inbound.some(({ portName, from }) => _servicePortNames.includes(portName) && from !== platform.monitoringPeer),
    message: ({ name, _props: { serviceType }, _servicePortNames: [port] }) =>
      `${name}: a Service of type ${serviceType} leads to pods whose NetworkPolicy lets nobody in: call allowFrom({ cidrs: ['10.0.0.0/8'] }, 'Clients', '${port}', 'requests') with the addresses that connections come from, or leave serviceType out`,
  },
];

/** A long-running program: Deployment or StatefulSet, Service, autoscaler and disruption budget. */
export abstract class Component extends Workload {
  public readonly kind: ComponentKind;
  public readonly serviceName: string;
  public readonly autoscaling?: Autoscaling;
  /** @internal */
  public readonly _props: ComponentProps;
  private readonly defaults: ComponentDefaults;
  private readonly servicePorts: ServicePort[] = [];
  private readonly service: ApiObject;
  private forcedRecreate = false;

  protected constructor(scope: Construct, id: string, props: ComponentProps, defaults: ComponentDefaults) {
    super(scope, id, { program: defaults.program, propsStruct: defaults.propsStruct }, props);
    this._props = props;
    this.defaults = defaults;
    this.kind = defaults.kind ?? ComponentKind.DEPLOYMENT;
    this.serviceName = props.serviceName ?? this.name;
    checkName(this, props.serviceName === undefined ? 'name' : 'serviceName', this.serviceName, serviceName);
    this.autoscaling = props.autoscaling;
    this.prepareContainer();
    this.addWorkload();
    this.service = this.addService();
    if (this.autoscaling) {
      const { name, kind, labels } = this;
      addAutoscaler(this, { name, kind, labels, requestsMetric: defaults.requestsMetric }, this.autoscaling);
    }
    if (this.maxReplicas > 1) {
      this.addDisruptionBudget();
    }
    checkAtSynth(this, RULES, () => this);
  }

  /** The fewest replicas there are. */
  public get minReplicas(): number {
    return this.autoscaling?.minReplicas ?? this._props.replicas ?? this.defaults.replicas ?? 1;
  }

  /** The most replicas there are. */
  public get maxReplicas(): number {
    return this.autoscaling?.maxReplicas ?? this.minReplicas;
  }

  public get maxPods(): number {
    const surge =
      this.kind === ComponentKind.DEPLOYMENT && this.updateStrategy === UpdateStrategy.ROLLING_UPDATE ? 1 : 0;
    return this.maxReplicas + surge;
  }

  /** Unit: seconds. */
  public get preStopSeconds(): number {
    return this._props.preStopSeconds ?? this.defaults.preStopSeconds ?? PRE_STOP_SECONDS;
  }

  public get updateStrategy(): UpdateStrategy {
    if (this.forcedRecreate) {
      return UpdateStrategy.RECREATE;
    }
    return this._props.updateStrategy ?? this.defaults.updateStrategy ?? UpdateStrategy.ROLLING_UPDATE;
  }

  /** Address of the component for programs in the same namespace, without a trailing slash. */
  public url(portName = 'http', scheme = 'http'): string {
    return `${scheme}://${this.serviceName}:${this.servicePort(portName)}`;
  }

  /** Number of the Service's port. Error: there is no such port. */
  public servicePort(portName: string): number {
    const port = this.servicePorts.find(({ name }) => name === portName);
    if (!port) {
      throw new Error(`${this.name} has no Service port "${portName}"`);
    }
    return port.port;
  }

  /**
   * Declares a port of the pods that the Service offers too. Error: there is one of this name.
   * @param name by which `url`, `connectTo` and `allowFrom` know it
   * @param port on which the program listens
   * @param servicePort the Service's number for it, by default the same
   * @param appProtocol as the Service's field of this name, for example `kubernetes.io/h2c`
   */
  public addPort(name: string, port: number, servicePort = port, appProtocol?: string): void {
    this.addPodPort(name, port);
    this.servicePorts.push({ name, port: servicePort, targetPort: port, appProtocol });
  }

  /**
   * Declares a port of the pods that the Service does not offer, as for metrics. Error: there is one of this name.
   * @param name by which `allowFrom` knows it
   * @param port on which the program listens
   */
  public addPodPort(name: string, port: number): void {
    if (this._podPortNames.includes(name)) {
      throw new Error(`${this.name} has a port "${name}" already: give the second one another name`);
    }
    this._pod.addPort({ name, containerPort: port, protocol: 'TCP' });
    this._setPodPort(name, port);
  }

  /** Names of the Service's ports, in the order of their declaration. @internal */
  public get _servicePortNames(): string[] {
    return this.servicePorts.map(({ name }) => name);
  }

  /** Lets the Service's port lead to another port of the pods, as a proxy in front of the program needs it. @internal */
  public _redirectPort(name: string, targetPort: number): void {
    const port = this.servicePorts.find((candidate) => candidate.name === name);
    if (!port) {
      throw new Error(`${this.name} has no Service port "${name}"`);
    }
    port.targetPort = targetPort;
    this._pod.removePort(name);
    this._setPodPort(name, targetPort);
  }

  /** @internal */
  public _annotateService(key: string, value: string): void {
    this.service.metadata.addAnnotation(key, value);
  }

  /** Replaces the pods with the old ones gone first, whatever the props say. @internal */
  public _recreate(): void {
    this.forcedRecreate = true;
  }

  private prepareContainer(): void {
    const { defaults, _props: props } = this;
    const pause = this.preStopSeconds;
    this._setMain(
      {
        name: defaults.program,
        image: defaults.image,
        command: defaults.command,
        args: defaults.args,
        resources: defaults.resources,
        startupProbe: props.startupProbe ?? defaults.startupProbe,
        readinessProbe: props.readinessProbe ?? defaults.readinessProbe,
        livenessProbe: props.livenessProbe ?? defaults.livenessProbe,
        // Before Kubernetes 1.32 a pause of 0 s is refused.
        lifecycle: pause > 0 ? { preStop: { sleep: { seconds: pause } } } : undefined,
      },
      props,
    );
    this._pod.setSpec({
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? pause + (defaults.drainSeconds ?? 30),
      priorityClassName: props.priorityClassName ?? WorkspaceNamespace.of(this)?.servingPriority,
      affinity: props.affinity ?? (this.maxReplicas > 1 ? this.preferOtherNodes() : undefined),
      topologySpreadConstraints:
        props.topologySpreadConstraints ?? (this.maxReplicas > 1 ? this.spreadConstraints() : undefined),
    });
  }

  private preferOtherNodes(): k8s.Affinity {
    return {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: this.selector } },
          },
        ],
      },
    };
  }

  private spreadConstraints(): k8s.TopologySpreadConstraint[] {
    const keys = [...(this.platform.zones ? ['topology.kubernetes.io/zone'] : []), 'kubernetes.io/hostname'];
    return keys.map((topologyKey) => ({
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      labelSelector: { matchLabels: this.selector },
    }));
  }

  private addWorkload(): void {
    const deployment = this.kind === ComponentKind.DEPLOYMENT;
    new ApiObject(this, this.kind, {
      ...(deployment ? k8s.KubeDeployment.GVK : k8s.KubeStatefulSet.GVK),
      metadata: { name: this.name, labels: this.labels },
      spec: Lazy.any({
        produce: () =>
          deployment
            ? k8s.KubeDeployment.manifest({ spec: this.deploymentSpec() }).spec
            : k8s.KubeStatefulSet.manifest({ spec: this.statefulSetSpec() }).spec,
      }),
    });
  }

  private deploymentSpec(): k8s.DeploymentSpec {
    const rolling = {
      type: UpdateStrategy.ROLLING_UPDATE,
      rollingUpdate: { maxUnavailable: k8s.IntOrString.fromNumber(0), maxSurge: k8s.IntOrString.fromNumber(1) },
    };
    return {
      ...this.sharedSpec(),
      strategy: this.updateStrategy === UpdateStrategy.RECREATE ? { type: UpdateStrategy.RECREATE } : rolling,
    };
  }

  private statefulSetSpec(): k8s.StatefulSetSpec {
    return { ...this.sharedSpec(), serviceName: this.serviceName, podManagementPolicy: 'OrderedReady' };
  }

  private sharedSpec() {
    return {
      replicas: this.autoscaling ? undefined : this.minReplicas,
      revisionHistoryLimit: this._props.revisionHistoryLimit ?? 10,
      selector: { matchLabels: this.selector },
      template: this._pod.render(this.labels),
    };
  }

  private addService(): ApiObject {
    const props = this._props;
    return new ApiObject(this, 'Service', {
      ...k8s.KubeService.GVK,
      metadata: { name: this.serviceName, labels: this.labels, annotations: props.serviceAnnotations },
      spec: Lazy.any({
        produce: () =>
          k8s.KubeService.manifest({
            spec: {
              type: props.serviceType ?? 'ClusterIP',
              loadBalancerClass: props.serviceLoadBalancerClass,
              selector: this.selector,
              ports: this.servicePorts.map(({ name, port, targetPort, appProtocol }, index) => ({
                name,
                port,
                protocol: 'TCP',
                targetPort: k8s.IntOrString.fromNumber(targetPort),
                appProtocol,
                nodePort: index === 0 ? props.serviceNodePort : undefined,
              })),
            },
          }).spec,
      }),
    });
  }

  private addDisruptionBudget(): void {
    const { minAvailable, maxUnavailable } = this._props.disruptionBudget ?? { maxUnavailable: 1 };
    const count = (value?: number) => (value === undefined ? undefined : k8s.IntOrString.fromNumber(value));
    new ApiObject(
      this,
      'DisruptionBudget',
      k8s.KubePodDisruptionBudget.manifest({
        metadata: { name: this.name, labels: this.labels },
        spec: {
          minAvailable: count(minAvailable),
          maxUnavailable: count(maxUnavailable),
          selector: { matchLabels: this.selector },
          // A pod that never becomes ready must not keep its node from being drained.
          unhealthyPodEvictionPolicy: 'AlwaysAllow',
        },
      }),
    );
  }
}
