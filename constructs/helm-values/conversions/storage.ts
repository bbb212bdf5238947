import type { Draft } from '../draft';
import { HelmFindingKind } from '../finding';
import { type Conversion, flag, list, text } from './conversion';
import { sizeOf } from './release';

const { CARRIED, REPLACED } = HelmFindingKind;

/** What stays. */
export const STORAGE_CONVERSIONS: readonly Conversion[] = [
  {
    path: 'persistence.enabled',
    convert: (value, draft, path) =>
      draft.note(
        path,
        flag(value) ? CARRIED : REPLACED,
        flag(value) ? 'storage' : 'there always is a volume: without one the app forgets its uploads',
      ),
  },
  {
    path: 'persistence.size',
    convert: (value, draft, path) => storage(draft, path, { size: sizeOf(text(value)) }, 'size'),
  },
  {
    path: 'persistence.storageClass',
    convert: (value, draft, path) =>
      storage(draft, path, text(value) ? { storageClass: text(value) } : {}, 'storageClass'),
  },
  {
    path: 'persistence.existingClaim',
    convert: (value, draft, path) =>
      storage(draft, path, text(value) ? { existingClaim: text(value) } : {}, 'existingClaim'),
  },
  {
    path: 'persistence.subPath',
    convert: (value, draft, path) => storage(draft, path, text(value) ? { subPath: text(value) } : {}, 'subPath'),
  },
  {
    path: 'persistence.accessModes.**',
    convert: (value, draft, path) => storage(draft, path, { shared: list(value).includes('ReadWriteMany') }, 'shared'),
  },
  {
    path: 'persistence.annotations.**',
    convert: (value, draft, path) =>
      storage(draft, path, { annotations: value as { [key: string]: string } }, 'annotations'),
  },
  {
    path: 'persistence.provider',
    convert: (value, draft, path) => {
      draft.storageProvider = text(value);
      draft.note(path, CARRIED, text(value) === 'local' ? 'the volume' : `objectStorage.${text(value)}`);
    },
  },
  store('s3', (values) => ({
    s3: {
      bucket: text(values.bucket),
      region: text(values.region),
      ...(values.endpointUrl ? { endpoint: text(values.endpointUrl) } : {}),
      ...(values.keyPrefix ? { keyPrefix: text(values.keyPrefix) } : {}),
    },
  })),
  store('gcs', (values) => ({ gcs: { bucket: text(values.bucket) } })),
  store('azure', (values) => ({
    azure: {
      endpoint: text(values.endpointUrl),
      container: text(values.container),
      ...(values.key || values.keyExistingSecret ? { managedIdentity: false } : {}),
    },
  })),
];

/** One of the stores; which of them is used says `persistence.provider`. */
function store(provider: string, read: (values: { [key: string]: unknown }) => Draft['stores']): Conversion {
  return {
    path: `persistence.${provider}.**`,
    convert: (value, draft, path) => {
      Object.assign(draft.stores, read((value ?? {}) as { [key: string]: unknown }));
      draft.note(path, CARRIED, `objectStorage.${provider} where it is the provider; its keys belong into the Secret`);
    },
  };
}

function storage(
  draft: Draft,
  path: string,
  part: Partial<NonNullable<Draft['openWebUi']['storage']>>,
  name: string,
): void {
  draft.openWebUi.storage = { ...draft.openWebUi.storage, ...part };
  draft.note(path, CARRIED, `storage.${name}`);
}
