import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import {
  Application,
  ApplicationSet,
  type ApplicationSpec,
  type ApplicationSpecIgnoreDifferences,
  AppProject,
} from '../../imports/argoproj.io';
import type { ArgoCdOptions, GitOpsRepository } from '../gitops';
import type { DeliveredFolder } from './delivered-folder';
import { distinctKinds, type Footprint } from './footprint';

/** The cluster in which Argo CD itself runs. */
const OWN_CLUSTER = 'https://kubernetes.default.svc';
const LABELS = { 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };

/** Without it, whatever the API server fills in (External Secrets, KEDA) is a difference for ever. */
const SERVER_SIDE_DIFF = { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' };

/** A project that may touch what the folders touch, and an Application for each of them. */
export function addArgoCd(
  scope: Construct,
  repository: GitOpsRepository,
  options: ArgoCdOptions,
  folders: readonly DeliveredFolder[],
): void {
  const namespace = options.namespace ?? 'argocd';
  const project = options.project ?? 'ai-workspaces';
  addProject(scope, { name: project, namespace }, repository, folders);
  for (const folder of folders) {
    if (folder.environment.clusterLabels) {
      addApplicationSet(scope, namespace, folder, folder.environment.clusterLabels, {
        ...applicationSpec(repository, project, folder),
        destination: { server: '{{.server}}', namespace: folder.footprint.namespace },
      });
    } else {
      new ApiObject(
        scope,
        `Application-${folder.name}`,
        Application.manifest({
          metadata: { name: folder.name, namespace, labels: LABELS, annotations: SERVER_SIDE_DIFF },
          spec: applicationSpec(repository, project, folder),
        }),
      );
    }
  }
}

function addProject(
  scope: Construct,
  metadata: { readonly name: string; readonly namespace: string },
  { url }: GitOpsRepository,
  folders: readonly DeliveredFolder[],
): void {
  const kinds = (select: (footprint: Footprint) => Footprint['clusterKinds']) =>
    distinctKinds(folders.flatMap(({ footprint }) => select(footprint)));
  const destinations = folders.map((folder) => JSON.stringify(destination(folder)));
  new ApiObject(
    scope,
    'Project',
    AppProject.manifest({
      metadata: { ...metadata, labels: LABELS },
      spec: {
        description: 'Touches the namespaces and kinds that its environments render, and nothing else.',
        sourceRepos: [url],
        destinations: [...new Set(destinations)].sort().map((text) => JSON.parse(text)),
        clusterResourceWhitelist: kinds(({ clusterKinds }) => clusterKinds),
        namespaceResourceWhitelist: kinds(({ namespacedKinds }) => namespacedKinds),
      },
    }),
  );
}

type Destined = Pick<DeliveredFolder, 'environment' | 'footprint'>;

function destination({ environment: { cluster, clusterLabels }, footprint: { namespace } }: Destined) {
  if (clusterLabels) {
    return { server: '*', namespace };
  }
  return cluster === undefined ? { server: OWN_CLUSTER, namespace } : { name: cluster, namespace };
}

function addApplicationSet(
  scope: Construct,
  namespace: string,
  { name }: DeliveredFolder,
  matchLabels: { [key: string]: string },
  spec: ApplicationSpec,
): void {
  new ApiObject(
    scope,
    `ApplicationSet-${name}`,
    ApplicationSet.manifest({
      metadata: { name, namespace, labels: LABELS },
      spec: {
        goTemplate: true,
        // A key that a cluster does not have is an error, not the text <no value>.
        goTemplateOptions: ['missingkey=error'],
        generators: [{ clusters: { selector: { matchLabels } } }],
        // A cluster that loses its label keeps its programs until a person has looked.
        syncPolicy: { preserveResourcesOnDeletion: true },
        template: {
          metadata: { name: `${name}-{{.nameNormalized}}`, labels: LABELS, annotations: SERVER_SIDE_DIFF },
          spec,
        },
      },
    }),
  );
}

function applicationSpec(
  { url, branch }: GitOpsRepository,
  project: string,
  { path, environment, footprint }: DeliveredFolder,
): ApplicationSpec {
  return {
    project,
    source: { repoUrl: url, targetRevision: branch, path },
    destination: destination({ environment, footprint }),
    syncPolicy: {
      automated: environment.automated === false ? undefined : { prune: true, selfHeal: true },
      syncOptions: ['ServerSideApply=true', 'PruneLast=true'],
      retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
    },
    ignoreDifferences: footprint.scaled.length > 0 ? ownedByAutoscaler(footprint) : undefined,
  };
}

// The field is not in the repository: what an autoscaler, or a person in need, writes into it is no difference.
function ownedByAutoscaler({ scaled, namespace }: Footprint): ApplicationSpecIgnoreDifferences[] {
  return scaled.map((program) => ({ ...program, namespace, jsonPointers: ['/spec/replicas'] }));
}
