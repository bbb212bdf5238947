import { quoted } from '../platform/schema/value-words';
import * as form from './azure-names';
import { type AzureRule, boundsRule, formRule, repeated } from './azure-rule';
import type { NodePoolProps } from './cluster-props';
import type { AzureEnvironmentProps } from './environment-props';
import { plannedPools } from './node-pools';
import { zonesOf } from './regions';

interface NamedPool {
  readonly prop: string;
  readonly pool: NodePoolProps;
}

function pools({ cluster }: AzureEnvironmentProps): NamedPool[] {
  return [
    { prop: 'cluster.systemPool', pool: cluster.systemPool },
    ...cluster.userPools.map((pool, index) => ({ prop: `cluster.userPools[${index}]`, pool })),
  ];
}

/** The letters behind the cores say what a size has: `d` is a disk of its own. */
function hasOwnDisk(vmSize: string): boolean {
  const match = /^Standard_[A-Z]+\d+(?:-\d+)?([a-z]*)/.exec(vmSize);
  return match === null || match[1].includes('d');
}

export const POOL_RULES: readonly AzureRule[] = [
  formRule('pool-name', form.poolName, (environment) => [
    ...pools(environment).map(({ prop, pool }) => ({ prop: `${prop}.name`, value: pool.name })),
    // With the number of its zone it must still be short enough.
    ...pools(environment)
      .filter(({ pool }) => pool.poolPerZone && form.poolName.holds(pool.name))
      .map(({ prop, pool }) => ({ prop: `${prop}.name`, value: `${pool.name}1` })),
  ]),
  {
    id: 'pool-names-differ',
    sentences: (environment) => {
      const zones = zonesOf(environment);
      const names = pools(environment).flatMap(({ pool }) => plannedPools(pool, zones).map(({ name }) => name));
      return repeated(names).map(
        (name) => `cluster.userPools: two pools are called ${name}: give each a name of its own`,
      );
    },
  },
  {
    id: 'user-pool-missing',
    sentences: ({ cluster }) =>
      cluster.userPools.length === 0
        ? ["cluster.userPools: missing; the system pool takes none of the workspace's pods: declare a pool for them"]
        : [],
  },
  {
    id: 'pool-size',
    sentences: (environment) =>
      pools(environment)
        .filter(({ pool: { vmSize } }) => !/^Standard_[A-Z]+\d+/.test(vmSize))
        .map(
          ({ prop, pool: { vmSize } }) =>
            `${prop}.vmSize: ${quoted(vmSize)} is no size of a virtual machine: write ${quoted(meantSize(vmSize))}`,
        ),
  },
  {
    id: 'pool-count',
    sentences: (environment) =>
      pools(environment)
        .filter(
          ({ pool: { minCount, maxCount } }) =>
            !Number.isInteger(minCount) ||
            !Number.isInteger(maxCount) ||
            minCount > maxCount ||
            maxCount > 1000 ||
            minCount < 0 ||
            maxCount < 1,
        )
        .map(
          ({ prop, pool: { minCount, maxCount } }) =>
            `${prop}: ${minCount} to ${maxCount} nodes must be whole numbers, the first not above the second, at most 1000`,
        ),
  },
  {
    id: 'system-pool-count',
    sentences: ({ cluster: { systemPool } }) =>
      systemPool.minCount < 2
        ? [
            "cluster.systemPool.minCount: one node would take the cluster's DNS with it when it goes: write 2, or 3 to have one in each zone",
          ]
        : [],
  },
  {
    id: 'system-pool-alone',
    sentences: ({ cluster: { systemPool } }) => [
      ...(systemPool.poolPerZone
        ? ['cluster.systemPool.poolPerZone: there is one system pool, over all zones: leave it out']
        : []),
      ...(systemPool.taints ? ['cluster.systemPool.taints: the system pool has its own taint: leave them out'] : []),
    ],
  },
  boundsRule('pool-pods', [30, 250, 'pods'], (environment) =>
    pools(environment).map(({ prop, pool }) => ({ prop: `${prop}.maxPods`, value: pool.maxPods })),
  ),
  boundsRule('pool-disk-size', [30, 2048, 'GiB'], (environment) =>
    pools(environment).map(({ prop, pool }) => ({ prop: `${prop}.osDiskGib`, value: pool.osDiskGib })),
  ),
  {
    id: 'pool-disk',
    sentences: (environment) =>
      pools(environment)
        .filter(({ pool: { vmSize, ephemeralOsDisk = true } }) => ephemeralOsDisk && !hasOwnDisk(vmSize))
        .map(
          ({ prop, pool: { vmSize } }) =>
            `${prop}.vmSize: ${vmSize} has no disk of its own to keep the system on: choose a size with a "d", such as Standard_D4ds_v5, or write ephemeralOsDisk: false`,
        ),
  },
  {
    id: 'pool-disk-larger-than-its-own',
    sentences: (environment) =>
      pools(environment).flatMap(({ prop, pool: { vmSize, osDiskGib = 128, ephemeralOsDisk = true } }) => {
        const room = ownDiskGib(vmSize);
        return ephemeralOsDisk && room !== undefined && osDiskGib > room
          ? [
              `${prop}.osDiskGib: the disk of ${vmSize} has ${room} GiB, not ${osDiskGib}: write osDiskGib: ${room} or less, choose a larger size, or write ephemeralOsDisk: false`,
            ]
          : [];
      }),
  },
];

/**
 * What the own disk of a size holds; undefined where this is not known. Unit: GiB.
 * Source: Microsoft Learn, "Ddsv5 size series" and its siblings of the D and E families, version 4 and 5.
 */
function ownDiskGib(vmSize: string): number | undefined {
  const match = /^Standard_[DE](\d+)a?ds_v[45]$/.exec(vmSize);
  return match === null ? undefined : Math.floor(Number(match[1]) * 37.5);
}

function meantSize(vmSize: string): string {
  const rest = vmSize.replace(/^(GP|MO|B)_/, '').replace(/^standard_?/i, '');
  return /^[A-Za-z]+\d+/.test(rest) ? `Standard_${rest.charAt(0).toUpperCase()}${rest.slice(1)}` : 'Standard_D4ds_v5';
}
