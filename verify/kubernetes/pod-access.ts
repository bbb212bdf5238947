/** How a command in a container ended. */
export interface CommandResult {
  /** Nothing when the command was not there to be started. */
  readonly exitCode?: number;
  readonly stdout: string;
  /** What it complained about, or why it was not started. */
  readonly stderr: string;
}

/** A request to a port of a pod. */
export interface PodRequest {
  /** @default 'GET' */
  readonly method?: string;
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  /** @default - none */
  readonly body?: string;
  /** @default false */
  readonly tls?: boolean;
}

export interface PodAnswer {
  readonly status: number;
  readonly body: string;
}

/** The pod could not be entered: the reason is a sentence for a person. */
export class NoAccess extends Error {}

/** The pod was entered, and nothing listens there. */
export class PortClosed extends NoAccess {}

/**
 * The two ways into a running pod that need nothing installed in it. Both go by the node's kubelet, so no NetworkPolicy
 * stands in the way. Errors of both: `NoAccess`.
 */
export interface PodAccess {
  /** Runs a command in a container, without input. */
  run(pod: string, container: string, command: readonly string[]): Promise<CommandResult>;
  /** One HTTP request through a port-forward. */
  request(pod: string, port: number, request: PodRequest): Promise<PodAnswer>;
}
