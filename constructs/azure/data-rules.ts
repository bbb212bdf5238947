import { quoted } from '../platform/schema/value-words';
import * as form from './azure-names';
import { type AzureRule, boundsRule, formRule, type NamedValue } from './azure-rule';
import { RegistrySku, SharedStorageKind } from './data-props';
import type { AzureEnvironmentProps } from './environment-props';
import { zonesOf } from './regions';

const REDIS_SKU =
  /^(Balanced_B(0|1|3|5|10|20|50|100|150|250|350|500|700|1000)|MemoryOptimized_M\d+|ComputeOptimized_X\d+|FlashOptimized_A\d+)$/;

/** Names that the whole world shares. */
function publicNames({ database, keyVault, storage, registry, redis, edge }: AzureEnvironmentProps): NamedValue[] {
  return [
    { prop: 'database.serverName', value: database.serverName },
    { prop: 'keyVault.name', value: keyVault.name },
    { prop: 'storage.accountName', value: storage?.accountName },
    { prop: 'registry.name', value: registry?.name },
    { prop: 'redis.name', value: redis?.name },
    { prop: 'edge.name', value: edge?.name },
  ];
}

export const DATA_RULES: readonly AzureRule[] = [
  {
    id: 'reserved-name',
    sentences: (environment) =>
      publicNames(environment).flatMap(({ prop, value = '' }) => {
        const word = form.reservedWord(value);
        return word === undefined
          ? []
          : [`${prop}: Azure refuses ${quoted(value)}, for ${quoted(word)} is reserved: take a name without it`];
      }),
  },
  formRule('vault-name', form.vaultName, ({ keyVault }) => [{ prop: 'keyVault.name', value: keyVault.name }]),
  formRule('vault-secret-name', form.vaultSecretName, ({ database }) => [
    { prop: 'database.urlSecret', value: database.urlSecret },
  ]),
  formRule('storage-name', form.storageAccountName, ({ storage }) => [
    { prop: 'storage.accountName', value: storage?.accountName },
  ]),
  formRule('share-name', form.shareName, ({ storage }) => [{ prop: 'storage.name', value: storage?.name }]),
  boundsRule('share-quota', [100, 102_400, 'GiB'], ({ storage }) => [
    { prop: 'storage.quotaGib', value: storage?.quotaGib },
  ]),
  {
    id: 'quota-of-blobs',
    sentences: ({ storage }) =>
      storage?.kind === SharedStorageKind.BLOB && storage.quotaGib !== undefined
        ? ['storage.quotaGib: a blob container has no size: leave it out']
        : [],
  },
  formRule('registry-name', form.registryName, ({ registry }) => [{ prop: 'registry.name', value: registry?.name }]),
  {
    id: 'registry-zones',
    sentences: (environment) => {
      const { sku = RegistrySku.PREMIUM, zoneRedundant = false } = environment.registry ?? {};
      return zoneRedundant && (sku !== RegistrySku.PREMIUM || zonesOf(environment) === undefined)
        ? [
            `registry.zoneRedundant: only a registry of the tier Premium in a region with zones is spread over zones, this is ${sku}: write RegistrySku.PREMIUM, or leave zoneRedundant out`,
          ]
        : [];
    },
  },
  {
    id: 'registry-ranges',
    sentences: ({ registry }) =>
      registry?.allowedRanges !== undefined && (registry.sku ?? RegistrySku.PREMIUM) !== RegistrySku.PREMIUM
        ? [
            `registry.allowedRanges: a registry of the tier ${registry.sku} is open to every address: write RegistrySku.PREMIUM, or leave allowedRanges out`,
          ]
        : [],
  },
  formRule('redis-name', form.redisName, ({ redis }) => [{ prop: 'redis.name', value: redis?.name }]),
  {
    id: 'redis-sku',
    sentences: ({ redis }) =>
      redis === undefined || REDIS_SKU.test(redis.sku)
        ? []
        : [
            `redis.sku: ${quoted(redis.sku)} is no size of Azure Managed Redis: write one such as "Balanced_B5" (Basic, Standard and Premium were of Azure Cache for Redis)`,
          ],
  },
];
