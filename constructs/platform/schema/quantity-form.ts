const FORM = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
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
  if (typeof quantity !== 'string' || !FORM.test(quantity)) {
    return undefined;
  }
  // It stops before the suffix, and reads an exponent.
  return Number.parseFloat(quantity) * suffixValue(quantity);
}

function suffixValue(quantity: string): number {
  if (quantity.endsWith('i')) {
    return 1024 ** (BINARY.indexOf(quantity.charAt(quantity.length - 2)) + 1);
  }
  const power = DECIMAL.indexOf(quantity.charAt(quantity.length - 1));
  return power < 0 ? 1 : 1000 ** (power - DECIMAL.indexOf(' '));
}
