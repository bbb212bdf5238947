import type { Part } from './part';

/** The places of a manifest that several rules talk about. */

/** The template of the pods that the object makes; a Pod is its own. */
export function podTemplates(manifest: Part): Part[] {
  switch (manifest.text('kind')) {
    case 'Pod':
      return [manifest];
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return [manifest.at('spec').at('template')];
    case 'CronJob':
      return [jobTemplate(manifest).at('spec').at('template')];
    default:
      return [];
  }
}

export function podSpecs(manifest: Part): Part[] {
  return podTemplates(manifest).map((template) => template.at('spec'));
}

/** The containers of a pod spec, those that run before the others first. */
export function containersOf(podSpec: Part): Part[] {
  return [...podSpec.items('initContainers'), ...podSpec.items('containers')];
}

export function jobTemplate(cronJob: Part): Part {
  return cronJob.at('spec').at('jobTemplate');
}

/** The objects of one of these kinds: the manifest itself, or none. */
export function ofKind(...kinds: string[]): (manifest: Part) => Part[] {
  return (manifest) => (kinds.includes(manifest.text('kind') ?? '') ? [manifest] : []);
}

/** As ofKind, and then their `spec`. */
export function specOf(...kinds: string[]): (manifest: Part) => Part[] {
  return (manifest) => ofKind(...kinds)(manifest).map((object) => object.at('spec'));
}
