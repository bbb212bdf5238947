import type { NetworkProps } from './network-props';

/** One kind of traffic into a subnet. */
export interface TrafficRule {
  readonly name: string;
  /** Address ranges, or the name of a service tag such as `Internet`. */
  readonly from: string[];
  readonly ports: string[];
  /** @default false - allowed */
  readonly denied?: boolean;
}

/** Refuses what Azure's own rules would let in from the whole network. */
const NOTHING_ELSE: TrafficRule = { name: 'nothing-else', from: ['VirtualNetwork'], ports: ['*'], denied: true };
const POSTGRESQL = ['5432', '6432'];

/** The cluster, and the servers among themselves. */
export function toDatabase({ clusterRange, databaseRange, operatorRanges = [] }: NetworkProps): TrafficRule[] {
  return [
    { name: 'cluster', from: [clusterRange], ports: POSTGRESQL },
    { name: 'standby', from: [databaseRange], ports: ['*'] },
    ...(operatorRanges.length > 0 ? [{ name: 'operators', from: operatorRanges, ports: POSTGRESQL }] : []),
    NOTHING_ELSE,
  ];
}

/** HTTPS, NFS and Managed Redis from the cluster; HTTPS from operators. */
export function toEndpoints({ clusterRange, operatorRanges = [] }: NetworkProps): TrafficRule[] {
  return [
    { name: 'cluster', from: [clusterRange], ports: ['443', '2049', '10000'] },
    ...(operatorRanges.length > 0 ? [{ name: 'operators', from: operatorRanges, ports: ['443'] }] : []),
    NOTHING_ELSE,
  ];
}

/** People's browsers. Port 80 is there for the redirect, and for the challenge of a certificate. */
export function fromInternet(): TrafficRule[] {
  return [{ name: 'people', from: ['Internet'], ports: ['80', '443'] }];
}

/** Source: Microsoft Learn, "Deploy your Azure API Management instance to a virtual network", required ports. */
export function toApiManagement(): TrafficRule[] {
  return [
    { name: 'programs', from: ['Internet'], ports: ['443'] },
    { name: 'control', from: ['ApiManagement'], ports: ['3443'] },
    { name: 'probes', from: ['AzureLoadBalancer'], ports: ['6390'] },
  ];
}
