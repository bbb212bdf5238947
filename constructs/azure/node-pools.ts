import type { NodePoolProps } from './cluster-props';

/** A pool that Azure makes: one of several zones, or one of the zones. */
export interface PlannedPool {
  readonly name: string;
  readonly zones?: string[];
  readonly minCount: number;
  readonly maxCount: number;
}

/** The pools that a declared one becomes; a pool for each zone is called `<name><zone>` and has its part of the nodes. */
export function plannedPools(
  { name, poolPerZone = false, minCount, maxCount }: NodePoolProps,
  zones: string[] | undefined,
): PlannedPool[] {
  if (!poolPerZone || zones === undefined) {
    return [{ name, zones, minCount, maxCount }];
  }
  return zones.map((zone) => ({
    name: `${name}${zone}`,
    zones: [zone],
    minCount: Math.ceil(minCount / zones.length),
    maxCount: Math.ceil(maxCount / zones.length),
  }));
}

/** Name of the pool that stands in while Azure replaces one: what it is called must not be taken. */
function standIn(name: string): string {
  return `${name.slice(0, 9)}tmp`;
}

/** What the pools have in common, system and user, in Terraform's words. */
export function poolForm(
  { name, zones, minCount, maxCount }: PlannedPool,
  props: NodePoolProps,
  hostEncryptionEnabled: boolean,
) {
  return {
    name,
    zones,
    vmSize: props.vmSize,
    autoScalingEnabled: true,
    minCount,
    maxCount,
    maxPods: props.maxPods ?? 110,
    osSku: 'AzureLinux',
    osDiskType: (props.ephemeralOsDisk ?? true) ? 'Ephemeral' : 'Managed',
    osDiskSizeGb: props.osDiskGib ?? 128,
    hostEncryptionEnabled,
    nodePublicIpEnabled: false,
    nodeLabels: props.labels,
    temporaryNameForRotation: standIn(name),
    upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 30, nodeSoakDurationInMinutes: 0 },
  };
}
