import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcess, headersOf, legacy, modern, request, ScriptedUpstream, textResult, tool } from '../fixtures';
import { EventReader } from './event-reader';

const ALICE = { email: 'alice@example.com' };

let upstream: ScriptedUpstream;
let finish: () => void;

beforeEach(async () => {
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  upstream = await ScriptedUpstream.start({
    stateless: true,
    tools: [tool('slow'), tool('quick')],
    call: async ({ params }) => {
      if (params.name === 'slow') await finished;
      return textResult('done');
    },
  });
});

afterEach(() => upstream.stop());

const start = (variables = {}) =>
  GatewayProcess.start({ tenants: [{ tenant_id: 'alpha', mcp_endpoint: upstream.url }], variables });

const call = (gateway: GatewayProcess, name: string, agent?: http.Agent) =>
  new Promise<{ status?: number; connection?: string; text: string }>((resolve, reject) => {
    const outgoing = http.request(`${gateway.url}/mcp`, { method: 'POST', headers: headersOf(ALICE), agent });
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, connection: response.headers.connection, text });
    });
    outgoing.end(legacy('tools/call', { name, arguments: {} }));
  });

describe('SIGTERM', () => {
  test('lets a running call end, answers what comes on an open connection, and exits with 0', async () => {
    const gateway = await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await call(gateway, 'alpha_quick', agent);
    const running = call(gateway, 'alpha_slow');
    while (upstream.count('tools/call') < 2) await sleep(5);
    gateway.signal('SIGTERM');
    while (!gateway.log.includes('draining')) await sleep(5);

    const late = await call(gateway, 'alpha_quick', agent);
    expect([late.status, late.connection]).toEqual([200, 'close']);
    await expect(request(`${gateway.url}/health`, { method: 'GET' })).rejects.toThrow('ECONNREFUSED');
    finish();
    const { status, text } = await running;
    expect([status, JSON.parse(text).result.content[0].text]).toEqual([200, 'done']);
    expect(await gateway.exit()).toBe(0);
    agent.destroy();
    await gateway.stop();
  }, 20_000);

  test('ends the streams of listeners in good order', async () => {
    const gateway = await start();
    const { headers, body } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub');
    const stream = await EventReader.open(`${gateway.url}/mcp`, { ...headersOf(ALICE), ...headers }, body);
    await stream.next();
    gateway.signal('SIGTERM');
    expect(await stream.next()).toMatchObject({ id: 'sub', result: { resultType: 'complete' } });
    expect(await gateway.exit()).toBe(0);
    await gateway.stop();
  }, 20_000);

  test('sends listeners away who come back on the same connection, and does not wait for them', async () => {
    const gateway = await start();
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const { headers, body } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, 'sub');
    const listen = () => EventReader.open(`${gateway.url}/mcp`, { ...headersOf(ALICE), ...headers }, body, agent);
    const first = await listen();
    await first.next();
    gateway.signal('SIGTERM');
    while (await first.next());
    const again = await listen();
    expect(again.response.headers.connection).toBe('close');
    expect(await again.next()).toMatchObject({ method: 'notifications/subscriptions/acknowledged' });
    expect(await again.next()).toMatchObject({ id: 'sub', result: { resultType: 'complete' } });
    expect(await again.next()).toBeUndefined();
    expect(await gateway.exit()).toBe(0);
    agent.destroy();
    await gateway.stop();
  }, 20_000);

  test('cuts off at the end of the grace period what does not end, and says so', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_SECONDS: '1' });
    const running = call(gateway, 'alpha_slow');
    running.catch(() => {});
    while (upstream.count('tools/call') === 0) await sleep(5);
    gateway.signal('SIGTERM');
    expect(await gateway.exit()).toBe(1);
    await expect(running).rejects.toThrow();
    finish();
    await gateway.stop();
  }, 20_000);
});
