import { KubernetesCluster } from '@cdktf/provider-azurerm/lib/kubernetes-cluster';
import { KubernetesClusterNodePool } from '@cdktf/provider-azurerm/lib/kubernetes-cluster-node-pool';
import { MonitorDataCollectionRuleAssociation } from '@cdktf/provider-azurerm/lib/monitor-data-collection-rule-association';
import type { Construct } from 'constructs';
import { addressIn } from './address-range';
import { AzureStack, type SharedValue } from './azure-stack';
import { ClusterIdentities } from './cluster-identities';
import {
  type ClusterProps,
  DataPlane,
  DEFAULT_POD_RANGE,
  DEFAULT_SERVICE_RANGE,
  UpgradeChannel,
} from './cluster-props';
import type { DataStack } from './data-stack';
import { sendDiagnostics } from './diagnostics';
import { allowedHours, CLUSTER_MAINTENANCE, NODE_MAINTENANCE, weekly } from './maintenance';
import type { NetworkStack } from './network-stack';
import { plannedPools, poolForm } from './node-pools';
import type { ObservabilityStack } from './observability-stack';
import { zonesOf } from './regions';

/** What the control plane logs that is worth its price. `kube-audit` alone would log every read, too. */
const LOGS = ['kube-apiserver', 'kube-audit-admin', 'kube-controller-manager', 'cluster-autoscaler', 'guard'];

/** AKS and its pools. It holds no data: it may be replaced, and the plan guard says so before. */
export class ClusterStack extends AzureStack {
  /** Who issues the tokens of ServiceAccounts. */
  public readonly issuer: SharedValue;
  /** Group of the resources that the cluster makes by itself. */
  public readonly nodeResourceGroupId: SharedValue;

  public constructor(
    scope: Construct,
    private readonly network: NetworkStack,
    private readonly observability: ObservabilityStack,
    data: DataStack,
  ) {
    super(scope, 'cluster', network.environment);
    const identities = new ClusterIdentities(this, network, data);
    const cluster = this.cluster(identities);
    this.userPools(cluster);
    sendDiagnostics(this, observability, 'cluster', cluster.id, { categories: LOGS });
    this.collectMetrics(cluster);
    this.collectLogs(cluster);
    this.issuer = this.share('issuer', cluster.oidcIssuerUrl);
    this.nodeResourceGroupId = this.share('node_resource_group_id', cluster.nodeResourceGroupId);
  }

