import type { Size } from 'cdk8s';
import { Construct } from 'constructs';
import { DataBackup, DataRestore } from './backup/data-backup';
import { DatabaseBackup, DatabaseRestore } from './backup/database-backup';
import { RestoredClaim, VolumeSnapshots } from './backup/volume-snapshots';
import type { ClaudeService } from './claude-service';
import type { LiteLlmGateway } from './litellm-gateway';
import type { OpenWebUiRelease } from './open-webui-release';
import type { ClaimProps } from './platform/claim';
import type { PostgresDatabase } from './platform/postgres';
import { checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';
import { type SecretKey, Secrets } from './platform/secrets';
import type { Workload } from './platform/workload';

/** The ways of keeping a copy. */
export enum BackupKind {
  /** Archives of Open WebUI's data folder by schedule, while it runs. */
  TAR = 'tar',
  /** Dumps of the PostgreSQL databases by schedule, while their programs run. */
  DATABASE_DUMP = 'database-dump',
  /** Snapshots of all volumes, once per name. */
  VOLUME_SNAPSHOT = 'volume-snapshot',
}

/** A snapshot that becomes a volume again. */
export interface SnapshotToRestore {
  /** Name of the VolumeSnapshot. */
  readonly fromSnapshot: string;
  /** At least the size of the volume that was snapshotted. */
  readonly size: Size;
  /** Name of the new claim, which the release's `storage` then names as `existingClaim`. */
  readonly claimName: string;
  /** @default - the platform's class; it must be of the snapshot's driver */
  readonly storageClass?: string;
}

/** What is kept of a workspace, and when. */
export interface BackupOptions {
  /** @default - archives of the data folder, and dumps where there is a database */
  readonly kinds?: BackupKind[];
  /** When archives and dumps are made, in UTC. Form: the five fields of cron, or `@daily`. @default `15 2 * * *` */
  readonly schedule?: string;
  /** How many archives and dumps stay, of each program. @default 7 */
  readonly keep?: number;
  /** Volume of the archives. @default - on one node, with room for all where the data volume is full; 10 GiB where its size is not known */
  readonly archives?: ClaimProps;
  /** Room for one file on its way into an archive. @default - 2 GiB */
  readonly scratchSize?: Size;
  /** Volume of the dumps, one for each database: without `claimName` and `existingClaim`. @default - 10 GiB on one node */
  readonly dumps?: ClaimProps;
  /** Major version of the PostgreSQL servers, 14 to 18. @default 16 */
  readonly serverVersion?: number;
  /** Image with bash, pg_dump and psql of that version, for a registry of your own. @default - PostgreSQL's */
  readonly dumpImage?: string;
  /** What the snapshots' names end with; another name takes further ones. Form: DNS label, for example `before-0-13`. @default - no snapshots */
  readonly snapshotName?: string;
  /** VolumeSnapshotClass. @default - the default class of the volumes' driver */
  readonly snapshotClass?: string;
  /** A volume made from a snapshot of the data volume. @default - none */
  readonly restoredClaim?: SnapshotToRestore;
}

/** Whose data is kept. */
export interface BackupProps extends BackupOptions {
  readonly release: OpenWebUiRelease;
  /** Its database is dumped too, its volumes are snapshotted too. @default - not */
  readonly claudeService?: ClaudeService;
  /** Its database is dumped too. @default - not */
  readonly liteLlmGateway?: LiteLlmGateway;
}

interface UsedDatabase {
  readonly usedBy: Workload;
  readonly database: PostgresDatabase;
  readonly databaseUrl: SecretKey;
}

const RULES: readonly Rule<Backup>[] = [
  {
    id: 'backup-keeps-something',
    broken: ({ kinds }) => kinds.length === 0,
    message: () => 'kinds of the backup is empty, nothing would be kept: write at least one, or leave the backup out',
  },
  {
    id: 'backup-dump-needs-a-database',
    broken: (backup) => backup.kinds.includes(BackupKind.DATABASE_DUMP) && backup._databases.length === 0,
    message: ({ props }) =>
      `${props.release.name} has no PostgreSQL database to dump, its chats are in the data folder: write BackupKind.TAR`,
  },
  {
    id: 'backup-database-is-kept',
    broken: (backup) => backup._databases.length > 0 && !backup.kinds.includes(BackupKind.DATABASE_DUMP),
    message: (backup) =>
      `${backup._databases.map(({ usedBy }) => usedBy.name).join(', ')}: what people wrote is in PostgreSQL, which no archive and no snapshot holds: add BackupKind.DATABASE_DUMP to kinds`,
  },
  {
    id: 'backup-snapshot-name',
    broken: ({ kinds, props }) => kinds.includes(BackupKind.VOLUME_SNAPSHOT) !== (props.snapshotName !== undefined),
    message: ({ props }) =>
      props.snapshotName === undefined
        ? 'BackupKind.VOLUME_SNAPSHOT: snapshots are taken once per name: write snapshotName, for example before-0-13'
        : `snapshotName ${props.snapshotName} takes no snapshot: add BackupKind.VOLUME_SNAPSHOT to kinds`,
  },
  {
    id: 'backup-dump-volumes',
    broken: ({ props, _databases }) =>
      _databases.length > 1 && (props.dumps?.claimName ?? props.dumps?.existingClaim) !== undefined,
    message: ({ props, _databases }) =>
      `${_databases.map(({ usedBy }) => usedBy.name).join(' and ')} would share the volume ${props.dumps?.existingClaim ?? props.dumps?.claimName}, and the dumps of one delete those of the other: leave claimName and existingClaim of dumps out`,
  },
];

/**
 * What is kept of a workspace, by which jobs, and the jobs that put it back: those are suspended until a person starts
 * them. The ways, their downtimes and what each loses: docs/backup-and-restore.md.
 */
export class Backup extends Construct {
  public readonly props: BackupProps;
  public readonly kinds: BackupKind[];
  /** @internal */
  public readonly _databases: UsedDatabase[];

  constructor(scope: Construct, id: string, props: BackupProps) {
    super(scope, id);
    checkProps(this, 'BackupProps', props);
    this.props = props;
    this._databases = databasesOf(props);
    this.kinds = props.kinds ?? defaultKinds(props, this._databases);
    if (this.kinds.includes(BackupKind.TAR)) {
      this.addArchives();
    }
    if (this.kinds.includes(BackupKind.DATABASE_DUMP)) {
      this.addDumps();
    }
    if (this.kinds.includes(BackupKind.VOLUME_SNAPSHOT) && props.snapshotName !== undefined) {
      this.addSnapshots(props.snapshotName);
    }
    if (props.restoredClaim) {
      new RestoredClaim(this, 'RestoredClaim', { ...props.restoredClaim, release: props.release });
    }
    checkAtSynth(this, RULES, () => this);
  }

  private addArchives(): void {
    const { release, schedule, keep, archives, scratchSize } = this.props;
    const backup = new DataBackup(this, 'DataBackup', {
      name: `${release.name}-data-backup`,
      release,
      schedule,
      keep,
      storage: archives,
      scratchSize,
    });
    new DataRestore(this, 'DataRestore', { name: `${release.name}-data-restore`, backup });
  }

  private addDumps(): void {
    const { schedule, keep, dumps, dumpImage, serverVersion } = this.props;
    for (const used of this._databases) {
      const { name } = used.usedBy;
      const backup = new DatabaseBackup(this, `DatabaseBackup-${name}`, {
        ...used,
        name: `${name}-database-backup`,
        schedule,
        keep,
        storage: dumps,
        image: dumpImage,
        serverVersion,
      });
      new DatabaseRestore(this, `DatabaseRestore-${name}`, { name: `${name}-database-restore`, backup });
    }
  }

  private addSnapshots(snapshotName: string): void {
    const { release, claudeService, snapshotClass } = this.props;
    for (const usedBy of claudeService ? [release, claudeService] : [release]) {
      new VolumeSnapshots(this, `Snapshots-${usedBy.name}`, { usedBy, snapshotName, snapshotClass });
    }
  }
}

function defaultKinds({ snapshotName }: BackupProps, databases: readonly UsedDatabase[]): BackupKind[] {
  return [
    BackupKind.TAR,
    ...(databases.length > 0 ? [BackupKind.DATABASE_DUMP] : []),
    ...(snapshotName === undefined ? [] : [BackupKind.VOLUME_SNAPSHOT]),
  ];
}

function databasesOf({ release, claudeService, liteLlmGateway }: BackupProps): UsedDatabase[] {
  const programs = [
    { usedBy: release, database: release.props.database, secretName: release.secret.secretName },
    ...[claudeService, liteLlmGateway].flatMap((usedBy) =>
      usedBy
        ? [{ usedBy, database: usedBy._own.database, secretName: usedBy._own.secretName ?? `${usedBy.name}-secrets` }]
        : [],
    ),
  ];
  return programs.flatMap(({ usedBy, database, secretName }) =>
    database ? [{ usedBy, database, databaseUrl: databaseUrl(usedBy, secretName) }] : [],
  );
}

// The program has declared it, with its own defaults.
function databaseUrl(usedBy: Workload, secretName: string): SecretKey {
  const { keys } = Secrets.of(usedBy).secret(secretName);
  return keys.find(({ key }) => key === 'DATABASE_URL') as SecretKey;
}
