// What the gateway says of several replicas: two processes of the built gateway with a real Redis between them. A client
// calls at one, and its answers, cancellations and resumed calls arrive at the other.
import assert from 'node:assert/strict';
import { createClient } from '@redis/client';
import { check, finish } from '../claude-service/suite.mjs';
import { buildGateway } from './fixtures.mjs';
import { startAskingServer } from './replicas/asking-server.mjs';
import { checkCalls } from './replicas/calls.mjs';
import { BOB, callBody, fixtures, post, until } from './replicas/client.mjs';
import { checkOutages } from './replicas/outages.mjs';
import { checkQuestions } from './replicas/questions.mjs';
import { RedisServer } from './replicas/redis-server.mjs';

const { GATEWAY_KEY, GatewayProcess, freePort, startConformanceServer } = fixtures;
const program = buildGateway();
const asking = await startAskingServer(fixtures);
const [older, newer] = await Promise.all(['before 2026', '2026 only'].map((eras) => startConformanceServer(eras)));
const redis = new RedisServer(await freePort());
const tenants = [
  { tenant_id: 'asking', mcp_endpoint: asking.url, shares_endpoint: true },
  { tenant_id: 'older', mcp_endpoint: older.url },
  { tenant_id: 'newer', mcp_endpoint: newer.url },
  { tenant_id: 'limited', mcp_endpoint: asking.url, shares_endpoint: true, rate_limit: { per_user_per_minute: 5 } },
];
const gateways = [];
async function start(variables) {
  const gateway = await GatewayProcess.start({ program, tenants, variables });
  gateways.push(gateway);
  return gateway;
}

/** All that the replicas say to each other. */
const relayed = [];
const [listener, asker] = [createClient({ url: redis.url }), createClient({ url: redis.url })];
for (const client of [listener, asker]) client.on('error', () => {});

/** A replica that takes part in what is said: the gateway does not wait for Redis. */
async function startReplica() {
  const listening = async () => Number((await asker.sendCommand(['PUBSUB', 'NUMSUB', 'mcp-proxy:relay:all']))[1]);
  const before = await listening();
  const gateway = await start({ REDIS_URL: redis.url });
  await until('the replica listens', async () => (await listening()) > before);
  return gateway;
}

try {
  await redis.start();
  await Promise.all([listener.connect(), asker.connect()]);
  const [one, two] = [await startReplica(), await startReplica()];
  const [lone, other] = await Promise.all([start({}), start({})]);
  await listener.pSubscribe('*', (text, channel) => relayed.push({ channel, text }));

  const world = { one, two, lone, other, startReplica, asking, redis };
  await checkQuestions(world);
  await checkCalls(world);

  await check('both count one limit of calls', async () => {
    const body = callBody('limited_echo', { text: 'x' });
    const answers = [];
    for (let call = 0; call < 8; call++) answers.push((await post(call % 2 ? one : two, BOB, body)).messages[0]);
    assert.equal(answers.filter(({ result }) => result !== undefined).length, 5);
    assert.equal(answers.at(-1).error.code, -32005);
  });

  await check('what goes through Redis holds no key and no token', () => {
    assert.ok(relayed.length >= 10, `${relayed.length} messages`);
    for (const { channel, text } of relayed) {
      assert.match(channel, /^mcp-proxy:relay:(all|[0-9a-f]{16})$/);
      for (const secret of [GATEWAY_KEY, 'eyJ', 'Bearer']) assert.ok(!text.includes(secret), text);
    }
    return `${relayed.length} messages`;
  });

  await checkOutages(world);
} finally {
  listener.destroy();
  asker.destroy();
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await Promise.all([asking.stop(), older.close(), newer.close()]);
  await redis.stop();
}
finish();
