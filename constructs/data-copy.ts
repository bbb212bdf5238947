import { ApiObject, Chart, Size } from 'cdk8s';
import { type ContainerResources, Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { EXPORT_SCRIPT } from './data-copy/export-script';
import { IMPORT_SCRIPT } from './data-copy/import-script';
import { apartFrom, beside, together } from './data-copy/placement';
import { mountScript } from './data-copy/script';
import type { OpenWebUiRelease } from './open-webui-release';
import { addNote } from './platform/notes';
import { jobProps, OneOffJob } from './platform/one-off-job';
import { sizeQuantity } from './platform/quantity';
import { checkAtSynth, type Rule } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import { type SecretKey, Secrets } from './platform/secrets';
import type { WorkloadProps } from './platform/workload';
import { parseEmail } from './tenants/email';

/** What the two ends of a copy have in common. */
export interface DataCopyProps extends WorkloadProps {
  /**
   * Run as soon as it is applied. Left out, a person starts it by setting `suspend` of the Job to false.
   * @default false
   */
  readonly start?: boolean;
  /** Room for the archive and for one file beside it: twice the data is enough. @default - 4 GiB */
  readonly scratchSize?: Size;
  /** Secret with `DATA_COPY_TOKEN`, of the same value in both namespaces. @default `data-copy-secrets` */
  readonly secretName?: string;
}

/** The end that reads. `image` must be given: the one of the Open WebUI that runs now, or another with Python 3.11. */
export interface DataExportProps extends DataCopyProps {
  /** Claim of the data folder. @default `openwebui-data-pvc` */
  readonly claimName?: string;
  /** The data folder inside that volume. @default - its root */
  readonly subPath?: string;
  /**
   * Labels of the pod that has the volume now: a volume of one node is read on that node.
   * @default - the old program is stopped
   */
  readonly besidePods?: { [key: string]: string };
}

/** The end that writes. Image, pull secrets, user, nodes: those of `release` unless told. */
export interface DataImportProps extends DataCopyProps {
  /** Where the data comes from. */
  readonly source: DataExport;
  /** Where it goes: a release with SQLite in its data volume, stopped while the job runs. */
  readonly release: OpenWebUiRelease;
  /**
   * E-mail of the person who gets what the old set-up kept for `admin@localhost`, the one user of a release without
   * sign-in. Form: as the identity provider sends it, in any case. @default - it stays with `admin@localhost`
   */
  readonly ownerEmail?: string;
  /** Put a target that people have used aside, into a folder of the same volume. @default false - refuse it */
  readonly overwrite?: boolean;
}

const SECRET_NAME = 'data-copy-secrets';
const PORT = 8080;
const DATA_PATH = '/data';
const SCRATCH_PATH = '/scratch';
const SCRIPT_PATH = '/data-copy';

const EXPORT_RULES: readonly Rule<DataExport>[] = [
  {
    id: 'data-export-namespace',
    broken: (job) => job.namespaceName === '',
    message: ({ name }) => `${name}: the import cannot find it: give its chart the namespace of the old set-up`,
  },
];

const IMPORT_RULES: readonly Rule<DataImport>[] = [
  {
    id: 'data-import-namespace',
    broken: (job) => Chart.of(job).namespace === undefined,
    message: ({ name }) =>
      `${name}: the export cannot tell who may fetch: give its chart the namespace of the new set-up`,
  },
  {
    id: 'data-import-sqlite',
    broken: ({ props }) => props.release.props.database !== undefined,
    message: ({ name, props }) =>
      `${name}: ${props.release.name} keeps its chats in PostgreSQL and would not read the copied folder: leave database of the release out`,
  },
  {
    id: 'data-import-owner',
    broken: ({ props }) => props.ownerEmail !== undefined && parseEmail(props.ownerEmail) === undefined,
    message: ({ name, props }) =>
      `${name}: ownerEmail "${props.ownerEmail}" is not an address: write it as the identity provider sends it, for example jane@company.com`,
  },
  {
    id: 'data-copy-one-secret',
    broken: ({ props }) => props.source.secretName !== (props.secretName ?? SECRET_NAME),
    message: ({ name, props }) =>
      `${name}: the export takes its token from ${props.source.secretName}: write the same secretName at both ends`,
  },
];

/**
 * Copies the data folder of a running Open WebUI into an archive and hands it to the `DataImport` that names it. Stands
 * in a chart of the old namespace and changes nothing there: the volume is mounted read-only, databases are read with
 * SQLite's own backup. What is written after that moment is not in the copy. The job waits for the import up to an
 * hour. It needs one pod, 50m cpu and 128 MiB (limits 500m and 512 MiB) of what the old namespace's quota leaves.
 */
export class DataExport extends OneOffJob {
  /** The namespace of the old set-up. */
  public readonly namespaceName: string;
  public readonly secretName: string;

  constructor(scope: Construct, id: string, props: DataExportProps) {
    super(scope, id, props, {
      program: 'data-export',
      propsStruct: 'DataExportProps',
      suspended: !props.start,
      backoffLimit: 2,
    });
    if (!props.image) {
      throw new Error(
        `${this.name}: there is no image: write the one of the Open WebUI that runs now, its node has it already`,
      );
    }
    this.namespaceName = Chart.of(this).namespace ?? '';
    this.secretName = props.secretName ?? SECRET_NAME;
    this._setPodPort('http', PORT);
    this._pod.addPort({ name: 'http', containerPort: PORT, protocol: 'TCP' });
    this._pod.env.setAll({ DATA_PATH, SCRATCH_PATH, PORT: String(PORT) });
    this._pod.env.setSecret('DATA_COPY_TOKEN', copyToken(this, this.secretName));
    // Read-only at the volume too: the kubelet then leaves owners and modes of the files as they are.
    this._pod.addMountedVolume(
      { name: 'data', persistentVolumeClaim: { claimName: props.claimName ?? 'openwebui-data-pvc', readOnly: true } },
      { mountPath: DATA_PATH, subPath: props.subPath, readOnly: true },
    );
    this._pod.setSpec({
      affinity: props.besidePods ? together(props.affinity, beside(props.besidePods)) : props.affinity,
      securityContext: {
        ...this.platform.podSecurityContext(),
        fsGroup: undefined,
        fsGroupChangePolicy: undefined,
        ...props.podSecurityContext,
      },
    });
    mountScript(this, SCRIPT_PATH, { 'run.py': EXPORT_SCRIPT });
    const resources = addScratch(this, props);
    this.addService();
    this._addJob(
      {
        name: 'export',
        image: props.image,
        command: ['python3', `${SCRIPT_PATH}/run.py`],
        resources,
        readinessProbe: {
          httpGet: { path: '/ready', port: k8s.IntOrString.fromNumber(PORT) },
          periodSeconds: 2,
          failureThreshold: 3,
        },
      },
      props,
    );
    noteStart(this, props);
    checkAtSynth(this, EXPORT_RULES, () => this);
  }

  /** Address for programs of other namespaces. @internal */
  public get _url(): string {
    return `http://${this.name}.${this.namespaceName}.svc:${PORT}`;
  }

  private addService(): void {
    new ApiObject(
      this,
      'Service',
      k8s.KubeService.manifest({
        metadata: { name: this.name, labels: this.labels },
        spec: {
          type: 'ClusterIP',
          selector: this.selector,
          ports: [{ name: 'http', port: PORT, protocol: 'TCP', targetPort: k8s.IntOrString.fromNumber(PORT) }],
        },
      }),
    );
  }
}

/**
 * Fetches the archive of a `DataExport`, checks it, and puts its content into a release's data volume. Refuses a target
 * that people have used. The release must be stopped: while one of its pods exists, the job's pod is not scheduled, and
 * the other way round.
 */
export class DataImport extends OneOffJob {
  public readonly props: DataImportProps;

  constructor(scope: Construct, id: string, props: DataImportProps) {
    const own = { ...jobProps(props.release.props), ...props };
    super(scope, id, own, {
      program: 'data-import',
      propsStruct: 'DataImportProps',
      suspended: !props.start,
      backoffLimit: 2,
    });
    this.props = props;
    const { source, release } = props;
    this._pod.env.setAll({
      SOURCE_URL: source._url,
      DATA_PATH,
      SCRATCH_PATH,
      OVERWRITE: String(props.overwrite ?? false),
      RETRY_SECONDS: '5',
    });
    if (props.ownerEmail) {
      this._pod.env.set('OWNER_EMAIL', props.ownerEmail);
    }
    this._pod.env.setSecret('DATA_COPY_TOKEN', copyToken(this, props.secretName ?? SECRET_NAME));
    this._pod.addMountedVolume(release.storage.toVolume('data'), {
      mountPath: DATA_PATH,
      subPath: release.storage.props.subPath,
    });
    this._pod.setSpec({ affinity: together(props.affinity, apartFrom(release.selector)) });
    mountScript(this, SCRIPT_PATH, { 'run.py': IMPORT_SCRIPT });
    const resources = addScratch(this, props);
    this.linkTo(source);
    this._addJob(
      { name: 'import', image: release._pod.main.image, command: ['python3', `${SCRIPT_PATH}/run.py`], resources },
      own,
    );
    noteStart(this, props);
    checkAtSynth(this, IMPORT_RULES, () => this);
  }

  private linkTo(source: DataExport): void {
    const podsOf = (namespace: string, podLabels: { [key: string]: string }) => ({
      namespaceLabels: { 'kubernetes.io/metadata.name': namespace },
      podLabels,
    });
    source.allowFrom(
      podsOf(Chart.of(this).namespace ?? '', this.selector),
      this.name,
      'http',
      'fetches the data folder',
    );
    this.connectToPeer(podsOf(source.namespaceName, source.selector), source.name, PORT, 'fetches the data folder');
  }
}

function copyToken(job: DataExport | DataImport, secretName: string): SecretKey {
  const secret = Secrets.of(job).secret(secretName);
  return secret.key(
    'DATA_COPY_TOKEN',
    SecretForm.token(),
    'the import fetches with it: the same value in both namespaces',
  );
}

function noteStart(job: DataExport | DataImport, { start }: DataCopyProps): void {
  if (!start) {
    addNote(job.node.findChild('Job') as ApiObject, 'Suspended: a person starts it by setting spec.suspend to false.');
  }
}

/** The folder for the archive, counted into what the pod may write. */
function addScratch(
  job: DataExport | DataImport,
  { scratchSize = Size.gibibytes(4) }: DataCopyProps,
): ContainerResources {
  job._pod.addScratch('scratch', { path: SCRATCH_PATH, sizeLimit: sizeQuantity(scratchSize) });
  const written = Size.mebibytes(scratchSize.toMebibytes() + 64);
  return {
    cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
    memory: { request: Size.mebibytes(128), limit: Size.mebibytes(512) },
    ephemeralStorage: { request: written, limit: written },
  };
}
