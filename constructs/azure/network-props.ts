/** The address plan. All ranges in CIDR form; subnets lie in the address space and do not overlap. */
export interface NetworkProps {
  /** Of the virtual network, for example `10.225.0.0/16`. */
  readonly addressSpace: string[];
  /** Nodes of the cluster; pods have addresses of their own (overlay). */
  readonly clusterRange: string;
  /** Delegated to PostgreSQL. At least /28. */
  readonly databaseRange: string;
  /** Private endpoints of the vault, the storage, the registry and Redis. */
  readonly endpointRange: string;
  /** Delegated to Application Gateway for Containers, which wants /24. @default - none */
  readonly gatewayRange?: string;
  /** API Management; needed by `edge`. @default - none */
  readonly edgeRange?: string;
  /** Where operators and pipelines reach the private endpoints from, for example a VPN. @default - nowhere else */
  readonly operatorRanges?: string[];
  /** Public addresses of the NAT gateway; each gives 64,512 ports. @default 1 */
  readonly outboundAddressCount?: number;
  /** Private DNS zone of the database. @default - `<environment>.private.postgres.database.azure.com` */
  readonly databaseZone?: string;
}
