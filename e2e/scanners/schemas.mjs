// JSON schemas for kubeconform, offline: of the core kinds out of Kubernetes' own OpenAPI document, which comes with
// the Go module that e2e/control-plane pins, and of the other kinds out of imports/crds.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { loadAll } from 'js-yaml';

/** Writes one file for each kind into a folder. Gives the location as kubeconform wants it. */
export function writeSchemas(root, folder) {
  fs.mkdirSync(folder, { recursive: true });
  for (const { kind, group, version, schema } of [...coreKinds(root), ...customKinds(root)]) {
    // kubeconform takes the version of a core kind for its group too.
    const name = [kind, group || version, version].join('-').toLowerCase();
    fs.writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(schema));
  }
  return path.join(folder, '{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json');
}

function coreKinds(root) {
  const cwd = path.join(root, 'e2e', 'control-plane');
  const module = execFileSync('go', ['mod', 'download', '-json', 'k8s.io/kubernetes'], { cwd, encoding: 'utf8' });
  const document = path.join(JSON.parse(module).Dir, 'api', 'openapi-spec', 'swagger.json');
  const { definitions } = JSON.parse(fs.readFileSync(document, 'utf8'));
  return Object.entries(definitions).flatMap(([name, definition]) =>
    (definition['x-kubernetes-group-version-kind'] ?? []).map(({ kind, group, version }) => ({
      kind,
      group,
      version,
      schema: standalone(name, definitions),
    })),
  );
}

/** A definition with those that it refers to, each of them closed. */
function standalone(name, definitions) {
  const needed = {};
  const take = (wanted) => {
    if (needed[wanted]) return;
    needed[wanted] = closed(definitions[wanted]);
    const text = JSON.stringify(definitions[wanted]);
    for (const [, next] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) take(next);
  };
  take(name);
  return { $ref: `#/definitions/${name}`, definitions: needed };
}

function customKinds(root) {
  const folder = path.join(root, 'imports', 'crds');
  const files = fs.readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.flatMap((file) =>
    loadAll(fs.readFileSync(path.join(folder, file), 'utf8')).flatMap(({ spec }) =>
      spec.versions.map(({ name, schema }) => ({
        kind: spec.names.kind,
        group: spec.group,
        version: name,
        schema: closed({
          ...schema.openAPIV3Schema,
          properties: { ...schema.openAPIV3Schema.properties, apiVersion: {}, kind: {}, metadata: {} },
        }),
      })),
    ),
  );
}

/** They name some of the fields that stand beside them: closed, they would refuse the others. */
const ALTERNATIVES = ['anyOf', 'oneOf', 'allOf', 'not'];

/** Objects take no field that is not named; Kubernetes' own forms in the words of JSON schema. */
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string']) return { type: ['integer', 'string'] };
  const inner = Object.fromEntries(
    Object.entries(schema)
      // Go's patterns are not JavaScript's, and formats such as int64 say nothing to the validator.
      .filter(
        ([key]) => !['description', 'pattern', 'format', 'default'].includes(key) && !key.startsWith('x-kubernetes'),
      )
      .map(([key, value]) => [
        key,
        key === 'properties' ? mapValues(value) : ALTERNATIVES.includes(key) ? value : closed(value),
      ]),
  );
  const open = schema.additionalProperties !== undefined || schema['x-kubernetes-preserve-unknown-fields'];
  return inner.properties && !open && Object.keys(inner.properties).length > 0
    ? { ...inner, additionalProperties: false }
    : inner;
}

function mapValues(properties) {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, closed(schema)]));
}
