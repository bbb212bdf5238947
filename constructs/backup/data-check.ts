import type { ApiObject } from 'cdk8s';
import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { beside, together } from '../data-copy/placement';
import { mountScript } from '../data-copy/script';
import type { OpenWebUiRelease } from '../open-webui-release';
import { addNote } from '../platform/notes';
import { jobProps, OneOffJob } from '../platform/one-off-job';
import { sizeQuantity } from '../platform/quantity';
import { checkAtSynth, type Rule } from '../platform/rules';
import type { WorkloadProps } from '../platform/workload';
import { CHECK_SCRIPT } from './check-script';
import { readOnly, resources } from './copying';
import { fromAnnotation } from './restore-job';

/** Counts what people have: in a release of this library, or in a volume of another set-up. */
export interface DataCheckProps extends WorkloadProps {
  /** A release with SQLite in its data volume, running. @default - `claimName` says which volume */
  readonly release?: OpenWebUiRelease;
  /** Claim of the data folder, with `image`. @default - that of `release` */
  readonly claimName?: string;
  /** The data folder inside that volume. @default - its root */
  readonly subPath?: string;
  /** Labels of the pod that has the volume now. @default - no pod has it */
  readonly besidePods?: { [key: string]: string };
  /** Room for a copy of the database. @default - 2 GiB */
  readonly scratchSize?: Size;
}

/** What was counted elsewhere, as its log says it, for example `2 x user, 7 x chat`. */
const EXPECTED = 'cdk8s-open-webui/expected';
const DATA_PATH = '/data';
const SCRATCH_PATH = '/scratch';
const SCRIPT_PATH = '/check';

const RULES: readonly Rule<DataCheck>[] = [
  {
    id: 'data-check-volume',
    broken: ({ props }) => (props.release === undefined) === (props.claimName === undefined),
    message: ({ name }) => `${name}: whose data is counted: write either release or claimName`,
  },
  {
    id: 'data-check-of-a-claim',
    broken: ({ props }) => props.release !== undefined && (props.subPath ?? props.besidePods) !== undefined,
    message: ({ name }) => `${name}: the release says where its data is: leave subPath and besidePods out`,
  },
  {
    id: 'data-check-sqlite',
    broken: ({ props }) => props.release?.props.database !== undefined,
    message: ({ name, props }) =>
      `${name}: ${props.release?.name} keeps its chats in PostgreSQL, its data folder has none to count: leave the check out`,
  },
];

/**
 * Counts accounts, chats and files of a data folder while its program runs, says when a chat was last written, and
 * fails when there is less than a person expects. Suspended until a person starts it. Changes nothing.
 */
export class DataCheck extends OneOffJob {
  public readonly props: DataCheckProps;

  constructor(scope: Construct, id: string, props: DataCheckProps) {
    const { release } = props;
    const own = { ...(release ? jobProps(release.props) : {}), ...props };
    super(scope, id, own, {
      program: 'data-check',
      propsStruct: 'DataCheckProps',
      suspended: true,
      backoffLimit: 0,
    });
    this.props = props;
    const image = props.image ?? release?._pod.main.image;
    if (!image) {
      throw new Error(`${this.name}: there is no image: write the one of the Open WebUI that has the volume`);
    }
    const scratchSize = props.scratchSize ?? Size.gibibytes(2);
    const besidePods = release && !release.storage.shared ? release.selector : props.besidePods;
    this._pod.env.setAll({ DATA_PATH, SCRATCH_PATH });
    this._pod.annotate(EXPECTED, '');
    fromAnnotation(this, 'EXPECTED', EXPECTED);
    this._pod.addMountedVolume(
      readOnly(
        release?.storage.toVolume('data') ?? {
          name: 'data',
          persistentVolumeClaim: { claimName: props.claimName ?? '' },
        },
      ),
      { mountPath: DATA_PATH, subPath: release?.storage.props.subPath ?? props.subPath, readOnly: true },
    );
    this._pod.addScratch('scratch', { path: SCRATCH_PATH, sizeLimit: sizeQuantity(scratchSize) });
    if (besidePods) {
      this._pod.setSpec({ affinity: together(props.affinity, beside(besidePods)) });
    }
    mountScript(this, SCRIPT_PATH, { 'run.py': CHECK_SCRIPT });
    this._addJob(
      {
        name: 'check',
        image,
        command: ['python3', `${SCRIPT_PATH}/run.py`],
        resources: resources(scratchSize),
      },
      own,
    );
    addNote(
      this.node.findChild('Job') as ApiObject,
      `Suspended: a person starts it by setting spec.suspend to false; the annotation ${EXPECTED} of the template says what was counted elsewhere.`,
    );
    checkAtSynth(this, RULES, () => this);
  }
}
