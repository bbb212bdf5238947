import { ApiObject, JsonPatch, Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Claim, type ClaimProps } from './platform/claim';
import { Component, type ComponentProps, UpdateStrategy } from './platform/component';
import { checkAtSynth, type Rule } from './platform/rules';
import type { Workload } from './platform/workload';

/** Graphics processors as a node's device plugin offers them. */
export interface OllamaGpu {
  /** @default 1 */
  readonly count?: number;
  /** Name of the resource. @default `nvidia.com/gpu` */
  readonly resource?: string;
}

/** Ollama, which runs open models in the cluster. */
export interface OllamaProps extends ComponentProps {
  /** Volume of the models. @default - 30 GiB on one node */
  readonly storage?: ClaimProps;
  /** @default - the models run on the processor */
  readonly gpu?: OllamaGpu;
}

const IMAGE = 'docker.io/ollama/ollama:0.35.1';
const PORT = 11434;
const MODELS_PATH = '/models';

const RULES: readonly Rule<Ollama>[] = [
  {
    id: 'ollama-one-replica',
    broken: ({ maxReplicas }) => maxReplicas > 1,
    message: ({ name }) =>
      `${name}: replicas would fetch models each for themselves and answer with different ones: set replicas to 1, and declare a second Ollama for more`,
  },
  {
    id: 'ollama-gpu-count',
    broken: ({ gpuCount }) => !Number.isInteger(gpuCount) || gpuCount < 0,
    message: ({ name, gpuCount }) => `${name}: ${gpuCount} graphics processors: write a whole number, or leave gpu out`,
  },
];

/**
 * Ollama. People pull models into its volume; it may reach nothing by itself, so a registry to pull from is named in
 * extraEgress. Anybody who reaches the port may also delete models: only clients that are declared do.
 */
export class Ollama extends Component {
  /** Address for Open WebUI's OLLAMA_BASE_URLS. */
  public readonly serverUrl: string;
  /** How many graphics processors a pod takes. */
  public readonly gpuCount: number;

  constructor(scope: Construct, id: string, props: OllamaProps = {}) {
    super(scope, id, props, {
      program: 'ollama',
      propsStruct: 'OllamaProps',
      image: IMAGE,
      resources: {
        cpu: { request: Cpu.units(1), limit: Cpu.units(4) },
        memory: { request: Size.gibibytes(4), limit: Size.gibibytes(16) },
        ephemeralStorage: { request: Size.mebibytes(64), limit: Size.gibibytes(1) },
      },
      // Two pods would fight over the volume and over the graphics processors.
      updateStrategy: UpdateStrategy.RECREATE,
      startupProbe: { ...probe(), periodSeconds: 2, failureThreshold: 60 },
      readinessProbe: { ...probe(), periodSeconds: 10, failureThreshold: 3 },
      livenessProbe: { ...probe(), periodSeconds: 15, failureThreshold: 6 },
    });
    this.addPort('http', PORT);
    this.serverUrl = this.url();
    this._pod.env.setAll({ OLLAMA_HOST: `0.0.0.0:${PORT}`, OLLAMA_MODELS: MODELS_PATH, HOME: '/tmp' });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '512Mi' });
    const claim = new Claim(this, 'Data', this, props.storage ?? { size: Size.gibibytes(30) });
    this._pod.addMountedVolume(claim.toVolume('models'), { mountPath: MODELS_PATH, subPath: claim.props.subPath });
    this.gpuCount = props.gpu ? (props.gpu.count ?? 1) : 0;
    if (props.gpu) {
      this.takeGpus(props.gpu.resource ?? 'nvidia.com/gpu');
    }
    checkAtSynth(this, RULES, () => this);
  }

  /** Declares that a program asks models. */
  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'models');
  }

  // The typed resources know cpu, memory and disk only. What is limited is requested too.
  private takeGpus(resource: string): void {
    const limit = `/spec/template/spec/containers/0/resources/limits/${resource.replaceAll('/', '~1')}`;
    ApiObject.of(this.node.findChild(this.kind)).addJsonPatch(JsonPatch.add(limit, String(this.gpuCount)));
  }
}

function probe(): k8s.Probe {
  return { httpGet: { path: '/', port: k8s.IntOrString.fromNumber(PORT) }, timeoutSeconds: 4 };
}
