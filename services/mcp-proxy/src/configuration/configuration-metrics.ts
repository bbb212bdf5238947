import { Gauge, type Registry } from 'prom-client';
import type { LiveTenants } from './live-tenants';

/** What `/health` tells of the tenants; it names none of them. */
export interface ConfigurationHealth {
  readonly generation: number;
  /** ISO 8601. */
  readonly loaded_at: string;
  /** Whether the newest files have a fault and an older generation serves. */
  readonly newest_refused: boolean;
}

export function configurationHealth({ current, refused }: LiveTenants): ConfigurationHealth {
  return {
    generation: current.number,
    loaded_at: current.loadedAt.toISOString(),
    newest_refused: refused !== undefined,
  };
}

/** The same as metrics, read when they are asked for. */
export function registerConfigurationMetrics(registry: Registry, live: LiveTenants): void {
  const gauges: readonly (readonly [string, string, () => number])[] = [
    ['generation', 'Number of the generation of tenants that serves.', () => live.current.number],
    ['loaded_timestamp_seconds', 'When it was loaded.', () => live.current.loadedAt.getTime() / 1000],
    [
      'refused',
      '1 while the newest tenants on disk have a fault and an older generation serves.',
      () => (live.refused ? 1 : 0),
    ],
    ['tenants', 'Enabled tenants.', () => live.current.tenants.size],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: `mcp_proxy_configuration_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}
