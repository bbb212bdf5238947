import { Size } from 'cdk8s';
import { Cpu, type k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { OneOffJob } from '../platform/one-off-job';
import { resourceRequirements } from '../platform/quantity';
import type { SecretKey } from '../platform/secrets';
import type { WorkloadProps } from '../platform/workload';
import { type ConnectionEnvironment, connectionVariables } from './database';

/** What a release tells its migration job. */
export interface MigrationJobProps extends WorkloadProps {
  readonly databaseUrl: SecretKey;
  readonly webuiSecretKey: SecretKey;
  /** Version to which the schema is brought. */
  readonly version: string;
  /** Address at which replicas answer with their version. */
  readonly versionUrl: string;
  /** Whether this is a change of version, in which the old pods go first. */
  readonly upgrading: boolean;
}

const APP_FOLDER = '/app/backend/open_webui';

const RESOURCES = {
  cpu: { request: Cpu.millis(100), limit: Cpu.units(1) },
  memory: { request: Size.mebibytes(512), limit: Size.gibibytes(1) },
  ephemeralStorage: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
};

/** More than the 90 s in which a pod of the app ends: its port is closed long before it has written its last row. */
const QUIET_POLLS = 20;

/**
 * Waits while a replica of another version answers: two versions must never use one database. In an upgrade, and once
 * another version was seen, one poll without an answer says nothing: only a long silence does. Behind a sign-in the
 * version is hidden; then any answer counts during an upgrade, unless the schema is there already and the new pods are
 * who answers. A redirect to the sign-in is an answer, and is not followed: the policies do not let the job go there.
 */
const WAIT_FOR_OLD_VERSION = `
import http.client, json, os, subprocess, sys, time, urllib.error, urllib.request
class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None
opener = urllib.request.build_opener(NoRedirect)
url, version, upgrading = os.environ["VERSION_URL"], os.environ["TARGET_VERSION"], os.environ["UPGRADING"] == "true"
quiet = 0
for attempt in range(360):
    try:
        found = str(json.load(opener.open(url, timeout=5))["version"])
    except urllib.error.HTTPError:
        found = "hidden"
    except OSError:
        found = "none"
    except (http.client.HTTPException, ValueError, KeyError, TypeError):
        found = "hidden"
    if found == version or (found in ("hidden", "none") and not upgrading):
        sys.exit(0)
    if found == "hidden" and subprocess.run(["alembic", "current", "--check-heads"]).returncode == 0:
        sys.exit(0)
    upgrading = True
    quiet = quiet + 1 if found == "none" else 0
    if quiet == ${QUIET_POLLS}:
        sys.exit(0)
    if quiet == 1:
        print("no replica answers; the schema waits until the last old pod has ended too", flush=True)
    if quiet == 0:
        print(f"a replica of version {found} still serves; the schema of {version} waits until it is gone."
              f" If this never ends, set upgradingFrom to the old version and synthesize again.", flush=True)
    time.sleep(5)
sys.exit(1)
`.trim();

/**
 * Brings the database's schema to the release's version, once, while the pods wait. Alembic takes no lock, so that
 * pods which all migrate at their start would race.
 */
export class MigrationJob extends OneOffJob {
  constructor(scope: Construct, id: string, props: MigrationJobProps) {
    super(scope, id, props, { program: 'open-webui-migration', propsStruct: 'MigrationJobProps', backoffLimit: 3 });
    this._pod.env.setSecret('DATABASE_URL', props.databaseUrl);
    this._pod.env.setSecret('WEBUI_SECRET_KEY', props.webuiSecretKey);
    this._pod.env.setAll({
      ENABLE_DB_MIGRATIONS: 'false',
      HOME: '/tmp',
      DATA_DIR: '/tmp/data',
      STATIC_DIR: '/tmp/static',
    });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '128Mi' });
    this._pod.addInit({
      name: 'wait-for-old-version',
      image: props.image,
      command: ['python3', '-c', WAIT_FOR_OLD_VERSION],
      ...checkingTheSchema(
        [
          props.databaseUrl.toEnvVar('DATABASE_URL'),
          props.webuiSecretKey.toEnvVar('WEBUI_SECRET_KEY'),
          { name: 'ENABLE_DB_MIGRATIONS', value: 'false' },
          { name: 'VERSION_URL', value: props.versionUrl },
          { name: 'TARGET_VERSION', value: props.version },
          { name: 'UPGRADING', value: String(props.upgrading) },
        ],
        props,
      ),
    });
    this._addJob(
      {
        name: 'migrate',
        image: props.image ?? '',
        workingDir: APP_FOLDER,
        command: ['alembic', 'upgrade', 'head'],
        resources: RESOURCES,
      },
      props,
    );
  }
}

/** The container that holds a pod of the app back until the schema is that of its version. */
export function waitForMigration(image: string, env: k8s.EnvVar[], byHand: ConnectionEnvironment): k8s.Container {
  return {
    name: 'wait-for-migration',
    image,
    command: [
      'sh',
      '-c',
      'until alembic current --check-heads; do echo "waiting for the migration job"; sleep 5; done',
    ],
    ...checkingTheSchema(env, byHand),
  };
}

/** What a container needs in which Alembic looks whether the schema is that of its version. */
function checkingTheSchema(env: k8s.EnvVar[], byHand: ConnectionEnvironment): Omit<k8s.Container, 'name'> {
  return {
    workingDir: APP_FOLDER,
    env: [
      ...env,
      { name: 'HOME', value: '/tmp' },
      { name: 'DATA_DIR', value: '/tmp/data' },
      ...connectionVariables(byHand),
    ],
    envFrom: byHand.extraEnvFrom,
    resources: resourceRequirements(RESOURCES),
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...(byHand.extraVolumeMounts ?? [])],
  };
}
