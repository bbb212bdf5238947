import type { MaintenanceWindow } from './maintenance-props';

export const DEFAULT_POD_RANGE = '10.244.0.0/16';
export const DEFAULT_SERVICE_RANGE = '10.0.0.0/16';

/** What the cluster upgrades by itself. */
export enum UpgradeChannel {
  /** Patches of the minor version. */
  PATCH = 'patch',
  /** The newest minor version but one. */
  STABLE = 'stable',
  /** The newest minor version. */
  RAPID = 'rapid',
  /** A person upgrades. */
  NONE = 'none',
}

/** What carries the pods' packets. */
export enum DataPlane {
  CILIUM = 'cilium',
  AZURE = 'azure',
}

/**
 * AKS with an overlay network, workload identity, Entra logins only, and no public address on any node. Its API is
 * either private or open to `authorizedRanges` alone.
 */
export interface ClusterProps {
  readonly name: string;
  /** Minor version such as `1.33`, which the upgrade channel keeps patched. @default - Azure's default */
  readonly kubernetesVersion?: string;
  /** @default UpgradeChannel.PATCH */
  readonly upgradeChannel?: UpgradeChannel;
  /** The API has a private address only. @default - true without `authorizedRanges` */
  readonly privateApi?: boolean;
  /** Public ranges that may reach the API. @default - none: the API is private */
  readonly authorizedRanges?: string[];
  /** Addresses of pods, outside the virtual network. @default '10.244.0.0/16' */
  readonly podRange?: string;
  /** Addresses of Services, outside the virtual network. @default '10.0.0.0/16' */
  readonly serviceRange?: string;
  /** @default DataPlane.CILIUM */
  readonly dataPlane?: DataPlane;
  /** Advanced Container Networking Services: policies by host name. Costs by node. @default - with Cilium */
  readonly advancedNetworking?: boolean;
  /** Encrypt the nodes' disks on the host too; the subscription has to have `EncryptionAtHost`. @default true */
  readonly hostEncryption?: boolean;
  readonly systemPool: NodePoolProps;
  /** Pools for everything but the cluster's own pods. */
  readonly userPools: NodePoolProps[];
  /** Upgrades of the cluster. @default - Sunday, 01:00 UTC */
  readonly clusterMaintenance?: MaintenanceWindow;
  /** New images of the nodes. @default - Saturday, 01:00 UTC */
  readonly nodeMaintenance?: MaintenanceWindow;
}

/** Nodes of one size that scale together. */
export interface NodePoolProps {
  /** At most 12 lower-case letters and digits. */
  readonly name: string;
  /** For example `Standard_D4ds_v5`. */
  readonly vmSize: string;
  readonly minCount: number;
  readonly maxCount: number;
  /** Unit: pods for each node. @default 110 */
  readonly maxPods?: number;
  /** Unit: GiB. @default 128 */
  readonly osDiskGib?: number;
  /** Keep the system on the size's own disk, which is faster and costs nothing; the size must have one. @default true */
  readonly ephemeralOsDisk?: boolean;
  /** Make a pool for each zone, so that volumes of one zone find a node. @default false - one pool over all zones */
  readonly poolPerZone?: boolean;
  /** @default - none */
  readonly labels?: { readonly [key: string]: string };
  /** Form: `key=value:NoSchedule`. User pools only. @default - none */
  readonly taints?: string[];
}
