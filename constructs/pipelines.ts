import { Size } from 'cdk8s';
import { Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Claim, type ClaimProps } from './platform/claim';
import { Component, type ComponentProps, UpdateStrategy } from './platform/component';
import type { IModelProvider } from './platform/model-provider';
import { checkAtSynth, type Rule } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import type { SecretKey } from './platform/secrets';
import type { Workload } from './platform/workload';

/** Open WebUI's server for Python pipelines: filters and models of one's own. */
export interface PipelinesProps extends ComponentProps {
  /** Secret that holds `PIPELINES_API_KEY`. @default - the component's name and `-secrets` */
  readonly secretName?: string;
  /** Volume of the pipelines and their settings, which administrators upload in Open WebUI. @default - 2 GiB on one node */
  readonly storage?: ClaimProps;
}

/**
 * There are no releases; the workflow that builds the image names it after the commit, once. Source: the repository's
 * .github/workflows/docker-build.yaml, `type=sha,prefix=git-`.
 */
const IMAGE = 'ghcr.io/open-webui/pipelines:git-039f9c5';
const PORT = 9099;
const PIPELINES_PATH = '/app/pipelines';

/** Variables with which the start script fetches code from the network. Source: start.sh. */
const FETCHING = ['PIPELINES_URLS', 'PIPELINES_REQUIREMENTS_PATH'];

function fetching({ _pod }: Pipelines): string[] {
  return FETCHING.filter((name) => _pod.env.has(name));
}

const RULES: readonly Rule<Pipelines>[] = [
  {
    id: 'pipelines-one-replica',
    broken: ({ maxReplicas }) => maxReplicas > 1,
    message: ({ name }) =>
      `${name}: each replica keeps the pipelines and settings it loaded, and a change reaches only one of them: set replicas to 1`,
  },
  {
    id: 'pipelines-fetch-nothing',
    broken: (pipelines) => fetching(pipelines).length > 0,
    message: (pipelines) =>
      `${pipelines.name}: ${fetching(pipelines).join(', ')} would run code from the network at every start, which the read-only root refuses: build an image with what the pipelines need and pass it as image`,
  },
];

/**
 * Open WebUI's Pipelines. Its key guards uploads only: chats, and the settings with the credentials in them, are open
 * to whoever reaches the port. That is why nothing but its clients may.
 */
export class Pipelines extends Component implements IModelProvider {
  /** Without `/v1`, as Open WebUI's guide writes it. */
  public readonly apiBaseUrl: string;
  public readonly apiKey: SecretKey;

  constructor(scope: Construct, id: string, props: PipelinesProps = {}) {
    super(scope, id, props, {
      program: 'pipelines',
      propsStruct: 'PipelinesProps',
      image: IMAGE,
      resources: {
        cpu: { request: Cpu.millis(100), limit: Cpu.units(1) },
        memory: { request: Size.mebibytes(256), limit: Size.gibibytes(1) },
        ephemeralStorage: { request: Size.mebibytes(64), limit: Size.mebibytes(512) },
      },
      // It keeps its state in memory and in files: two of them would not agree, nor share a volume of one node.
      updateStrategy: UpdateStrategy.RECREATE,
      startupProbe: { ...probe(), periodSeconds: 5, failureThreshold: 60 },
      readinessProbe: { ...probe(), periodSeconds: 10, failureThreshold: 3 },
      livenessProbe: { ...probe(), periodSeconds: 15, failureThreshold: 6 },
    });
    this.addPort('http', PORT);
    this.apiBaseUrl = this.url();
    const secretName = props.secretName ?? `${this.name}-secrets`;
    // Left unset, the program takes a key that everybody knows.
    this.apiKey = this._secretKey(secretName, 'PIPELINES_API_KEY', SecretForm.token(), 'callers of Pipelines send it');
    this._pod.env.setSecret('PIPELINES_API_KEY', this.apiKey);
    this._pod.env.setAll({ PORT: String(PORT), PIPELINES_DIR: PIPELINES_PATH, HOME: '/tmp' });
    this._pod.env.setDefaults({
      // A pipeline that names requirements makes pip install them whenever it is loaded.
      PIP_NO_INDEX: '1',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
    });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '256Mi' });
    const claim = new Claim(this, 'Data', this, props.storage ?? { size: Size.gibibytes(2) });
    this._pod.addMountedVolume(claim.toVolume('pipelines'), {
      mountPath: PIPELINES_PATH,
      subPath: claim.props.subPath,
    });
    checkAtSynth(this, RULES, () => this);
  }

  public allowClient(client: Workload): void {
    client.connectTo(this, 'http', 'pipelines');
  }
}

/** The root answers `{"status": true}` without a key, once every pipeline is loaded. */
function probe(): k8s.Probe {
  return { httpGet: { path: '/', port: k8s.IntOrString.fromNumber(PORT) }, timeoutSeconds: 4 };
}
