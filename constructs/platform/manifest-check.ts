import { ApiObject } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { manifestErrors } from './manifest-schema';
import { WorkspaceNamespace } from './namespace';

const CHECKED = new WeakSet<IConstruct>();
const RENDERED = new WeakMap<IConstruct, unknown>();
const CHANGES = new WeakMap<IConstruct, (() => void)[]>();
const CHANGED = new WeakSet<IConstruct>();
const PROBLEMS = new WeakMap<IConstruct, string[]>();

/** Checks every object of the tree against the Kubernetes schema and its namespace's level of Pod Security, once per app however many constructs ask for it. */
export function checkManifestsAtSynth(scope: Construct): void {
  const root = scope.node.root;
  if (CHECKED.has(root)) {
    return;
  }
  CHECKED.add(root);
  // The root is validated before its children: what it finds is then reported by the objects, with their paths.
  root.node.addValidation({
    validate: () => {
      checkObjects(root);
      return [];
    },
  });
}

/** Changes objects when everything is declared, before they are rendered: at synth, or when a delivery reads them. */
export function changeAtSynth(scope: Construct, change: () => void): void {
  const { root } = scope.node;
  CHANGES.set(root, [...(CHANGES.get(root) ?? []), change]);
  CHANGED.delete(root);
  checkManifestsAtSynth(scope);
}

/** Makes the changes that wait for the synth, unless a check of the same app made them already. */
export function changeNow({ node: { root } }: IConstruct): void {
  if (!CHANGED.has(root)) {
    CHANGED.add(root);
    for (const change of CHANGES.get(root) ?? []) {
      change();
    }
  }
}

/** An object as it goes into the file; rendered once for the check and all who read it after. */
// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
export function renderedManifest(object: ApiObject): any {
  return RENDERED.get(object) ?? object.toJson();
}

/** To be called when an object is changed that may have been checked before. */
export function renderAgain(object: ApiObject): void {
  RENDERED.delete(object);
}

function checkObjects(root: IConstruct): void {
  CHANGED.delete(root);
  changeNow(root);
  const names = new Map<string, ApiObject>();
  for (const object of root.node.findAll()) {
    if (object instanceof ApiObject) {
      if (!PROBLEMS.has(object)) {
        object.node.addValidation({ validate: () => PROBLEMS.get(object) ?? [] });
      }
      PROBLEMS.set(object, problemsOf(object, names));
    }
  }
}

function problemsOf(object: ApiObject, names: Map<string, ApiObject>): string[] {
  try {
    const manifest = object.toJson();
    RENDERED.set(object, manifest);
    const title = `${object.kind} ${manifest.metadata?.name}`;
    const refusals = WorkspaceNamespace.of(object)?._refusals(manifest) ?? [];
    const errors = [...manifestErrors(manifest), ...refusals].map((error) => `${title}: ${error}`);
    const name = [object.apiVersion, object.kind, manifest.metadata?.namespace, manifest.metadata?.name].join('/');
    const other = names.get(name);
    names.set(name, other ?? object);
    return other
      ? [
          ...errors,
          `${title}: ${other.node.path} has the same name, kubectl would keep the last: name one of them otherwise`,
        ]
      : errors;
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
