/** A value at a path: `spec.template.spec.containers[open-webui].ports[http].containerPort`. */
export type Leaves = { readonly [path: string]: string | number | boolean };

/** What tells the entries of a list apart, so that their order does not matter. */
const KEYS = ['name', 'mountPath', 'host', 'path'];

/** Every single value of an object under its path. */
export function leavesOf(value: unknown, path = ''): Leaves {
  if (Array.isArray(value)) {
    return Object.assign({}, ...value.map((item, index) => leavesOf(item, `${path}[${keyOf(item) ?? index}]`)));
  }
  if (value !== null && typeof value === 'object') {
    return Object.assign(
      {},
      ...Object.entries(value).map(([key, field]) => leavesOf(field, path === '' ? key : `${path}.${key}`)),
    );
  }
  return value === null || value === undefined ? {} : { [path]: value as string | number | boolean };
}

function keyOf(item: unknown): string | undefined {
  const key = KEYS.find((name) => item !== null && typeof item === 'object' && name in item);
  return key === undefined ? undefined : String((item as { [name: string]: unknown })[key]);
}
