import { isIPv4, isIPv6 } from 'node:net';

/** What a custom resource's schema says about several fields together: the part of JSON Schema that the CRDs use. */
export interface Combination {
  readonly allOf?: readonly Combination[];
  readonly anyOf?: readonly Combination[];
  readonly oneOf?: readonly Combination[];
  readonly not?: Combination;
  readonly properties?: { readonly [name: string]: Combination };
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly format?: string;
}

const NONE: readonly string[] = [];

/** The combinations that a value breaks, as sentences. `defaults`: what the API server fills in first. */
export function brokenCombinations(
  { allOf, anyOf, oneOf, not }: Combination,
  value: unknown,
  defaults?: { readonly [name: string]: unknown },
): readonly string[] {
  if (!allOf && !anyOf && !oneOf && !not) {
    return NONE;
  }
  const filled = defaults && typeof value === 'object' && value !== null ? { ...defaults, ...value } : value;
  const rules: Combination[] = [...(allOf ?? []), { anyOf }, { oneOf }, { not }];
  return rules.filter((rule) => !holds(rule, filled)).map((rule) => `needs ${inWords(rule)}`);
}

function holds(rule: Combination, value: unknown): boolean {
  return (
    (rule.allOf?.every((part) => holds(part, value)) ?? true) &&
    (rule.anyOf?.some((part) => holds(part, value)) ?? true) &&
    (rule.oneOf === undefined || rule.oneOf.filter((part) => holds(part, value)).length === 1) &&
    (rule.not === undefined || !holds(rule.not, value)) &&
    (rule.enum === undefined || rule.enum.includes(value)) &&
    (rule.maxLength === undefined || typeof value !== 'string' || value.length <= rule.maxLength) &&
    (rule.format === undefined || typeof value !== 'string' || hasFormat(rule.format, value)) &&
    fieldsHold(rule, value)
  );
}

function fieldsHold({ properties = {}, required = [] }: Combination, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return true;
  }
  const fields = value as { [name: string]: unknown };
  return (
    required.every((name) => fields[name] !== undefined) &&
    Object.entries(properties).every(([name, rule]) => fields[name] === undefined || holds(rule, fields[name]))
  );
}

function hasFormat(format: string, text: string): boolean {
  return format === 'ipv4' ? isIPv4(text) : format === 'ipv6' ? isIPv6(text) : true;
}

function inWords(rule: Combination, subject = 'it'): string {
  const all = [
    ...(rule.allOf ?? []).map((part) => inWords(part, subject)),
    ...(rule.anyOf ? [choice('at least one', rule.anyOf, subject)] : []),
    ...(rule.oneOf ? [choice('exactly one', rule.oneOf, subject)] : []),
    ...(rule.not ? [`not (${inWords(rule.not, subject)})`] : []),
    ...(rule.enum ? [`${subject} to be ${rule.enum.map(enumInWords).join(' or ')}`] : []),
    ...(rule.maxLength === undefined ? [] : [`${subject} to be ${rule.maxLength === 0 ? 'empty' : 'short'}`]),
    ...(rule.format === undefined ? [] : [`${subject} to be an ${rule.format} address`]),
    ...(rule.required ?? []),
    ...Object.entries(rule.properties ?? {})
      .filter(([, part]) => Object.keys(part).length > 0)
      .map(([name, part]) => inWords(part, subject === 'it' ? name : `${subject}.${name}`)),
  ];
  return all.join(' and ');
}

function choice(how: string, rules: readonly Combination[], subject: string): string {
  const parts = rules.map((rule) => inWords(rule, subject));
  return `${how} of: ${parts.join(', ')}`;
}

function enumInWords(value: unknown): string {
  return value === null ? 'absent' : JSON.stringify(value);
}
