import { isDeepStrictEqual } from 'node:util';
import {
  compileTenants,
  loadTenants,
  type Tenant,
  type TenantFile,
  type TenantPolicy,
} from '../../../../constructs/tenants';
import type { Logger } from '../../../runtime/log';
import { ConfigurationError } from '../../../runtime/settings';
import { type FolderWatch, type WatchOptions, watchFolder } from '../../../runtime/watched-folder';
import { readCredentials } from './credential-files';
import { changesBetween, type Generation, type TenantChanges } from './generation';
import { placeOf, readTenantFiles } from './tenant-files';

export interface LiveTenantsOptions {
  /** `TENANT_CONFIG_PATH`. */
  readonly configPath: string;
  /** `SECRETS_PATH`. */
  readonly secretsPath: string;
  /** `ADMIN_ROLES`. */
  readonly adminRoles: readonly string[];
  readonly log: Logger;
  /** @default - the defaults of `watchFolder` */
  readonly watch?: WatchOptions;
}

/** Why the newest files do not count. */
export interface RefusedFiles {
  /** One sentence each. */
  readonly faults: readonly string[];
  readonly since: Date;
}

/** Told after a new generation took the place of the last one. */
export type ChangeListener = (generation: Generation, changes: TenantChanges) => void;

interface Loaded {
  readonly files: TenantFile[];
  readonly policy: TenantPolicy;
  readonly tenants: ReadonlyMap<string, Tenant>;
}

/**
 * The tenants and their credentials, followed on disk. New files take effect whole or not at all: while they have a
 * fault, the last good generation stays, and the fault shows in the log, in the metrics and in `/health`.
 */
export class LiveTenants {
  private generation: Generation;
  private refusal: RefusedFiles | undefined;
  private loaded: Loaded;
  private readonly listeners: ChangeListener[] = [];
  private readonly watches: FolderWatch[];

  /** Error: a `ConfigurationError` with every fault of the files, because there is no last good generation yet. */
  constructor(private readonly options: LiveTenantsOptions) {
    const { configPath, secretsPath, log, watch } = options;
    const place = placeOf(configPath);
    // Watched before it is read, so that no change falls in between.
    this.watches = [
      watchFolder(place.folder, () => this.filesChanged(), { ...watch, only: place.counts }),
      watchFolder(secretsPath, () => this.credentialsChanged(), watch),
    ];
    try {
      this.loaded = this.load(readTenantFiles(configPath));
      this.generation = this.generationOf(1, this.loaded);
    } catch (error) {
      this.close();
      throw new ConfigurationError(faultsOf(error));
    }
    log.info({ generation: 1, tenants: this.loaded.tenants.size }, 'tenants loaded');
  }

  /** The one to decide by. A request takes it once and keeps it to its end. */
  public get current(): Generation {
    return this.generation;
  }

  /** Why the newest files are not the current generation; nothing when they are. */
  public get refused(): RefusedFiles | undefined {
    return this.refusal;
  }

  public onChange(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  public close(): void {
    for (const watch of this.watches) watch.close();
  }

  private filesChanged(): void {
    const before = this.loaded;
    try {
      const files = readTenantFiles(this.options.configPath);
      if (!isDeepStrictEqual(files, before.files)) this.loaded = this.load(files);
    } catch (error) {
      const faults = faultsOf(error);
      this.refusal = { faults, since: new Date() };
      this.options.log.error({ generation: this.generation.number, faults }, 'new tenants refused: the last good stay');
      return;
    }
    if (this.refusal) this.options.log.info('the tenants on disk are good again');
    this.refusal = undefined;
    if (this.loaded === before) return;
    const after = this.generationOf(this.generation.number + 1, this.loaded);
    this.replace(after, changesBetween(this.generation, after));
  }

  private credentialsChanged(): void {
    const after = this.generationOf(this.generation.number + 1, this.loaded);
    const changes = changesBetween(this.generation, after);
    if (changes.changed.length > 0) this.replace(after, changes);
  }

  private replace(after: Generation, changes: TenantChanges): void {
    this.generation = after;
    this.options.log.info({ generation: after.number, ...changes }, 'tenants changed');
    for (const listener of this.listeners) {
      try {
        listener(after, changes);
      } catch (error) {
        this.options.log.error({ err: error }, 'a part of the gateway did not take the new tenants');
      }
    }
  }

  private load(files: TenantFile[]): Loaded {
    const { adminRoles, log } = this.options;
    const { tenants, errors, warnings } = loadTenants(files);
    if (errors.length > 0) throw new ConfigurationError(errors);
    const policy = compileTenants(tenants, { adminRoles: [...adminRoles] });
    for (const warning of warnings) log.warn(warning);
    const enabled = tenants.filter((tenant) => tenant.enabled !== false);
    enabled.sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
    return { files, policy, tenants: new Map(enabled.map((tenant) => [tenant.tenantId, tenant])) };
  }

  private generationOf(number: number, { policy, tenants }: Loaded): Generation {
    const { values, missing } = readCredentials(this.options.secretsPath, tenants.values());
    for (const message of missing) this.options.log.warn(message);
    return { number, policy, tenants, credential: (key) => values.get(key), loadedAt: new Date() };
  }
}

function faultsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.faults;
  return [error instanceof Error ? error.message : String(error)];
}
