import { quoted } from '../platform/schema/value-words';
import { type AddressRange, addressRange, contains, inCidr, overlap } from './address-range';
import { databaseHost } from './addresses';
import { type AzureRule, boundsRule } from './azure-rule';
import { DEFAULT_POD_RANGE, DEFAULT_SERVICE_RANGE } from './cluster-props';
import type { AzureEnvironmentProps } from './environment-props';
import { plannedPools } from './node-pools';
import { zonesOf } from './regions';

/** What every zone of Azure Database for PostgreSQL ends in. */
const ZONE_SUFFIX = '.postgres.database.azure.com';
/** Azure keeps five addresses of every subnet. */
const KEPT_BY_AZURE = 5;

interface NamedRange {
  readonly prop: string;
  readonly cidr: string;
}

interface ReadRange extends NamedRange {
  readonly range: AddressRange;
}

function subnets({ network: plan }: AzureEnvironmentProps): NamedRange[] {
  return [
    { prop: 'network.clusterRange', cidr: plan.clusterRange },
    { prop: 'network.databaseRange', cidr: plan.databaseRange },
    { prop: 'network.endpointRange', cidr: plan.endpointRange },
    ...(plan.gatewayRange === undefined ? [] : [{ prop: 'network.gatewayRange', cidr: plan.gatewayRange }]),
    ...(plan.edgeRange === undefined ? [] : [{ prop: 'network.edgeRange', cidr: plan.edgeRange }]),
  ];
}

function spaces({ network }: AzureEnvironmentProps): NamedRange[] {
  return network.addressSpace.map((cidr) => ({ prop: 'network.addressSpace', cidr }));
}

/** Ranges that only the cluster knows. */
function overlays({ cluster }: AzureEnvironmentProps): NamedRange[] {
  return [
    { prop: 'cluster.podRange', cidr: cluster.podRange ?? DEFAULT_POD_RANGE },
    { prop: 'cluster.serviceRange', cidr: cluster.serviceRange ?? DEFAULT_SERVICE_RANGE },
  ];
}

/** Ranges that are somewhere else: lists of who may come in. */
function outside({ network, keyVault, registry, cluster }: AzureEnvironmentProps): NamedRange[] {
  const named = (prop: string, ranges: readonly string[] = []) => ranges.map((cidr) => ({ prop, cidr }));
  return [
    ...named('network.operatorRanges', network.operatorRanges),
    ...named('keyVault.allowedRanges', keyVault.allowedRanges),
    ...named('registry.allowedRanges', registry?.allowedRanges),
    ...named('cluster.authorizedRanges', cluster.authorizedRanges),
  ];
}

function read(ranges: readonly NamedRange[]): ReadRange[] {
  return ranges.flatMap((each) => {
    const range = addressRange(each.cidr);
    return range === undefined ? [] : [{ ...each, range }];
  });
}

/** Subnets that are smaller than somebody needs. */
function tooSmall(prop: string, cidr: string | undefined, longest: number, because: string): string[] {
  const range = cidr === undefined ? undefined : addressRange(cidr);
  return range !== undefined && range.prefix > longest
    ? [`${prop}: ${cidr} is too small, ${because}: write a range of /${longest} or larger`]
    : [];
}

/** As many nodes as the pools may come to, with those that an upgrade adds. */
function mostNodes(environment: AzureEnvironmentProps): number {
  const zones = zonesOf(environment);
  const { systemPool, userPools } = environment.cluster;
  const counts = [
    systemPool.maxCount,
    ...userPools.flatMap((pool) => plannedPools(pool, zones).map(({ maxCount }) => maxCount)),
  ];
  return counts.reduce((sum, count) => sum + count + Math.ceil(count / 3), 0);
}

/** Private DNS zone of the database. */
export function databaseZoneOf({ name, network }: AzureEnvironmentProps): string {
  return network.databaseZone ?? `${name}.private${ZONE_SUFFIX}`;
}

