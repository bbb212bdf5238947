import { ApiObject, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { dump } from 'js-yaml';
import { Component, type ComponentProps } from './platform/component';
import { type ExternalHost, hostPort } from './platform/links';
import { checkAtSynth, type Rule } from './platform/rules';
import type { Workload } from './platform/workload';

/** Where traces go on from the collector. */
export interface TraceBackend extends ExternalHost {
  /** Whether it speaks TLS. @default true */
  readonly tls?: boolean;
}

/** An OpenTelemetry collector for the programs that push their measurements. */
export interface OtlpCollectorProps extends ComponentProps {
  /** OTLP over gRPC. @default - traces are not taken, only metrics */
  readonly traces?: TraceBackend;
}

/** The core distribution has all that is used here. */
const IMAGE = 'docker.io/otel/opentelemetry-collector:0.155.0';
const OTLP_PORT = 4317;
const METRICS_PORT = 9464;
const HEALTH_PORT = 13133;
const CONFIG_PATH = '/etc/otelcol';

const RULES: readonly Rule<OtlpCollector>[] = [
  {
    id: 'collector-one-replica',
    broken: ({ maxReplicas }) => maxReplicas > 1,
    message: ({ name, maxReplicas }) =>
      `${name}: ${maxReplicas} replicas would each know a part of the counters, and the same series would jump between them: leave replicas and autoscaling out`,
  },
];

/**
 * Takes metrics over OTLP and serves them to Prometheus; traces, where they are wanted, it hands on. Open WebUI has no
 * endpoint of its own for Prometheus. Nothing is kept: while it restarts, measurements of seconds are lost.
 */
export class OtlpCollector extends Component {
  /** Address for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  public readonly endpoint: string;
  /** Whether it takes traces. */
  public readonly takesTraces: boolean;

  constructor(scope: Construct, id: string, props: OtlpCollectorProps = {}) {
    super(scope, id, props, {
      program: 'otlp-collector',
      propsStruct: 'OtlpCollectorProps',
      image: IMAGE,
      args: [`--config=${CONFIG_PATH}/config.yaml`],
      resources: {
        cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
        memory: { request: Size.mebibytes(128), limit: Size.mebibytes(512) },
        ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(64) },
      },
      startupProbe: { ...probe(), periodSeconds: 2, failureThreshold: 30 },
      readinessProbe: { ...probe(), periodSeconds: 5, failureThreshold: 3 },
      livenessProbe: { ...probe(), periodSeconds: 15, failureThreshold: 6 },
    });
    this.addPort('otlp', OTLP_PORT);
    this.addPodPort('metrics', METRICS_PORT);
    this.allowFrom(this.platform.monitoringPeer, 'Monitoring', 'metrics', 'metrics');
    this.endpoint = this.url('otlp');
    this.takesTraces = props.traces !== undefined;
    if (props.traces) {
      this.connectToHost(props.traces, 'traces');
    }
    this.mountConfiguration(configuration(props));
    checkAtSynth(this, RULES, () => this);
  }

  /** Declares that a program pushes its measurements here. */
  public allowClient(client: Workload): void {
    client.connectTo(this, 'otlp', 'measurements');
  }

  private mountConfiguration(content: object): void {
    const name = `${this.name}-config`;
    const text = dump(content, { lineWidth: -1 });
    new ApiObject(
      this,
      'Configuration',
      k8s.KubeConfigMap.manifest({ metadata: { name, labels: this.labels }, data: { 'config.yaml': text } }),
    );
    this._pod.addMountedVolume({ name: 'config', configMap: { name } }, { mountPath: CONFIG_PATH, readOnly: true });
    this._pod.restartOnChangeOf(() => text);
  }
}

/** Source: the collector's documentation, "Configuration"; the prometheus exporter's README. */
function configuration({ traces }: OtlpCollectorProps): object {
  const pipeline = (exporter: string) => ({
    receivers: ['otlp'],
    processors: ['memory_limiter', 'batch'],
    exporters: [exporter],
  });
  return {
    receivers: { otlp: { protocols: { grpc: { endpoint: `0.0.0.0:${OTLP_PORT}` } } } },
    processors: {
      memory_limiter: { check_interval: '1s', limit_percentage: 80, spike_limit_percentage: 20 },
      batch: {},
    },
    exporters: {
      // A replica that is gone must not count for ever.
      prometheus: {
        endpoint: `0.0.0.0:${METRICS_PORT}`,
        metric_expiration: '5m',
        resource_to_telemetry_conversion: { enabled: true },
      },
      ...(traces
        ? { otlp: { endpoint: `${traces.host}:${hostPort(traces)}`, tls: { insecure: traces.tls === false } } }
        : {}),
    },
    extensions: { health_check: { endpoint: `0.0.0.0:${HEALTH_PORT}` } },
    service: {
      extensions: ['health_check'],
      telemetry: { logs: { encoding: 'json' } },
      pipelines: { metrics: pipeline('prometheus'), ...(traces ? { traces: pipeline('otlp') } : {}) },
    },
  };
}

function probe(): k8s.Probe {
  return { httpGet: { path: '/', port: k8s.IntOrString.fromNumber(HEALTH_PORT) }, timeoutSeconds: 3 };
}
