import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { ExternalHost } from '../platform/links';
import { OneOffJob } from '../platform/one-off-job';
import type { SecretKey } from '../platform/secrets';
import type { WorkloadProps } from '../platform/workload';

/** What a gateway tells its migration job. */
export interface LiteLlmMigrationJobProps extends WorkloadProps {
  readonly databaseUrl: SecretKey;
  readonly databaseHost: ExternalHost;
}

/** Where Prisma may write the migrations: the image's own folder is read-only. */
export const MIGRATIONS_PATH = '/migrations';

/**
 * Brings the database's schema to the gateway's version, once; the pods leave it alone. The image carries Prisma's
 * engines, so nothing is fetched. Source: LiteLLM, "Database Migrations".
 */
export class LiteLlmMigrationJob extends OneOffJob {
  constructor(scope: Construct, id: string, props: LiteLlmMigrationJobProps) {
    super(scope, id, props, {
      program: 'litellm-migration',
      propsStruct: 'LiteLlmMigrationJobProps',
      // A migration of large tables: what is cut off would begin again.
      activeDeadlineSeconds: 7200,
    });
    this._pod.env.setSecret('DATABASE_URL', props.databaseUrl);
    this._pod.env.setAll({
      DISABLE_SCHEMA_UPDATE: 'false',
      LITELLM_MIGRATION_DIR: MIGRATIONS_PATH,
      LITELLM_MODE: 'PRODUCTION',
      LITELLM_LOCAL_MODEL_COST_MAP: 'True',
      JSON_LOGS: 'true',
      HOME: '/tmp',
    });
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '128Mi' });
    this._pod.addScratch('migrations', { path: MIGRATIONS_PATH, sizeLimit: '64Mi' });
    this.connectToHost(props.databaseHost, 'schema');
    this._addJob(
      {
        name: 'migrate',
        image: props.image ?? '',
        command: ['litellm', '--skip_server_startup'],
        resources: {
          cpu: { request: Cpu.millis(100), limit: Cpu.units(1) },
          memory: { request: Size.mebibytes(512), limit: Size.gibibytes(1) },
          ephemeralStorage: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
        },
      },
      props,
    );
  }
}
