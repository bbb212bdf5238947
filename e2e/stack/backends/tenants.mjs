// A server of its own for a tenant that shares one in the manifests, so that the run can tell whose server was asked.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../programs.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PORT = 3001;

/** Changes the tenant's address in the rendered tenants.json; answers with where the server is, by tenant. */
export async function giveTenantItsOwnServer({ rendered, addresses, programs }, { tenant, log, beside }) {
  const file = rendered.objects.find(({ kind, data }) => kind === 'ConfigMap' && data?.['tenants.json']);
  if (!file) return {};
  const tenants = JSON.parse(file.data['tenants.json']);
  const host = addresses.another(`the server of ${tenant}`);
  const url = `http://${host}:${PORT}`;
  log(`${tenant} shares ${tenants[tenant].mcp_endpoint} in the manifest; here it has server-everything to itself`);
  tenants[tenant].mcp_endpoint = url;
  file.data['tenants.json'] = JSON.stringify(tenants, null, 2);
  const command = [process.execPath, join(HERE, 'tool-server.mjs'), '--host', host, '--port', String(PORT)];
  beside.push(programs.start(`server-of-${tenant}`, command, { env: { PATH: process.env.PATH } }));
  await until(`the server of ${tenant} answers`, () => fetch(`${url}/_seen`).then(({ ok }) => ok), 30);
  return { [tenant]: url };
}
