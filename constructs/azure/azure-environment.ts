import { Construct } from 'constructs';
import type { AzureStack } from './azure-stack';
import { ClusterStack } from './cluster-stack';
import { DataStack } from './data-stack';
import { EdgeStack } from './edge-stack';
import type { AzureEnvironmentProps } from './environment-props';
import { environmentSentences } from './environment-rules';
import { IdentityStack } from './identity-stack';
import { NetworkStack } from './network-stack';
import { ObservabilityStack } from './observability-stack';
import { RestoreStack } from './restore-stack';

/**
 * All stacks of an environment, in the order in which they are applied.
 *
 * Errors: everything that is wrong with the props, a line each.
 */
export class AzureEnvironment extends Construct {
  public readonly network: NetworkStack;
  public readonly observability: ObservabilityStack;
  public readonly data: DataStack;
  public readonly cluster: ClusterStack;
  public readonly identity: IdentityStack;
  /** @default - the environment has none */
  public readonly edge?: EdgeStack;
  /** For the day it is needed. */
  public readonly restore: RestoreStack;

  public constructor(
    scope: Construct,
    public readonly props: AzureEnvironmentProps,
  ) {
    super(scope, props.name);
    const problems = environmentSentences(props).map((sentence) => `[${props.name}] ${sentence}`);
    if (problems.length > 0) {
      throw new Error(problems.join('\n'));
    }
    this.network = new NetworkStack(this, props);
    this.observability = new ObservabilityStack(this, this.network);
    this.data = new DataStack(this, this.network, this.observability);
    this.cluster = new ClusterStack(this, this.network, this.observability, this.data);
    this.identity = new IdentityStack(this, this.network, this.data, this.cluster);
    this.edge = props.edge && new EdgeStack(this, this.network, this.observability, props.edge);
    this.restore = new RestoreStack(this, this.network, this.data);
  }

  /** The stacks, as they are applied; the restore is not among them. */
  public get stacks(): AzureStack[] {
    const { network, observability, data, cluster, identity, edge } = this;
    return [network, observability, data, cluster, identity, ...(edge ? [edge] : [])];
  }
}
