import type { GitOpsEnvironment } from '../gitops';
import { type Footprint, footprintsOf, namespaceOf } from './footprint';

/** A folder of the repository that a GitOps tool applies. */
export interface DeliveredFolder {
  readonly name: string;
  readonly path: string;
  readonly environment: GitOpsEnvironment;
  readonly footprint: Footprint;
}

/** The folders of an environment: its own, and one in it for each other namespace that it renders into. */
export function foldersOf(environment: GitOpsEnvironment): DeliveredFolder[] {
  const namespace = namespaceOf(environment.workspace);
  if (namespace === undefined) {
    return [];
  }
  const { name, path = `dist/${name}` } = environment;
  return footprintsOf(environment.workspace, namespace).map((footprint) => {
    const own = footprint.namespace === namespace;
    return {
      name: own ? name : `${name}-${footprint.namespace}`,
      path: own ? path : `${path}/${footprint.namespace}`,
      environment,
      footprint,
    };
  });
}
