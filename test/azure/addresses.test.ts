import {
  blobEndpoint,
  databaseHost,
  federatedSubject,
  redisHost,
  registryServer,
  vaultUrl,
} from '../../constructs/azure/addresses';

test('addresses follow from names as Azure makes them', () => {
  expect(databaseHost('openwebui-pg-prod')).toBe('openwebui-pg-prod.postgres.database.azure.com');
  expect(vaultUrl('openwebui-prod')).toBe('https://openwebui-prod.vault.azure.net');
  expect(registryServer('openwebuiprod')).toBe('openwebuiprod.azurecr.io');
  expect(redisHost('openwebui-prod', 'eastus')).toBe('openwebui-prod.eastus.redis.azure.net');
  expect(blobEndpoint('openwebuiprod')).toBe('https://openwebuiprod.blob.core.windows.net');
  expect(federatedSubject({ namespace: 'open-webui', name: 'secret-reader' })).toBe(
    'system:serviceaccount:open-webui:secret-reader',
  );
});
