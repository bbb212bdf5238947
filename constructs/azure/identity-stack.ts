import { TerraformOutput } from 'cdktf';
import type { Construct } from 'constructs';
import { AzureStack } from './azure-stack';
import type { ClusterStack } from './cluster-stack';
import { CONTRACT_OUTPUT, CONTRACT_VERSION } from './contract';
import type { DataStack } from './data-stack';
import { contractKey, WorkloadAccess } from './identity-props';
import type { NetworkStack } from './network-stack';
import { addSignInApplication } from './sign-in-application';
import { addWorkloadIdentity, type Grant } from './workload-identity';

/**
 * What pods and people may do in Azure, and the contract: the one output that the manifests are rendered from. It is
 * the last stack that they need, so that its output can hold what all the others know.
 */
export class IdentityStack extends AzureStack {
  public constructor(
    scope: Construct,
    private readonly network: NetworkStack,
    private readonly data: DataStack,
    private readonly cluster: ClusterStack,
  ) {
    super(scope, 'identity', network.environment);
    const { identities, signIn, name: environment, tenantId } = this.environment;
    const issuer = cluster.issuer.in(this);
    const place = { issuer, resourceGroupName: network.resourceGroup.in(this), grants: this.grants() };
    const found = identities.map((props) => {
      const { clientId } = addWorkloadIdentity(this, props, place);
      return [contractKey(props.name), { clientId, serviceAccount: { ...props.serviceAccount } }];
    });
    const application = signIn && addSignInApplication(this, signIn, issuer);
    new TerraformOutput(this, CONTRACT_OUTPUT, {
      staticId: true,
      description: `What the manifests need and only Azure knows. Keep it as contracts/${environment}.json.`,
      value: {
        version: CONTRACT_VERSION,
        environment,
        tenantId,
        clusterIssuer: issuer,
        outboundAddresses: network.outboundAddresses.in(this),
        identities: Object.fromEntries(found),
        ...(application ? { signIn: { clientId: application.clientId } } : {}),
      },
    });
  }

  private grants(): { readonly [access in WorkloadAccess]: readonly Grant[] } {
    const { network, data, cluster } = this;
    const nodes = cluster.nodeResourceGroupId.in(this);
    const blobs = data.storageId?.in(this);
    const gateway = network.gatewaySubnetId?.in(this);
    return {
      [WorkloadAccess.READ_SECRETS]: [
        { id: 'reads-secrets', role: 'Key Vault Secrets User', scope: data.vaultId.in(this) },
      ],
      [WorkloadAccess.WRITE_BLOBS]: blobs
        ? [{ id: 'writes-blobs', role: 'Storage Blob Data Contributor', scope: blobs }]
        : [],
      // Source: Microsoft Learn, "Quickstart: Deploy Application Gateway for Containers ALB Controller".
      [WorkloadAccess.MANAGE_GATEWAY]: [
        { id: 'reads-nodes', role: 'Reader', scope: nodes },
        { id: 'manages-gateway', role: 'AppGw for Containers Configuration Manager', scope: nodes },
        ...(gateway ? [{ id: 'joins-subnet', role: 'Network Contributor', scope: gateway }] : []),
      ],
    };
  }
}
