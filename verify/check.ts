import type { Finding } from './finding';
import type { Cluster } from './kubernetes/cluster';
import type { PodAccess } from './kubernetes/pod-access';
import type { Visit } from './outside';
import type { RenderedEnvironment } from './rendered';

/** A user of the gateway, as the command line gives it. */
export interface NamedUser {
  readonly email: string;
  readonly groups: readonly string[];
}

/** What a check may look at. */
export interface CheckContext {
  readonly rendered: RenderedEnvironment;
  readonly cluster: Cluster;
  readonly pods: PodAccess;
  /** Opens a page of the edge from this machine. */
  readonly visit: Visit;
  /** Milliseconds since 1970. */
  now(): number;
  /** Users to try at the gateway; without any, one is made up for each tenant. */
  readonly users: readonly NamedUser[];
}

/** One theme: it yields what it finds as it finds it. */
export interface Check {
  /** What `--only` and the report call it. */
  readonly name: string;
  readonly about: string;
  run(context: CheckContext): AsyncIterable<Finding>;
}
