import { quantityNumber } from '../schema/quantity-form';
import { quoted } from '../schema/value-words';
import { dataKey } from './name-forms';
import type { Part } from './part';
import type { RuleSet } from './rule-set';

/** Source: pkg/apis/core/validation, MaxSecretSize. */
const LARGEST_DATA = 1024 * 1024;
const MAPS = ['data', 'binaryData', 'stringData'];

/** From the smallest that a LimitRange may say to the largest. */
const LIMIT_ORDER = ['min', 'defaultRequest', 'default', 'max'];

/** Source: pkg/apis/core/validation: ValidateConfigMap, ValidateSecret, ValidatePersistentVolumeClaim, ValidateLimitRange. */
export const storageRules: RuleSet[] = [
  {
    kinds: ['ConfigMap', 'Secret'],
    parts: (manifest) => [manifest],
    rules: [
      {
        id: 'data-size',
        broken: (object) => dataBytes(object) >= LARGEST_DATA,
        message: (object) =>
          `the data has ${dataBytes(object)} bytes; the API server takes less than ${LARGEST_DATA}, so split it over several objects`,
      },
      {
        id: 'data-key-form',
        broken: (object) => wrongKeys(object).length > 0,
        message: (object) => `the keys ${wrongKeys(object).map(quoted).join(', ')} must be ${dataKey.words}`,
      },
      {
        id: 'data-key-twice',
        broken: (object) => keysInBoth(object).length > 0,
        message: (object) => `${keysInBoth(object).join(', ')} stands in data and in binaryData; leave one`,
      },
    ],
  },
  {
    kinds: ['PersistentVolumeClaim', 'StatefulSet'],
    parts: ({ kind, spec }) =>
      kind === 'StatefulSet' ? spec.items('volumeClaimTemplates').map((claim) => claim.at('spec')) : [spec],
    rules: [
      {
        id: 'claim-access-mode',
        broken: (claim) => claim.has('accessModes') && claim.items('accessModes').length === 0,
        message: () => 'accessModes is empty; give one, such as ReadWriteOnce',
      },
      {
        id: 'claim-size',
        broken: (claim) => claim.at('resources').has('requests') && (quantityNumber(storage(claim).value) ?? 0) <= 0,
        message: () => 'resources.requests.storage must be a size above 0, such as 20Gi',
      },
    ],
  },
  {
    kinds: ['LimitRange'],
    parts: ({ spec }) => spec.items('limits'),
    rules: [
      {
        id: 'limit-order',
        broken: (limit) => outOfOrder(limit) !== undefined,
        message: (limit) => `${outOfOrder(limit)}; the order is min ≤ defaultRequest ≤ default ≤ max`,
      },
    ],
  },
];

function dataBytes(object: Part): number {
  return MAPS.flatMap((name) => object.entries(name)).reduce(
    (sum, entry) => sum + Buffer.byteLength(entry.text() ?? '', encodingOf(object, entry)),
    0,
  );
}

/** Base64 counts by what it stands for. */
function encodingOf(object: Part, entry: Part): BufferEncoding {
  const name = entry.parent?.key;
  return name === 'binaryData' || (name === 'data' && object.text('kind') === 'Secret') ? 'base64' : 'utf8';
}

function wrongKeys(object: Part): string[] {
  return MAPS.flatMap((name) => object.at(name).keys).filter((key) => !dataKey.holds(key));
}

function keysInBoth(object: Part): string[] {
  return object.at('data').keys.filter((key) => object.at('binaryData').has(key));
}

function storage(claim: Part): Part {
  return claim.at('resources').at('requests').at('storage');
}

function outOfOrder(limit: Part): string | undefined {
  for (const [index, lower] of LIMIT_ORDER.entries()) {
    for (const upper of LIMIT_ORDER.slice(index + 1)) {
      const wrong = limit.at(lower).keys.find((resource) => isAbove(limit, resource, lower, upper));
      if (wrong !== undefined) {
        return `${lower}.${wrong} is above ${upper}.${wrong}`;
      }
    }
  }
  return undefined;
}

function isAbove(limit: Part, resource: string, lower: string, upper: string): boolean {
  const [small, large] = [lower, upper].map((name) => quantityNumber(limit.at(name).at(resource).value));
  return small !== undefined && large !== undefined && small > large;
}
