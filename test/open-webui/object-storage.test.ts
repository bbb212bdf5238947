import { type ObjectStorage, objectStorageHosts } from '../../constructs/open-webui/object-storage';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { environmentOf, render } from '../render';

const release = (objectStorage: ObjectStorage) =>
  render((scope) => new OpenWebUiRelease(scope, 'open-webui', { objectStorage }));
const variables = (objectStorage: ObjectStorage) =>
  environmentOf(release(objectStorage).find('Deployment').spec.template.spec.containers[0]);

const AZURE: ObjectStorage = { azure: { endpoint: 'https://files.blob.core.windows.net', container: 'uploads' } };
const S3: ObjectStorage = { s3: { bucket: 'uploads', region: 'eu-central-1' } };
const GCS: ObjectStorage = { gcs: { bucket: 'uploads' } };

test('Azure Blob, by the identity of the pod', () => {
  expect(variables(AZURE)).toMatchObject({
    STORAGE_PROVIDER: 'azure',
    AZURE_STORAGE_ENDPOINT: 'https://files.blob.core.windows.net',
    AZURE_STORAGE_CONTAINER_NAME: 'uploads',
  });
  expect(variables(AZURE)).not.toHaveProperty('AZURE_STORAGE_KEY');
  expect(objectStorageHosts(AZURE)).toEqual([
    { host: 'files.blob.core.windows.net' },
    { host: 'login.microsoftonline.com' },
  ]);
});

test('Azure Blob, by a key: then nobody has to be asked for a token', () => {
  const withKey: ObjectStorage = {
    azure: { endpoint: 'https://files.blob.core.windows.net', container: 'uploads', managedIdentity: false },
  };
  expect(variables(withKey).AZURE_STORAGE_KEY).toBe('open-webui-secrets/AZURE_STORAGE_KEY');
  expect(objectStorageHosts(withKey)).toEqual([{ host: 'files.blob.core.windows.net' }]);
});

test('Azure Blob by identity marks the pods for the webhook that gives them the token', () => {
  const rendered = release(AZURE);
  expect(rendered.find('Deployment').spec.template.metadata.labels).toMatchObject({
    'azure.workload.identity/use': 'true',
  });
});

test('S3, of Amazon or of somebody else', () => {
  expect(variables(S3)).toMatchObject({
    STORAGE_PROVIDER: 's3',
    S3_BUCKET_NAME: 'uploads',
    S3_REGION_NAME: 'eu-central-1',
    S3_ACCESS_KEY_ID: 'open-webui-secrets/S3_ACCESS_KEY_ID',
    S3_SECRET_ACCESS_KEY: 'open-webui-secrets/S3_SECRET_ACCESS_KEY',
  });
  expect(variables(S3)).not.toHaveProperty('S3_ENDPOINT_URL');
  expect(objectStorageHosts(S3)).toEqual([{ host: 'uploads.s3.eu-central-1.amazonaws.com' }]);

  const own: ObjectStorage = {
    s3: { bucket: 'uploads', region: 'x', endpoint: 'https://s3.company.com:9000', keyPrefix: 'webui' },
  };
  expect(variables(own)).toMatchObject({ S3_ENDPOINT_URL: 'https://s3.company.com:9000', S3_KEY_PREFIX: 'webui' });
  expect(objectStorageHosts(own)).toEqual([{ host: 's3.company.com', port: 9000 }]);
});

test('S3 over plain HTTP is reached on port 80', () => {
  const plain: ObjectStorage = { s3: { bucket: 'uploads', region: 'x', endpoint: 'http://minio.company.com' } };
  expect(objectStorageHosts(plain)).toEqual([{ host: 'minio.company.com', port: 80 }]);
});

test('Google Cloud Storage', () => {
  expect(variables(GCS)).toMatchObject({
    STORAGE_PROVIDER: 'gcs',
    GCS_BUCKET_NAME: 'uploads',
    GOOGLE_APPLICATION_CREDENTIALS_JSON: 'open-webui-secrets/GOOGLE_APPLICATION_CREDENTIALS_JSON',
  });
  expect(objectStorageHosts(GCS)).toEqual([{ host: 'storage.googleapis.com' }, { host: 'oauth2.googleapis.com' }]);
});

test.each([
  ['Azure', AZURE],
  ['S3', S3],
  ['Google', GCS],
])('with %s no upload stays in the pod, and the store is reached', (_name, storage) => {
  expect(variables(storage).STORAGE_LOCAL_CACHE).toBe('false');
  const rendered = release(storage);
  expect(rendered.problems).toEqual([]);
  expect(rendered.find('NetworkPolicy', 'open-webui').spec.egress).toContainEqual(
    expect.objectContaining({ ports: [{ port: 443, protocol: 'TCP' }] }),
  );
});
