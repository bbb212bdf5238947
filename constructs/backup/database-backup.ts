import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { mountScript } from '../data-copy/script';
import { Claim, type ClaimProps } from '../platform/claim';
import { jobProps } from '../platform/one-off-job';
import { READ_ONLY_FILES } from '../platform/pod-template';
import { type PostgresDatabase, PostgresSslMode, verifiesServer } from '../platform/postgres';
import { checkAtSynth } from '../platform/rules';
import type { SecretKey } from '../platform/secrets';
import type { Workload, WorkloadProps } from '../platform/workload';
import { DATABASE_BACKUP_RULES } from './backup-rules';
import { readOnly, resources } from './copying';
import { DUMP_SCRIPT, PUT_ASIDE, RESTORE_DATABASE_SCRIPT } from './database-scripts';
import { DEFAULT_SERVER_VERSION, postgresImage } from './postgres-clients';
import { RestoreJob } from './restore-job';
import { ScheduledJob, type ScheduledJobProps } from './scheduled-job';

/** Dumps of one PostgreSQL database. Pull secrets, user, nodes: those of `usedBy` unless told. */
export interface DatabaseBackupProps extends ScheduledJobProps {
  readonly database: PostgresDatabase;
  /** The key that holds the database's URL, with the password; mounted as a file. */
  readonly databaseUrl: SecretKey;
  /** The program that uses the database: a restore waits until its pods are gone. */
  readonly usedBy: Workload;
  /** Major version of the server, 14 to 18: it decides the image. @default 16 */
  readonly serverVersion?: number;
  /** Volume of the dumps. @default - 10 GiB on one node */
  readonly storage?: ClaimProps;
}

/** The way back of a `DatabaseBackup`. */
export interface DatabaseRestoreProps extends WorkloadProps {
  /** Whose dumps, and whose database. */
  readonly backup: DatabaseBackup;
}

const BACKUPS_PATH = '/backups';
const SCRIPT_PATH = '/backup';
const SECRET_PATH = '/run/secrets/database';
const PASSWORD_PATH = '/run/postgresql';

/**
 * Dumps a PostgreSQL database at certain times, as it is at one moment, while its program runs. Reaches the database
 * and nothing else; the password is in a file.
 */
export class DatabaseBackup extends ScheduledJob {
  public readonly props: DatabaseBackupProps;
  /** Major version of the server. */
  public readonly serverVersion: number;
  /** The volume of the dumps. */
  public readonly storage: Claim;

  constructor(scope: Construct, id: string, props: DatabaseBackupProps) {
    const own = { ...jobProps(props.usedBy._given), ...props };
    super(scope, id, own, { program: 'database-backup', propsStruct: 'DatabaseBackupProps' });
    this.props = props;
    this.serverVersion = props.serverVersion ?? DEFAULT_SERVER_VERSION;
    this.storage = new Claim(this, 'Backups', this, props.storage ?? { size: Size.gibibytes(10) });
    this._pod.env.setAll({ BACKUPS_PATH, KEEP: String(this.keep) });
    useDatabase(this, props);
    this._pod.addMountedVolume(this.storage.toVolume('backups'), {
      mountPath: BACKUPS_PATH,
      subPath: this.storage.props.subPath,
    });
    mountScript(this, SCRIPT_PATH, { 'run.sh': DUMP_SCRIPT });
    this._addCronJob(
      {
        name: 'dump',
        image: props.image ?? postgresImage(this.name, this.serverVersion),
        command: ['bash', `${SCRIPT_PATH}/run.sh`],
        resources: resources(Size.mebibytes(0)),
      },
      own,
    );
    checkAtSynth(this, DATABASE_BACKUP_RULES, () => this);
  }
}

/**
 * Puts a dump of a `DatabaseBackup` back, suspended until a person starts it: one transaction, so that either the whole
 * dump is there or nothing has changed. Checks the dump first, refuses a database with tables unless told, and keeps
 * those in a schema `before_restore_…`. The program that uses the database must be stopped.
 */
export class DatabaseRestore extends RestoreJob {
  constructor(scope: Construct, id: string, props: DatabaseRestoreProps) {
    const { backup } = props;
    const own = { ...jobProps(backup._given), ...props };
    super(scope, id, own, backup.props.usedBy, {
      program: 'database-restore',
      propsStruct: 'DatabaseRestoreProps',
      // Indexes of vectors are built anew.
      activeDeadlineSeconds: 4 * 3600,
    });
    this._pod.env.setAll({ BACKUPS_PATH, SCRIPT_PATH });
    useDatabase(this, backup.props);
    this._pod.addMountedVolume(readOnly(backup.storage.toVolume('backups')), {
      mountPath: BACKUPS_PATH,
      subPath: backup.storage.props.subPath,
      readOnly: true,
    });
    mountScript(this, SCRIPT_PATH, { 'run.sh': RESTORE_DATABASE_SCRIPT, 'put-aside.sql': PUT_ASIDE });
    this._addJob(
      {
        name: 'restore',
        image: backup._pod.main.image,
        command: ['bash', `${SCRIPT_PATH}/run.sh`],
        resources: resources(Size.mebibytes(0)),
      },
      own,
    );
    this._noteStart();
  }
}

function useDatabase(workload: Workload, { database, databaseUrl }: DatabaseBackupProps): void {
  const { host, port = 5432, user, sslMode = PostgresSslMode.REQUIRE, cidrs } = database;
  const { env } = workload._pod;
  env.setAll({
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database.database,
    PGUSER: user,
    PGSSLMODE: sslMode,
    PGPASSFILE: `${PASSWORD_PATH}/password`,
    DATABASE_URL_FILE: `${SECRET_PATH}/url`,
  });
  env.setDefaults({ PGCONNECT_TIMEOUT: '30' });
  if (verifiesServer(sslMode)) {
    // The authorities of the image; libpq itself would look for a file in the home folder.
    env.setDefaults({ PGSSLROOTCERT: '/etc/ssl/cert.pem' });
  }
  workload._pod.addScratch('password', { path: PASSWORD_PATH, sizeLimit: '1Mi' });
  workload._pod.addMountedVolume(
    {
      name: 'database-url',
      secret: {
        secretName: databaseUrl.secretName,
        defaultMode: READ_ONLY_FILES,
        items: [{ key: databaseUrl.key, path: 'url' }],
      },
    },
    { mountPath: SECRET_PATH, readOnly: true },
  );
  workload.connectToHost({ host, port, cidrs }, workload.program === 'database-backup' ? 'dump' : 'restore');
}
