import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { Kustomization, KustomizationSpecSourceRefKind } from '../../imports/kustomize.toolkit.fluxcd.io';
import { GitRepository } from '../../imports/source.toolkit.fluxcd.io';
import type { FluxOptions, GitOpsRepository } from '../gitops';
import type { DeliveredFolder } from './delivered-folder';

/**
 * A claim without a pod is as it should be: that of a backup is bound when its first run comes. Source: Flux,
 * "Kustomization", health check expressions; kustomize-controller 1.5 and newer.
 */
const CLAIMS = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', current: "status.phase in ['Bound', 'Pending']" };

const LABELS = { 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };

/** The repository as a source, and a Kustomization for each folder. */
export function addFlux(
  scope: Construct,
  { url, branch }: GitOpsRepository,
  options: FluxOptions,
  folders: readonly DeliveredFolder[],
): void {
  const namespace = options.namespace ?? 'flux-system';
  const source = options.sourceName ?? 'ai-workspaces';
  new ApiObject(
    scope,
    'Repository',
    GitRepository.manifest({
      metadata: { name: source, namespace, labels: LABELS },
      spec: {
        interval: '1m',
        url,
        ref: { branch },
        secretRef: options.secretName === undefined ? undefined : { name: options.secretName },
      },
    }),
  );
  for (const { name, path, environment } of folders) {
    const { cluster, automated } = environment;
    new ApiObject(
      scope,
      `Kustomization-${name}`,
      Kustomization.manifest({
        metadata: { name, namespace, labels: LABELS },
        spec: {
          sourceRef: { kind: KustomizationSpecSourceRefKind.GIT_REPOSITORY, name: source },
          path: `./${path}`,
          interval: '10m',
          retryInterval: '2m',
          // A first start pulls images of gigabytes and migrates a database.
          timeout: '15m',
          wait: true,
          healthCheckExprs: [CLAIMS],
          prune: true,
          suspend: automated === false ? true : undefined,
          serviceAccountName: options.serviceAccountName,
          kubeConfig: cluster === undefined ? undefined : { secretRef: { name: cluster } },
        },
      }),
    );
  }
}
