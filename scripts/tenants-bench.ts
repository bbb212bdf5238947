// Renders a number of tenants and prints, as JSON, the time and the sizes. Run by scripts/bench.mjs.
import { ApiObject, App, Chart } from 'cdk8s';
import { TenantConfig } from '../constructs';
import { renderCharts } from '../synth/render';

const count = Number(process.argv[2]);
const tenants = Array.from({ length: count }, (_, index) => ({
  tenantId: `tenant-${index}`,
  displayName: `Tenant ${index}`,
  mcpEndpoint: `https://mcp-${index}.company.com/mcp`,
  enabled: true,
  allowedUsers: [`*@department-${index}.company.com`],
  allowedGroups: [`group-${index}`],
}));

const start = process.hrtime.bigint();
const app = new App();
new TenantConfig(new Chart(app, 'tenants'), 'tenant-config', { tenants });
const problems = app.node.findAll().flatMap(({ node }) => node.validate());
if (problems.length > 0) {
  throw new Error(problems.join('\n'));
}
renderCharts(app, 'the benchmark');
const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;

const sizes = app.node
  .findAll()
  .filter((construct): construct is ApiObject => construct instanceof ApiObject)
  .map((object) => Buffer.byteLength(JSON.stringify(object.toJson())));
process.stdout.write(JSON.stringify({ milliseconds, configMaps: sizes.length, largest: Math.max(...sizes) }));
