import type { PostgresqlFlexibleServer } from '@cdktf/provider-azurerm/lib/postgresql-flexible-server';
import { Fn, Op } from 'cdktf';
import type { Construct } from 'constructs';
import { blobEndpoint, databaseHost, redisHost, registryServer, vaultUrl } from './addresses';
import { AzureStack, type SharedValue } from './azure-stack';
import { addContainerRegistry } from './container-registry';
import { RegistrySku, SharedStorageKind } from './data-props';
import { addDatabaseUrl } from './database-url';
import { sendDiagnostics } from './diagnostics';
import { lock } from './kept';
import { addKeyVault } from './key-vault';
import { addManagedRedis } from './managed-redis';
import type { NetworkStack } from './network-stack';
import type { ObservabilityStack } from './observability-stack';
import { addPostgres, type PasswordLogin, passwordLogin } from './postgres';
import { addPostgresAlerts } from './postgres-alerts';
import { PrivateService, storageService } from './private-service';
import { addPrivateEndpoint } from './private-service-endpoint';
import { addSharedStorage } from './shared-storage';

/** Everything that must not be lost, and what lives beside it: database, vault, storage, registry, Redis. */
export class DataStack extends AzureStack {
  public readonly serverId: SharedValue;
  public readonly vaultId: SharedValue;
  /** @default - the environment has no storage */
  public readonly storageId?: SharedValue;
  /** @default - the environment has no registry */
  public readonly registryId?: SharedValue;

  public constructor(
    scope: Construct,
    private readonly network: NetworkStack,
    private readonly observability: ObservabilityStack,
  ) {
    super(scope, 'data', network.environment);
    const login = passwordLogin(this);
    const server = this.postgres(login);
    this.serverId = this.share('server_id', server.id);
    this.vaultId = this.keyVault(server, login);
    this.storageId = this.storage();
    this.registryId = this.registry();
    this.redis();
  }

  private postgres(login?: PasswordLogin): PostgresqlFlexibleServer {
    const { server, administrators } = addPostgres(this, this.network, login);
    lock(this, 'postgres', server.id, [administrators]);
    sendDiagnostics(this, this.observability, 'postgres', server.id);
    addPostgresAlerts(this, this.network, this.observability, server.id);
    this.checkName('postgres_host', server.fqdn, databaseHost(this.environment.database.serverName));
    return server;
  }

  private keyVault(server: PostgresqlFlexibleServer, login?: PasswordLogin): SharedValue {
    const { vault, administrators } = addKeyVault(this, this.network);
    lock(this, 'vault', vault.id, [administrators]);
    const endpoint = addPrivateEndpoint(this, this.network, PrivateService.VAULT, vault.id);
    const { urlSecret } = this.environment.database;
    if (login && urlSecret) {
      // The URL has the password that the server was made with; and roles and names need the minutes that a server takes.
      addDatabaseUrl(this, vault, login, urlSecret, [server, administrators, endpoint]);
    }
    sendDiagnostics(this, this.observability, 'vault', vault.id);
    this.checkName('vault_url', Fn.trimsuffix(vault.vaultUri, '/'), vaultUrl(this.environment.keyVault.name));
    return this.share('vault_id', vault.id);
  }

  private storage(): SharedValue | undefined {
    const { storage } = this.environment;
    if (storage === undefined) {
      return undefined;
    }
    const account = addSharedStorage(this, this.network, storage);
    lock(this, 'storage', account.id);
    addPrivateEndpoint(this, this.network, storageService(storage.kind), account.id);
    if (storage.kind === SharedStorageKind.BLOB) {
      const found = Fn.trimsuffix(account.primaryBlobEndpoint, '/');
      this.checkName('blob_endpoint', found, blobEndpoint(storage.accountName));
    }
    return this.share('storage_id', account.id);
  }

  private registry(): SharedValue | undefined {
    const { registry } = this.environment;
    if (registry === undefined) {
      return undefined;
    }
    const created = addContainerRegistry(this, this.network, registry);
    if ((registry.sku ?? RegistrySku.PREMIUM) === RegistrySku.PREMIUM) {
      addPrivateEndpoint(this, this.network, PrivateService.REGISTRY, created.id);
    }
    sendDiagnostics(this, this.observability, 'registry', created.id);
    this.checkName('registry_server', created.loginServer, registryServer(registry.name));
    return this.share('registry_id', created.id);
  }

  private redis(): void {
    const { redis } = this.environment;
    if (redis !== undefined) {
      const created = addManagedRedis(this, this.network, redis);
      addPrivateEndpoint(this, this.network, PrivateService.REDIS, created.id);
      this.checkName('redis_host', created.hostname, redisHost(redis.name, this.environment.region));
    }
  }

  /** The manifests compute the address from the name: Azure has to say the same. */
  private checkName(name: string, found: string, computed: string): void {
    this.check(
      name,
      Op.eq(found, computed),
      `The manifests use ${computed}, but Azure says something else: correct constructs/azure/addresses.ts and render again.`,
    );
  }
}
