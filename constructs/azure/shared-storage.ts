import { StorageAccount } from '@cdktf/provider-azurerm/lib/storage-account';
import { StorageContainer } from '@cdktf/provider-azurerm/lib/storage-container';
import { StorageShare } from '@cdktf/provider-azurerm/lib/storage-share';
import type { AzureStack } from './azure-stack';
import { SharedStorageKind, type SharedStorageProps } from './data-props';
import { KEPT } from './kept';
import type { NetworkStack } from './network-stack';
import { zonesOf } from './regions';

const RETENTION_DAYS = 30;

/** A storage account with one share or one container. Nobody has a key to it. */
export function addSharedStorage(stack: AzureStack, network: NetworkStack, props: SharedStorageProps): StorageAccount {
  const { region, tags } = stack.environment;
  const files = props.kind === SharedStorageKind.FILES;
  const account = new StorageAccount(stack, 'storage', {
    name: props.accountName,
    resourceGroupName: network.resourceGroup.in(stack),
    location: region,
    tags,
    accountKind: files ? 'FileStorage' : 'StorageV2',
    accountTier: files ? 'Premium' : 'Standard',
    accountReplicationType: zonesOf(stack.environment) ? 'ZRS' : 'LRS',
    // NFS knows no TLS of its own; it never leaves the network, which only the private endpoint opens.
    httpsTrafficOnlyEnabled: !files,
    minTlsVersion: 'TLS1_2',
    sharedAccessKeyEnabled: false,
    defaultToOauthAuthentication: true,
    localUserEnabled: false,
    allowNestedItemsToBePublic: false,
    crossTenantReplicationEnabled: false,
    infrastructureEncryptionEnabled: true,
    publicNetworkAccessEnabled: false,
    networkRules: { defaultAction: 'Deny', bypass: ['AzureServices'] },
    ...(files
      ? { shareProperties: { retentionPolicy: { days: RETENTION_DAYS } } }
      : {
          blobProperties: {
            versioningEnabled: true,
            deleteRetentionPolicy: { days: RETENTION_DAYS },
            containerDeleteRetentionPolicy: { days: RETENTION_DAYS },
          },
        }),
    lifecycle: KEPT,
  });
  const content = { name: props.name ?? 'open-webui', storageAccountId: account.id, lifecycle: KEPT };
  if (files) {
    new StorageShare(stack, 'share', { ...content, quota: props.quotaGib ?? 100, enabledProtocol: 'NFS' });
  } else {
    new StorageContainer(stack, 'container', { ...content, containerAccessType: 'private' });
  }
  return account;
}
