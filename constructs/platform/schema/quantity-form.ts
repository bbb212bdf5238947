const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d+))?$/;
const DECIMAL = 'num kMGTPE';
const BINARY = 'KMGTPE';

/**
 * The number that a quantity stands for, in cores, bytes or pieces; undefined when it is none.
 * Source: k8s.io/apimachinery/pkg/api/resource, the serialization format of Quantity.
 */
export function quantityNumber(quantity: unknown): number | undefined {
  if (typeof quantity === 'number') {
    return Number.isFinite(quantity) ? quantity : undefined;
  }
  const match = typeof quantity === 'string' ? FORM.exec(quantity) : null;
  if (!match) {
    return undefined;
  }
  const [, digits, suffix, exponent] = match;
  return Number(digits) * (exponent === undefined ? suffixValue(suffix) : 10 ** Number(exponent));
}

function suffixValue(suffix: string | undefined): number {
  if (suffix === undefined) {
    return 1;
  }
  return suffix.endsWith('i')
    ? 1024 ** (BINARY.indexOf(suffix[0]) + 1)
    : 1000 ** (DECIMAL.indexOf(suffix) - DECIMAL.indexOf(' '));
}
