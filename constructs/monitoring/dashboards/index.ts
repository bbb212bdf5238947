import { createHash } from 'node:crypto';
import claudeService from './claude-service.generated.json';
import mcpGateway from './mcp-gateway.generated.json';
import workspace from './workspace.generated.json';

/** A dashboard as Grafana reads it, as far as it is changed here. */
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

/** Made by `npm run dashboards` from `scripts/dashboards/`. */
const DASHBOARDS: { readonly [name: string]: Dashboard } = {
  'claude-service': claudeService,
  'mcp-gateway': mcpGateway,
  workspace,
};

/**
 * Grafana dashboards by their names, as JSON.
 * @param namespace the workspace that they show first, and are named after: one Grafana takes a uid and a title once.
 * Without it they show all.
 */
export function dashboardsOf(namespace?: string): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(DASHBOARDS).map(([name, dashboard]) => [
      name,
      JSON.stringify(namespace === undefined ? dashboard : ofWorkspace(dashboard, namespace)),
    ]),
  );
}

function ofWorkspace(dashboard: Dashboard, namespace: string): Dashboard {
  const { uid, title, templating } = dashboard;
  const current = { selected: true, text: [namespace], value: [namespace] };
  return {
    ...dashboard,
    // At most 40 characters.
    uid: `${uid}-${createHash('sha256').update(namespace).digest('hex').slice(0, 8)}`,
    title: `${title}, ${namespace}`,
    templating: {
      ...templating,
      list: templating.list.map((variable) => (variable.name === 'namespace' ? { ...variable, current } : variable)),
    },
  };
}
