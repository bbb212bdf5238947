import { createRegistry, type MetricsServer, startMetricsServer } from '../metrics-server';

let server: MetricsServer;
const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

beforeAll(async () => {
  server = await startMetricsServer({ host: '127.0.0.1', port: 0, registry: createRegistry('mcp-proxy', '1.2.3') });
});
afterAll(() => server.close());

it('GET /metrics answers in the format of Prometheus', async () => {
  const response = await get('/metrics');
  const body = await response.text();
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(body).toContain('mcp_proxy_build_info{version="1.2.3"} 1');
  expect(body).toContain('process_cpu_seconds_total');
});

it.each(['/', '/health', '/metrics/', '/metrics?x=1', '/mcp', '/debug'])('%s is not here', async (path) => {
  expect((await get(path)).status).toBe(404);
});

it('nothing can be sent to it', async () => {
  expect((await get('/metrics', 'POST')).status).toBe(404);
});

it('a port that is in use is an error, not a crash later', async () => {
  const options = { host: '127.0.0.1', port: server.port, registry: createRegistry('a', '1') };
  await expect(startMetricsServer(options)).rejects.toThrow('EADDRINUSE');
});
