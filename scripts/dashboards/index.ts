// Writes constructs/monitoring/dashboards/*.generated.json: `npm run dashboards`, with --check fails when they are stale.
import path from 'node:path';
import { claudeService } from './claude-service';
import { mcpGateway } from './mcp-gateway';
import { type Dashboard, toJson } from './panels';
import { workspace } from './workspace';

const { writeOrCheck } = require('../write-or-check.mjs') as {
  writeOrCheck(file: string, text: string, command: string): void;
};
const folder = path.join('constructs', 'monitoring', 'dashboards');
const dashboards: { readonly [name: string]: Dashboard } = {
  'mcp-gateway': mcpGateway,
  'claude-service': claudeService,
  workspace,
};
for (const [name, dashboard] of Object.entries(dashboards)) {
  writeOrCheck(path.join(folder, `${name}.generated.json`), `${toJson(dashboard)}\n`, 'npm run dashboards');
}
