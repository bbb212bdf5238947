import { Chart, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { beside, together } from '../data-copy/placement';
import { mountScript } from '../data-copy/script';
import type { OpenWebUiRelease } from '../open-webui-release';
import { Claim, type ClaimProps } from '../platform/claim';
import { jobProps } from '../platform/one-off-job';
import { sizeQuantity } from '../platform/quantity';
import { checkAtSynth } from '../platform/rules';
import type { WorkloadProps } from '../platform/workload';
import { DATA_BACKUP_RULES } from './backup-rules';
import { BACKUP_SCRIPT } from './backup-script';
import { readOnly, resources } from './copying';
import { RestoreJob } from './restore-job';
import { RESTORE_SCRIPT } from './restore-script';
import { ScheduledJob, type ScheduledJobProps } from './scheduled-job';

/** Archives of a release's data folder. `image` defaults to the release's: it has Python and SQLite. */
export interface DataBackupProps extends ScheduledJobProps {
  /** Whose data folder. */
  readonly release: OpenWebUiRelease;
  /** Volume of the archives. @default - on one node, with room for all where the data volume is full; 10 GiB where its size is not known */
  readonly storage?: ClaimProps;
  /** Room for one file on its way: as much as the largest database or upload. @default - 2 GiB */
  readonly scratchSize?: Size;
}

/** The way back of a `DataBackup`. */
export interface DataRestoreProps extends WorkloadProps {
  /** Whose archives, and whose release. */
  readonly backup: DataBackup;
}

const DATA_PATH = '/data';
const BACKUPS_PATH = '/backups';
const SCRATCH_PATH = '/scratch';
const SCRIPT_PATH = '/backup';
const START = ['python3', `${SCRIPT_PATH}/run.py`];

/**
 * Archives the data folder of a release at certain times while it runs: its volume is mounted read-only, and databases
 * are read with SQLite's own backup. Each database is as it was at one moment; files and databases are seconds apart.
 * Reaches nothing over the network and has no token.
 */
export class DataBackup extends ScheduledJob {
  public readonly props: DataBackupProps;
  /** The volume of the archives. */
  public readonly storage: Claim;

  constructor(scope: Construct, id: string, props: DataBackupProps) {
    const { release } = props;
    const own = { ...jobProps(release.props), ...props };
    super(scope, id, own, { program: 'data-backup', propsStruct: 'DataBackupProps' });
    this.props = props;
    this.storage = new Claim(this, 'Backups', this, props.storage ?? { size: this._room ?? Size.gibibytes(10) });
    const scratchSize = props.scratchSize ?? Size.gibibytes(2);
    this._pod.env.setAll({ DATA_PATH, BACKUPS_PATH, SCRATCH_PATH, KEEP: String(this.keep) });
    this._pod.addMountedVolume(readOnly(release.storage.toVolume('data')), {
      mountPath: DATA_PATH,
      subPath: release.storage.props.subPath,
      readOnly: true,
    });
    this._pod.addMountedVolume(this.storage.toVolume('backups'), {
      mountPath: BACKUPS_PATH,
      subPath: this.storage.props.subPath,
    });
    this._pod.addScratch('scratch', { path: SCRATCH_PATH, sizeLimit: sizeQuantity(scratchSize) });
    if (!release.storage.shared) {
      // A volume of one node is read on that node: beside the pod that has it.
      this._pod.setSpec({ affinity: together(props.affinity, beside(release.selector)) });
    }
    mountScript(this, SCRIPT_PATH, { 'run.py': BACKUP_SCRIPT });
    this._addCronJob(
      { name: 'backup', image: release._pod.main.image, command: START, resources: resources(scratchSize) },
      own,
    );
    checkAtSynth(this, DATA_BACKUP_RULES, () => this);
  }

  /**
   * What the archives need where the data volume is full: those that stay, and the new one, which is whole before the
   * oldest goes. Undefined when the size of that volume is not known. @internal
   */
  public get _room(): Size | undefined {
    const { size } = this.props.release.storage.props;
    return size && Size.kibibytes((Math.max(this.keep, 0) + 1) * size.toKibibytes());
  }

  /** The namespace of the release; undefined when its chart names none. @internal */
  public get _releaseNamespace(): string | undefined {
    return Chart.of(this.props.release).namespace;
  }
}

/**
 * Puts an archive of a `DataBackup` back, suspended until a person starts it. Checks the archive first, refuses a data
 * folder that people have used unless told, and keeps what stood there in a folder `.before-restore-…`. The release
 * must be stopped: while one of its pods exists, the job's pod is not scheduled.
 */
export class DataRestore extends RestoreJob {
  constructor(scope: Construct, id: string, props: DataRestoreProps) {
    const { release } = props.backup.props;
    const own = { ...jobProps(release.props), ...props };
    super(scope, id, own, release, {
      program: 'data-restore',
      propsStruct: 'DataRestoreProps',
    });
    const { storage } = props.backup;
    this._pod.env.setAll({ DATA_PATH, BACKUPS_PATH });
    this._pod.addMountedVolume(release.storage.toVolume('data'), {
      mountPath: DATA_PATH,
      subPath: release.storage.props.subPath,
    });
    this._pod.addMountedVolume(readOnly(storage.toVolume('backups')), {
      mountPath: BACKUPS_PATH,
      subPath: storage.props.subPath,
      readOnly: true,
    });
    mountScript(this, SCRIPT_PATH, { 'run.py': RESTORE_SCRIPT });
    this._addJob(
      {
        name: 'restore',
        image: release._pod.main.image,
        command: START,
        resources: resources(Size.mebibytes(0)),
      },
      own,
    );
    this._noteStart();
  }
}
