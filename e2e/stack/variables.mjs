// A container's variables as a kubelet resolves them: envFrom, then env in its order, with `$(NAME)` expanded.

/**
 * `$(NAME)` becomes the value of a variable that is known already, `$$` a single `$`; an unknown name stays as it is.
 * Source: Kubernetes' API reference, EnvVar.value.
 */
export function expand(text, known) {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (found, name) => {
    if (found === '$$') return '$';
    return Object.hasOwn(known, name) ? known[name] : found;
  });
}

export function resolveVariables(container, context) {
  const env = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const values = configMapRef ? context.configMap(configMapRef.name) : secretNamed(secretRef, context);
    for (const [key, value] of Object.entries(values)) env[`${prefix}${key}`] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved = valueFrom ? referredValue(name, valueFrom, context) : expand(value ?? '', env);
    if (resolved !== undefined) env[name] = resolved;
  }
  return env;
}

function referredValue(name, { secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef }, context) {
  if (fieldRef) return fieldOf(fieldRef.fieldPath, context);
  if (resourceFieldRef)
    throw new Error(`${context.where}: ${name} asks for ${resourceFieldRef.resource}, unknown here`);
  const reference = secretKeyRef ?? configMapKeyRef;
  const values = secretKeyRef ? secretNamed(reference, context) : context.configMap(reference.name);
  if (values?.[reference.key] !== undefined) return values[reference.key];
  if (reference.optional) return undefined;
  const kind = secretKeyRef ? 'Secret' : 'ConfigMap';
  throw new Error(`${context.where}: ${name} wants the key ${reference.key} of ${kind} ${reference.name}, it has none`);
}

export function secretNamed({ name, optional }, { secrets, where }) {
  if (secrets?.[name]) return secrets[name];
  if (optional) return {};
  throw new Error(`${where} refers to the Secret ${name}, which "npm run secrets" does not print`);
}

export function fieldOf(path, { fields, where }) {
  const [, group, key] = /^(metadata\.(?:labels|annotations))\['(.+)'\]$/.exec(path) ?? [];
  if (group) return fields[group][key] ?? '';
  if (typeof fields[path] === 'string') return fields[path];
  throw new Error(`${where} asks for the field ${path}, which a program outside a cluster has not`);
}
