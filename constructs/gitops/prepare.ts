import { ApiObject, Chart, JsonPatch } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { changeAtSynth, renderAgain } from '../platform/manifest-check';
import { KEPT_BY_ARGO_CD, KEPT_BY_FLUX } from '../platform/never-pruned';

/** The programs that keep a cluster as a Git repository says. */
export enum GitOpsTool {
  ARGO_CD = 'argo-cd',
  FLUX = 'flux',
}

interface Annotations {
  readonly [name: string]: string;
}

/** Says of an object that it stays when it leaves the repository; a claim says so by itself. */
const KEPT: Record<GitOpsTool, Annotations> = {
  [GitOpsTool.ARGO_CD]: KEPT_BY_ARGO_CD,
  [GitOpsTool.FLUX]: KEPT_BY_FLUX,
};

/** Says of an object that a person applies it. */
const BY_HAND: Record<GitOpsTool, Annotations> = {
  [GitOpsTool.ARGO_CD]: { 'argocd.argoproj.io/hook': 'Skip' },
  [GitOpsTool.FLUX]: { 'kustomize.toolkit.fluxcd.io/ssa': 'Ignore' },
};

/** Nothing comes after it: Argo CD waits for the health of a wave before it begins the next. */
const LAST_WAVE = 99;

/** Whether the annotations of an object say to a tool that a person applies it. */
export function isLeftToPeople(tool: GitOpsTool, annotations: Annotations = {}): boolean {
  return Object.entries(BY_HAND[tool]).every(([name, value]) => annotations[name] === value);
}

/**
 * Adds to all objects below a scope what a GitOps tool has to know of them; at synth, because what is rendered earlier
 * has nothing of what is declared later. The order comes from one place: the two first digits of the number with which
 * the name of a chart begins.
 */
export function prepareForGitOps(scope: Construct, tool: GitOpsTool): void {
  changeAtSynth(scope, () => prepareObjects(scope, tool));
}

function prepareObjects(scope: Construct, tool: GitOpsTool): void {
  const objects = scope.node.findAll().filter((found): found is ApiObject => found instanceof ApiObject);
  // Only Argo CD has waves, and rendering every program to see what it mounts takes its time.
  const mounted = new Set(tool === GitOpsTool.ARGO_CD ? objects.flatMap(claimsAtTheStart) : []);
  for (const object of objects) {
    renderAgain(object);
    const waits = object.kind === 'PersistentVolumeClaim' && !mounted.has(object.name);
    prepareObject(object, tool, waits ? LAST_WAVE : waveOf(object));
  }
}

function waveOf(object: ApiObject): number {
  return Number(/^(\d\d)\d\d-/.exec(Chart.of(object).node.id)?.[1] ?? 0);
}

/** The claims that pods mount as soon as they are applied, and so bind; those of a backup wait for its first run. */
function claimsAtTheStart(object: ApiObject): string[] {
  if (!['Deployment', 'StatefulSet', 'Job'].includes(object.kind)) {
    return [];
  }
  const { suspend, template } = specOf(object);
  const volumes: k8s.Volume[] = suspend ? [] : (template?.spec?.volumes ?? []);
  return volumes.flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
}

/** Empty for an object that cannot be rendered: its own check says why. */
// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
function specOf(object: ApiObject): any {
  try {
    return object.toJson().spec ?? {};
  } catch {
    return {};
  }
}

function prepareObject(object: ApiObject, tool: GitOpsTool, wave: number): void {
  if (tool === GitOpsTool.ARGO_CD && wave > 0) {
    annotate(object, { 'argocd.argoproj.io/sync-wave': String(wave) });
  }
  // Pruned with the rest, it would take all data along.
  if (object.kind === 'Namespace') {
    annotate(object, KEPT[tool]);
  }
  if (object.kind === 'Job') {
    prepareJob(object, tool);
  }
}

// A job that vanished is one that is missing, and would run again. Its name carries a digest of its template: as long
// as it stays, it is neither made nor changed, and a changed one replaces it.
function prepareJob(job: ApiObject, tool: GitOpsTool): void {
  const { suspend, ttlSecondsAfterFinished } = specOf(job);
  if (ttlSecondsAfterFinished !== undefined) {
    job.addJsonPatch(JsonPatch.remove('/spec/ttlSecondsAfterFinished'));
  }
  // Argo CD would wait for its end with the rest of the sync, Flux would suspend it again after a person started it.
  if (suspend) {
    annotate(job, BY_HAND[tool]);
  }
}

function annotate(object: ApiObject, annotations: Annotations): void {
  for (const [name, value] of Object.entries(annotations)) {
    object.metadata.addAnnotation(name, value);
  }
}
