import { ApiObject } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { manifestErrors } from './manifest-schema';

const CHECKED = new WeakSet<IConstruct>();
const RENDERED = new WeakMap<IConstruct, unknown>();

/** Checks every object of the tree against the Kubernetes schema, once per app however many constructs ask for it. */
export function checkManifestsAtSynth(scope: Construct): void {
  const root = scope.node.root;
  if (CHECKED.has(root)) {
    return;
  }
  CHECKED.add(root);
  root.node.addValidation({ validate: () => treeErrors(root) });
}

/** An object as it goes into the file; rendered once for the check and the writer together. */
export function renderedManifest(object: ApiObject): unknown {
  return RENDERED.get(object) ?? object.toJson();
}

function treeErrors(root: IConstruct): string[] {
  return root.node
    .findAll()
    .filter((construct): construct is ApiObject => construct instanceof ApiObject)
    .flatMap((object) => {
      try {
        const manifest = object.toJson();
        RENDERED.set(object, manifest);
        return manifestErrors(manifest).map((error) => `${object.kind} ${object.name}: ${error}`);
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    });
}
