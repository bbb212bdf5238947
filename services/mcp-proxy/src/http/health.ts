import type { ServerResponse } from 'node:http';
import { sendJson } from './answers';

/** What the pages tell: numbers, never the name of a tenant. */
export interface HealthSource {
  readonly toolCount: number;
  readonly tenantCount: number;
  /** Whether the first look at every tenant's server is over, answered or not. */
  readonly firstPassDone: boolean;
  readonly draining: boolean;
  /** Generation of the tenants, and whether newer files were refused. */
  configuration(): { readonly generation: number; readonly newest_refused: boolean; readonly loaded_at: string };
}

/** `/health` and `/ready`. Neither asks a tenant's server: a dead one must not restart or unlist a healthy gateway. */
export class HealthPages {
  constructor(private readonly source: HealthSource) {}

  public health(response: ServerResponse): void {
    const { toolCount, tenantCount } = this.source;
    const { newest_refused: refused, ...configuration } = this.source.configuration();
    const body = {
      status: 'healthy',
      service: 'mcp-proxy',
      tools_cached: toolCount,
      tenants: tenantCount,
      ...configuration,
      configuration: refused ? 'refused' : 'ok',
    };
    sendJson(response, 200, JSON.stringify(body));
  }

  public ready(response: ServerResponse): void {
    const { firstPassDone, draining } = this.source;
    if (firstPassDone && !draining) sendJson(response, 200, '{"status":"ready"}');
    else sendJson(response, 503, JSON.stringify({ status: draining ? 'draining' : 'starting' }));
  }
}
