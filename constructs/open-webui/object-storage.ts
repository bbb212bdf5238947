import type { EnvironmentVariables } from '../platform/environment-variables';
import { type ExternalHost, urlHost } from '../platform/links';
import { SecretForm } from '../platform/secret-form';
import type { WorkspaceSecret } from '../platform/secrets';

/** Azure Blob storage. */
export interface AzureStorage {
  /** For example `https://openwebui.blob.core.windows.net`. */
  readonly endpoint: string;
  readonly container: string;
  /** Log in with the pod's workload identity instead of a key. @default true */
  readonly managedIdentity?: boolean;
  /** Client id of that identity. Form: GUID. @default - as `serviceAccountAnnotations` says */
  readonly clientId?: string;
}

/** S3 or a compatible store. */
export interface S3Storage {
  readonly bucket: string;
  readonly region: string;
  /** @default - AWS */
  readonly endpoint?: string;
  /** Folder inside the bucket. @default - its root */
  readonly keyPrefix?: string;
}

/** Google Cloud Storage, with a service account's key in the Secret. */
export interface GcsStorage {
  readonly bucket: string;
}

/** Where uploaded files go instead of the data volume. One of the three. */
export interface ObjectStorage {
  readonly azure?: AzureStorage;
  readonly s3?: S3Storage;
  readonly gcs?: GcsStorage;
}

/** Sets the variables of the store. Source: Open WebUI's config.py, "Storage Provider". */
export function applyObjectStorage(env: EnvironmentVariables, secret: WorkspaceSecret, storage: ObjectStorage): void {
  const { azure, s3, gcs } = storage;
  // The app writes every upload to its data folder first; it need not keep the copy there.
  env.set('STORAGE_LOCAL_CACHE', 'false');
  const fromSecret = (name: string, issuer: string) =>
    env.setSecret(name, secret.key(name, SecretForm.issuedBy(issuer), 'access to the uploaded files'));
  if (azure) {
    env.set('STORAGE_PROVIDER', 'azure');
    env.set('AZURE_STORAGE_ENDPOINT', azure.endpoint);
    env.set('AZURE_STORAGE_CONTAINER_NAME', azure.container);
    if (azure.managedIdentity === false) {
      fromSecret('AZURE_STORAGE_KEY', 'the storage account');
    }
  } else if (s3) {
    env.set('STORAGE_PROVIDER', 's3');
    env.set('S3_BUCKET_NAME', s3.bucket);
    env.set('S3_REGION_NAME', s3.region);
    if (s3.endpoint) {
      env.set('S3_ENDPOINT_URL', s3.endpoint);
    }
    if (s3.keyPrefix) {
      env.set('S3_KEY_PREFIX', s3.keyPrefix);
    }
    fromSecret('S3_ACCESS_KEY_ID', 'the owner of the bucket');
    fromSecret('S3_SECRET_ACCESS_KEY', 'the owner of the bucket');
  } else if (gcs) {
    env.set('STORAGE_PROVIDER', 'gcs');
    env.set('GCS_BUCKET_NAME', gcs.bucket);
    fromSecret('GOOGLE_APPLICATION_CREDENTIALS_JSON', 'the owner of the bucket');
  }
}

/** The hosts of the store. */
export function objectStorageHosts({ azure, s3, gcs }: ObjectStorage): ExternalHost[] {
  if (azure) {
    const login = azure.managedIdentity === false ? [] : [{ host: 'login.microsoftonline.com' }];
    return [urlHost(azure.endpoint, 'objectStorage.azure.endpoint'), ...login];
  }
  if (s3) {
    return [urlHost(s3.endpoint ?? `https://${s3.bucket}.s3.${s3.region}.amazonaws.com`, 'objectStorage.s3.endpoint')];
  }
  return gcs ? [{ host: 'storage.googleapis.com' }, { host: 'oauth2.googleapis.com' }] : [];
}