  private cluster({ control, kubelet, roles }: ClusterIdentities): KubernetesCluster {
    const { environment, network } = this;
    const { cluster: props, region: location, tags, administrators, tenantId } = environment;
    const channel = props.upgradeChannel ?? UpgradeChannel.PATCH;
    const dataPlane = props.dataPlane ?? DataPlane.CILIUM;
    const advanced = props.advancedNetworking ?? dataPlane === DataPlane.CILIUM;
    const ranges = props.authorizedRanges ?? [];
    const privateApi = props.privateApi ?? ranges.length === 0;
    const serviceRange = props.serviceRange ?? DEFAULT_SERVICE_RANGE;
    const workspace = this.observability.workspaceId.in(this);
    const zones = zonesOf(environment);

    return new KubernetesCluster(this, 'cluster', {
      name: props.name,
      resourceGroupName: network.resourceGroup.in(this),
      location,
      tags,
      dnsPrefix: props.name,
      skuTier: 'Standard',
      kubernetesVersion: props.kubernetesVersion,
      automaticUpgradeChannel: channel === UpgradeChannel.NONE ? undefined : channel,
      nodeOsUpgradeChannel: 'NodeImage',
      maintenanceWindow: { allowed: allowedHours(props.clusterMaintenance ?? CLUSTER_MAINTENANCE) },
      maintenanceWindowAutoUpgrade: weekly(props.clusterMaintenance ?? CLUSTER_MAINTENANCE),
      maintenanceWindowNodeOs: weekly(props.nodeMaintenance ?? NODE_MAINTENANCE),

      privateClusterEnabled: privateApi,
      privateClusterPublicFqdnEnabled: privateApi ? false : undefined,
      privateDnsZoneId: privateApi ? 'System' : undefined,
      apiServerAccessProfile: ranges.length > 0 ? { authorizedIpRanges: [...ranges] } : undefined,
      runCommandEnabled: false,
      localAccountDisabled: true,
      roleBasedAccessControlEnabled: true,
      azureActiveDirectoryRoleBasedAccessControl: {
        tenantId,
        azureRbacEnabled: true,
        adminGroupObjectIds: [administrators.objectId],
      },
      oidcIssuerEnabled: true,
      workloadIdentityEnabled: true,
      identity: { type: 'UserAssigned', identityIds: [control.id] },
      kubeletIdentity: {
        clientId: kubelet.clientId,
        objectId: kubelet.principalId,
        userAssignedIdentityId: kubelet.id,
      },

      networkProfile: {
        networkPlugin: 'azure',
        networkPluginMode: 'overlay',
        networkDataPlane: dataPlane,
        networkPolicy: dataPlane,
        advancedNetworking: advanced ? { observabilityEnabled: true, securityEnabled: true } : undefined,
        outboundType: 'userAssignedNATGateway',
        loadBalancerSku: 'standard',
        podCidr: props.podRange ?? DEFAULT_POD_RANGE,
        serviceCidr: serviceRange,
        // The tenth address, as Azure's own default has it.
        dnsServiceIp: addressIn(serviceRange, 10),
      },

      azurePolicyEnabled: true,
      imageCleanerEnabled: true,
      imageCleanerIntervalHours: 48,
      keyVaultSecretsProvider: { secretRotationEnabled: true, secretRotationInterval: '2m' },
      omsAgent: { logAnalyticsWorkspaceId: workspace, msiAuthForMonitoringEnabled: true },
      monitorMetrics: {},
      storageProfile: { fileDriverEnabled: true, diskDriverEnabled: true, snapshotControllerEnabled: true },

      defaultNodePool: {
        ...poolForm({ ...props.systemPool, zones }, props.systemPool, props.hostEncryption ?? true),
        orchestratorVersion: props.kubernetesVersion,
        vnetSubnetId: network.clusterSubnetId.in(this),
        onlyCriticalAddonsEnabled: true,
      },
      dependsOn: roles,
      lifecycle: {
        ignoreChanges: [
          // The autoscaler counts the nodes.
          'default_node_pool[0].node_count',
          ...(versionMoves(props) ? ['kubernetes_version', 'default_node_pool[0].orchestrator_version'] : []),
        ],
      },
    });
  }

  private userPools(cluster: KubernetesCluster): void {
    const { cluster: props, tags } = this.environment;
    for (const pool of props.userPools) {
      for (const planned of plannedPools(pool, zonesOf(this.environment))) {
        new KubernetesClusterNodePool(this, `pool-${planned.name}`, {
          ...poolForm(planned, pool, props.hostEncryption ?? true),
          kubernetesClusterId: cluster.id,
          mode: 'User',
          osType: 'Linux',
          vnetSubnetId: this.network.clusterSubnetId.in(this),
          orchestratorVersion: props.kubernetesVersion,
          nodeTaints: pool.taints,
          tags,
          lifecycle: { ignoreChanges: ['node_count', ...(versionMoves(props) ? ['orchestrator_version'] : [])] },
        });
      }
    }
  }

  /** The agent asks the endpoint for its configuration, and sends what the rule says to Managed Prometheus. */
  private collectMetrics(cluster: KubernetesCluster): void {
    new MonitorDataCollectionRuleAssociation(this, 'collection-rule', {
      name: this.nameOf('prometheus'),
      targetResourceId: cluster.id,
      dataCollectionRuleId: this.observability.collectionRuleId.in(this),
    });
    new MonitorDataCollectionRuleAssociation(this, 'collection-endpoint', {
      // Azure takes no other name for an association with an endpoint.
      name: 'configurationAccessEndpoint',
      targetResourceId: cluster.id,
      dataCollectionEndpointId: this.observability.collectionEndpointId.in(this),
    });
  }

  private collectLogs(cluster: KubernetesCluster): void {
    new MonitorDataCollectionRuleAssociation(this, 'container-log-rule', {
      // By this name Azure finds the rule of the cluster's logs.
      name: 'ContainerInsightsExtension',
      targetResourceId: cluster.id,
      dataCollectionRuleId: this.observability.containerLogRuleId.in(this),
    });
  }
}

/** The patch channel keeps to the minor version that is written; the others move it on by themselves. */
function versionMoves({ upgradeChannel }: ClusterProps): boolean {
  return upgradeChannel === UpgradeChannel.STABLE || upgradeChannel === UpgradeChannel.RAPID;
}
