/**
 * What stands between the commands of a session and everything else. A stronger tier costs more, and each is refused
 * at synth when it lacks what it needs. Namespaces inside a container (bubblewrap) are no tier: under the seccomp
 * profile of Pod Security `restricted` they cannot be made.
 */
export enum IsolationTier {
  /**
   * Commands run in the service's own container, as its user: they can read the keys of the service and the workspaces
   * of all sessions. For people who trust each other, and for personas without `bash`. Costs nothing.
   */
  PROCESS = 'process',
  /**
   * As `PROCESS`, but the whole pod runs under gVisor, Kata or the like: sessions are kept from the node, not from each
   * other. Needs `runtimeClassName`; costs the runtime's overhead on every system call.
   */
  RUNTIME_CLASS = 'runtime-class',
  /**
   * Each live session has a pod of its own: without a key, without network, with nobody else's files. Needs
   * `sessionPods`; costs a pod's resources per session, the start of a pod, and the right of the service to make pods
   * in one other namespace.
   */
  POD = 'pod',
  /**
   * As `POD`, by way of a Sandbox of kubernetes-sigs/agent-sandbox, which can pause a session and bring it back. Needs
   * `sessionPods` and that controller in the cluster.
   */
  AGENT_SANDBOX = 'agent-sandbox',
}

/** Whether each session runs in a pod that the service makes. */
export function makesPods(tier: IsolationTier): boolean {
  return tier === IsolationTier.POD || tier === IsolationTier.AGENT_SANDBOX;
}
