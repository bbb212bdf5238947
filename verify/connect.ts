import type { ApiAddress } from './kubernetes/api-server';
import type { PodAccess } from './kubernetes/pod-access';

/** Which cluster is meant. */
export interface ClusterChoice {
  /** File of the kubeconfig. @default - $KUBECONFIG, or ~/.kube/config */
  readonly kubeconfig?: string;
  /** @default - the file's current context */
  readonly context?: string;
}

/** The ways into the chosen cluster. */
export interface Connection {
  /** What the kubeconfig calls it. */
  readonly name: string;
  readonly address: ApiAddress;
  podsOf(namespace: string): PodAccess;
}

/** Error: `NoCluster`. */
export type Connect = (choice: ClusterChoice) => Connection;

/** There is no cluster to talk to; the message is a sentence that says what to do. */
export class NoCluster extends Error {}
