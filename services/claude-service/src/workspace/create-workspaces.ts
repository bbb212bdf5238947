import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { IsolationTier } from '../../../../constructs/claude/isolation';
import type { Logger } from '../../../runtime/log';
import { ConfigurationError } from '../../../runtime/settings';
import { accessFromPod, KubernetesApi } from './kubernetes-api';
import { LocalWorkspaces } from './local-workspaces';
import { PodWorkspaces } from './pod-workspaces';
import type { PodManifest } from './session-pod';
import type { SessionWorkspaces } from './session-workspaces';

export interface WorkspacesOptions {
  readonly isolation: IsolationTier;
  /** Folder of the sessions' folders; unused where each session has a pod. */
  readonly workspacesPath: string;
  readonly sessionNamespace?: string;
  /** File with the pod of a session as JSON. */
  readonly sessionPodPath?: string;
  readonly log: Logger;
}

/**
 * The workspaces of the isolation tier. Error: `ConfigurationError` where the tier cannot be given here: nobody is to
 * believe in a wall that is not there.
 */
export async function createWorkspaces(options: WorkspacesOptions): Promise<SessionWorkspaces> {
  const { isolation, sessionNamespace, sessionPodPath } = options;
  if (isolation === IsolationTier.PROCESS || isolation === IsolationTier.RUNTIME_CLASS) {
    return new LocalWorkspaces(options.workspacesPath);
  }
  if (!sessionNamespace || !sessionPodPath) {
    throw new ConfigurationError([
      `ISOLATION ${isolation} makes a pod for each session: set SESSION_NAMESPACE and SESSION_POD_PATH`,
    ]);
  }
  const sandboxes = isolation === IsolationTier.AGENT_SANDBOX;
  const api = new KubernetesApi(accessFromPod(process.env));
  const instance = randomBytes(4).toString('hex');
  const workspaces = new PodWorkspaces({
    api,
    namespace: sessionNamespace,
    manifest: readManifest(sessionPodPath),
    instance,
    sandboxes,
  });
  await checkRights(api, sessionNamespace, sandboxes);
  return workspaces;
}

function readManifest(path: string): PodManifest {
  try {
    const manifest: PodManifest = JSON.parse(readFileSync(path, 'utf8'));
    if (!manifest.spec.containers[0].name) {
      throw new Error('it has no container');
    }
    return manifest;
  } catch (error) {
    throw new ConfigurationError([
      `SESSION_POD_PATH ${path} is no pod (${(error as Error).message}): mount what the construct renders`,
    ]);
  }
}

/** Asks for the pods, so that missing rights are told at the start and not in somebody's chat. */
async function checkRights(api: KubernetesApi, namespace: string, sandboxes: boolean): Promise<void> {
  const paths = [
    `/api/v1/namespaces/${namespace}/pods?limit=1`,
    ...(sandboxes ? [`/apis/agents.x-k8s.io/v1beta1/namespaces/${namespace}/sandboxes?limit=1`] : []),
  ];
  for (const path of paths) {
    await api.call('GET', path).catch((error: Error) => {
      throw new ConfigurationError([
        `SESSION_NAMESPACE ${namespace} cannot be used (${error.message}): give the service's account the Role that the construct renders${sandboxes ? ', and install the controller of agent-sandbox' : ''}`,
      ]);
    });
  }
}
