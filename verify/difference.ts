import { quantityOf } from './quantity';

const AMOUNTS = /\.(requests|limits|hard|default|defaultRequest|max|min|capacity)\.|\.sizeLimit$/;
const SHOWN = 70;

/**
 * Where what is live is not as rendered, as sentences. Fields that are only in the live object were put there by the
 * API server or a controller and are no difference.
 */
export function differences(rendered: unknown, live: unknown, path = ''): string[] {
  if (isEmpty(rendered) && (live === undefined || isEmpty(live))) return [];
  if (live === undefined) return [`${path} is not set, ${shown(rendered)} is rendered`];
  if (Array.isArray(rendered) && Array.isArray(live)) return differencesOfLists(rendered, live, path);
  if (isObject(rendered) && isObject(live)) {
    return Object.entries(rendered)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) => differences(value, live[key], path === '' ? key : `${path}.${key}`));
  }
  if (rendered === live || (AMOUNTS.test(path) && quantityOf(rendered) === quantityOf(live))) return [];
  return [`${path} is ${shown(live, rendered)}, ${shown(rendered, live)} is rendered`];
}

function differencesOfLists(rendered: readonly unknown[], live: readonly unknown[], path: string): string[] {
  const named = [...rendered, ...live].every((item) => isObject(item) && typeof item.name === 'string');
  if (!named) {
    if (rendered.length !== live.length) return [`${path} has ${live.length} entries, ${rendered.length} are rendered`];
    return rendered.flatMap((item, index) => differences(item, live[index], `${path}[${index}]`));
  }
  const nameOf = (item: unknown) => (item as { name: string }).name;
  const known = new Set(rendered.map(nameOf));
  return [
    ...rendered.flatMap((item) => {
      const same = live.find((one) => nameOf(one) === nameOf(item));
      return same ? differences(item, same, `${path}[${nameOf(item)}]`) : [`${path} lacks ${nameOf(item)}`];
    }),
    ...live.filter((item) => !known.has(nameOf(item))).map((item) => `${path} also has ${nameOf(item)}`),
  ];
}

/** Of long texts, the place where they part. */
function shown(value: unknown, other?: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= SHOWN || typeof other !== 'string') return clipped(text);
  let start = 0;
  while (start < text.length && text[start] === other[start]) start += 1;
  return `…${clipped(text.slice(Math.max(0, start - 10)))}`;
}

function clipped(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value as object).length === 0);
}
