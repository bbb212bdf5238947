import { manifestErrors } from '../constructs/platform/manifest-schema';

declare global {
  namespace jest {
    interface Matchers<R> {
      /** The object passes the check of the synth and, where it is a core kind, the one of kubernetes-models. */
      toBeValidManifest(): R;
    }
  }
}

interface Model {
  validate(): void;
}

type ModelClass = new (manifest: object) => Model;

/** The class of kubernetes-models for a core kind; undefined for a custom resource. */
export function modelOf(apiVersion: string, kind: string): ModelClass | undefined {
  try {
    return require(`kubernetes-models/${apiVersion}/${kind}`)[kind];
  } catch {
    return undefined;
  }
}

/** What kubernetes-models has against an object; empty when it is right or no core kind. */
export function modelErrors(manifest: { apiVersion: string; kind: string }): string[] {
  const model = modelOf(manifest.apiVersion, manifest.kind);
  if (!model) {
    return [];
  }
  try {
    new model(manifest).validate();
    return [];
  } catch (error) {
    return [`kubernetes-models: ${error instanceof Error ? error.message : String(error)}`];
  }
}

expect.extend({
  toBeValidManifest(manifest: { apiVersion: string; kind: string; metadata?: { name?: string } }) {
    const errors = [...manifestErrors(manifest), ...modelErrors(manifest)];
    const name = `${manifest?.kind} ${manifest?.metadata?.name}`;
    return {
      pass: errors.length === 0,
      message: () =>
        errors.length === 0 ? `${name} is a valid manifest` : [`${name} is no valid manifest:`, ...errors].join('\n  '),
    };
  },
});
