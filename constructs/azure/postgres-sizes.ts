/** A size of Azure Database for PostgreSQL flexible server. */
export interface PostgresSize {
  /** As Terraform wants it, for example `GP_Standard_D4ds_v5`. */
  readonly sku: string;
  /** What Azure sets as `max_connections`. Unit: connections. */
  readonly maxConnections: number;
}

/** By GiB of memory; from 48 on it is the most that there is. */
const CONNECTIONS: { readonly [memoryGib: number]: number } = { 2: 50, 4: 429, 8: 859, 16: 1718, 32: 3437 };
const MOST_CONNECTIONS = 5000;

const TO_64 = [2, 4, 8, 16, 32, 48, 64];
const TO_96 = [...TO_64, 96];

function sizes(tier: string, series: string, cores: readonly number[], gibPerCore: number): PostgresSize[] {
  return cores.map((count) => ({
    sku: `${tier}_Standard_${series.replace('#', String(count))}`,
    maxConnections: CONNECTIONS[count * gibPerCore] ?? MOST_CONNECTIONS,
  }));
}

/**
 * Sources: Microsoft Learn, "Limits in Azure Database for PostgreSQL", maximum connections; the sizes are those that
 * the provider takes (terraform-provider-azurerm, FlexibleServerSkuName).
 */
export const POSTGRES_SIZES: readonly PostgresSize[] = [
  ...sizes('B', 'B#ms', [1], 2),
  ...sizes('B', 'B#s', [2], 2),
  ...sizes('B', 'B#ms', [2, 4, 8, 12, 16, 20], 4),
  ...sizes('GP', 'D#s_v3', TO_64, 4),
  ...sizes('GP', 'D#ds_v4', TO_64, 4),
  ...['D#ds_v5', 'D#ds_v6', 'D#ads_v5', 'DC#ads_v5'].flatMap((series) => sizes('GP', series, TO_96, 4)),
  ...sizes('MO', 'E#s_v3', [...TO_64, 20], 8),
  ...sizes('MO', 'E#ds_v4', [...TO_64, 20], 8),
  ...sizes('MO', 'E#ds_v5', [...TO_96, 20], 8),
  ...['E#ds_v6', 'E#ads_v5', 'EC#ads_v5'].flatMap((series) => sizes('MO', series, TO_96, 8)),
];

/** The size of that name; undefined when there is none. */
export function postgresSize(sku: string): PostgresSize | undefined {
  return POSTGRES_SIZES.find((candidate) => candidate.sku === sku);
}

/** What a server is asked for, as far as it decides how many may connect. */
export interface ConnectionLimit {
  readonly sku: string;
  /** @default - what Azure sets for the size */
  readonly maxConnections?: number;
}

/** The number that both halves count with; 0 for a size that does not exist, which a rule refuses. Unit: connections. */
export function maxConnectionsOf({ sku, maxConnections }: ConnectionLimit): number {
  return maxConnections ?? postgresSize(sku)?.maxConnections ?? 0;
}