export const NETWORK_RULES: readonly AzureRule[] = [
  {
    id: 'range-form',
    sentences: (environment) =>
      [...spaces(environment), ...subnets(environment), ...overlays(environment), ...outside(environment)].flatMap(
        ({ prop, cidr }) => {
          const range = addressRange(cidr);
          return range === undefined
            ? [`${prop}: ${quoted(cidr)} must be an IPv4 range in CIDR form, such as 10.225.0.0/16`]
            : inCidr(range) === cidr
              ? []
              : [`${prop}: ${cidr} does not start at the first address of its range: write ${inCidr(range)}`];
        },
      ),
  },
  {
    id: 'subnet-outside-the-network',
    sentences: (environment) => {
      const within = read(spaces(environment));
      return read(subnets(environment))
        .filter(({ range }) => !within.some((space) => contains(space.range, range)))
        .map(
          ({ prop, cidr }) =>
            `${prop}: ${cidr} lies outside the network's ${environment.network.addressSpace.join(', ')}: move it in, or widen network.addressSpace`,
        );
    },
  },
  {
    id: 'ranges-overlap',
    sentences: (environment) => {
      const own = read(subnets(environment));
      const others = [...read(spaces(environment)), ...read(overlays(environment))];
      const pairs = [
        ...own.flatMap((a, index) => own.slice(index + 1).map((b) => [a, b] as const)),
        ...others.flatMap((a, index) => others.slice(index + 1).map((b) => [a, b] as const)),
      ];
      return pairs
        .filter(([a, b]) => overlap(a.range, b.range))
        .map(([a, b]) => `${b.prop}: ${b.cidr} overlaps ${a.prop}, ${a.cidr}: give each addresses of its own`);
    },
  },
  {
    id: 'subnet-too-small',
    sentences: ({ network: plan }) => [
      ...tooSmall('network.databaseRange', plan.databaseRange, 28, 'a server and its standby want 16 addresses'),
      ...tooSmall('network.endpointRange', plan.endpointRange, 28, 'each service takes addresses of it'),
      ...tooSmall(
        'network.gatewayRange',
        plan.gatewayRange,
        24,
        'Application Gateway for Containers wants 250 free addresses',
      ),
      ...tooSmall(
        'network.edgeRange',
        plan.edgeRange,
        28,
        'API Management takes addresses for each unit and its changes',
      ),
    ],
  },
  {
    id: 'subnet-without-room-for-nodes',
    sentences: (environment) => {
      const { clusterRange } = environment.network;
      const range = addressRange(clusterRange);
      const nodes = mostNodes(environment);
      const room = range === undefined ? Number.POSITIVE_INFINITY : range.last - range.first + 1 - KEPT_BY_AZURE;
      return nodes > room
        ? [
            `network.clusterRange: ${clusterRange} has room for ${room} nodes, but the pools may come to ${nodes} during an upgrade: widen it, or lower maxCount`,
          ]
        : [];
    },
  },
  boundsRule('outbound-address-count', [1, 16, 'addresses'], ({ network }) => [
    { prop: 'network.outboundAddressCount', value: network.outboundAddressCount },
  ]),
  {
    id: 'database-zone',
    sentences: (environment) => {
      const zone = databaseZoneOf(environment);
      const host = databaseHost(environment.database.serverName);
      return zone.endsWith(ZONE_SUFFIX) && zone !== host && zone.length > ZONE_SUFFIX.length
        ? []
        : [
            `network.databaseZone: ${quoted(zone)} must end in ${ZONE_SUFFIX}, with a name before it that is not the server's`,
          ];
    },
  },
  {
    id: 'subnet-of-the-edge',
    sentences: ({ edge, network }) =>
      edge !== undefined && network.edgeRange === undefined
        ? [
            'network.edgeRange: missing; API Management (edge) stands in a subnet of its own: give it one, /28 or larger',
          ]
        : [],
  },
];
