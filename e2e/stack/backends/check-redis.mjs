// The Redis that replicas share: closed without its password, used, and not missed when it is gone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { check } from '../../claude-service/suite.mjs';
import { programNamed } from '../images.mjs';
import { answered } from './chat.mjs';

const CONTEXT = { person: { id: 'ada-1', email: 'ada@company.com', groups: [] }, chatId: 'redis' };

export async function checkRedis(backends, { models }) {
  const { REDIS_PASSWORD: password } = backends.resolved('redis').env;
  const { address } = backends.cluster.addresses.pod('redis');
  const client = programNamed('valkey-cli', 'redis-cli');
  const redis = (env, ...args) =>
    execFileSync(client, ['-h', address, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const hello = () => answered(models, { model: 'claude-haiku-5-5', said: 'hello', context: CONTEXT });

  await check('Redis answers nobody without its password', () => {
    assert.match(redis({}, 'PING'), /NOAUTH/);
    assert.match(redis({ REDISCLI_AUTH: 'wrong' }, 'KEYS', '*'), /NOAUTH|WRONGPASS/);
  });

  await check('LiteLLM counts there for all its replicas, and keeps no question or answer there', async () => {
    await hello();
    const keys = redis({ REDISCLI_AUTH: password }, 'KEYS', '*').trim().split('\n').filter(Boolean);
    assert.ok(keys.length > 0, 'nothing was counted');
    const kinds = keys.map((key) => [key, redis({ REDISCLI_AUTH: password }, 'DUMP', key)]);
    for (const [key, content] of kinds) assert.doesNotMatch(content, /hello|You said/, key);
    return `${keys.length} keys`;
  });

  await check('while Redis is gone people get their answers, and LiteLLM starts', async () => {
    await backends.kill9('redis');
    const began = Date.now();
    await hello();
    const took = Date.now() - began;
    for (const kind of ['readiness', 'liveness']) assert.equal(await backends.probe('litellm', kind), undefined);
    await backends.restart('litellm');
    await hello();
    await backends.start('redis');
    await hello();
    return `the first answer took ${took} ms`;
  });
}
