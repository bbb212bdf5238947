import claudeService from './claude-service.generated.json';
import mcpGateway from './mcp-gateway.generated.json';
import workspace from './workspace.generated.json';

/** Grafana dashboards by their names, as JSON. Made by `npm run dashboards` from `scripts/dashboards/`. */
export const DASHBOARDS: { readonly [name: string]: string } = {
  'claude-service': JSON.stringify(claudeService),
  'mcp-gateway': JSON.stringify(mcpGateway),
  workspace: JSON.stringify(workspace),
};
