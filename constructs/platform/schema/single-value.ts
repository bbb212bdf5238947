import { suggestion } from './nearest-name';
import { isCidr } from './network-address';
import { quantityNumber } from './quantity-form';
import type { Type } from './type-table';
import { inWords, isPlainObject, quoted } from './value-words';

interface Primitive {
  /** What is expected, as it reads after "expected". */
  readonly words: string;
  readonly holds: (value: unknown) => boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** The primitives of Kubernetes schemas. `date` is what Kubernetes calls Time: a string in RFC 3339 form. */
const PRIMITIVES: { readonly [name: string]: Primitive } = {
  any: { words: 'a value', holds: () => true },
  string: { words: 'a string', holds: isText },
  boolean: { words: 'true or false', holds: (value) => typeof value === 'boolean' },
  integer: { words: 'an integer', holds: Number.isSafeInteger },
  number: { words: 'a number', holds: Number.isFinite },
  intOrString: { words: 'an integer or a string', holds: (value) => isText(value) || Number.isSafeInteger(value) },
  instance: { words: 'an instance', holds: isInstance },
  quantity: {
    words: 'a quantity such as 500m, 2 or 1Gi',
    holds: (value) => quantityNumber(value) !== undefined,
  },
  date: { words: 'a time such as 2026-01-31T12:00:00Z', holds: (value) => isText(value) && isRfc3339(value) },
};

const FORMATS: { readonly [name: string]: { readonly words: string; readonly holds: (text: string) => boolean } } = {
  byte: {
    words: 'base64',
    holds: (text) => /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(text),
  },
  cidr: { words: 'an address range such as 10.0.0.0/8', holds: isCidr },
  'date-time': { words: 'a time such as 2026-01-31T12:00:00Z', holds: isRfc3339 },
};

const NONE: readonly string[] = [];

/** What a type wants, as it reads after "expected". */
export function expected({ shape, primitive, definition }: Type): string {
  if (shape !== 'value') {
    return shape === 'list' ? 'a list' : 'an object';
  }
  if (definition.enum) {
    return `one of ${definition.enum.map((item) => JSON.stringify(item)).join(', ')}`;
  }
  return PRIMITIVES[primitive].words + (definition.of === undefined ? '' : ` of ${definition.of}`);
}

/** What is wrong with a single value: sentences without the path. */
export function singleValueErrors(type: Type, value: unknown): readonly string[] {
  const primitive = PRIMITIVES[type.primitive];
  if (!primitive.holds(value)) {
    return [`expected ${expected(type)}, got ${inWords(value)}`];
  }
  if (type.unlimited) {
    return NONE;
  }
  const { definition } = type;
  if (definition.enum && !definition.enum.includes(value)) {
    return [notListed(definition.enum, value)];
  }
  return typeof value === 'string'
    ? textErrors(type, value)
    : typeof value === 'number'
      ? numberErrors(type, value)
      : [];
}

/** `"Clusterip" is not one of "ClusterIP", "NodePort"; did you mean ClusterIP?` */
function notListed(listed: readonly unknown[], value: unknown): string {
  const names = listed.filter(isText);
  const hint = isText(value) ? suggestion(value, names) : '';
  const is = isText(value) ? quoted(value) : inWords(value);
  return `${is} is not one of ${listed.map((item) => JSON.stringify(item)).join(', ')}${hint}`;
}

function textErrors({ definition, pattern }: Type, text: string): string[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, format } = definition;
  const errors: string[] = [];
  // The API server counts code points, JavaScript UTF-16 units; the two differ only beyond the basic plane.
  const length = text.length > maxLength ? [...text].length : text.length;
  if (length > maxLength) {
    errors.push(`${quoted(text)} is ${length} characters long; at most ${maxLength} are allowed`);
  }
  if (length < minLength) {
    errors.push(text === '' ? 'must not be empty' : `${quoted(text)} is shorter than ${minLength} characters`);
  } else if (pattern && !pattern.test(text)) {
    errors.push(`${quoted(text)} does not match ${pattern.source}`);
  }
  if (format !== undefined && FORMATS[format] && !FORMATS[format].holds(text)) {
    errors.push(`expected ${FORMATS[format].words}, got ${inWords(text)}`);
  }
  return errors;
}

function numberErrors({ definition }: Type, number: number): string[] {
  const whole = definition.format === 'int32';
  const { minimum = whole ? -(2 ** 31) : undefined, maximum = whole ? 2 ** 31 - 1 : undefined } = definition;
  if (minimum !== undefined && number < minimum) {
    return [`${number} is too small; the least is ${minimum}`];
  }
  return maximum !== undefined && number > maximum ? [`${number} is too large; the most is ${maximum}`] : [];
}

/** Which class it is an instance of is not asked: two copies of a library have two classes of the same name. */
function isInstance(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlainObject(value);
}

function isRfc3339(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}
