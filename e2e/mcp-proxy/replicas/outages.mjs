// Replicas that die or end, a Redis that is away for a while, and replicas without one.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from '../../claude-service/suite.mjs';
import {
  A_WHILE_MS,
  ALICE,
  accepted,
  answer,
  answered,
  callBody,
  callModern,
  cancel,
  isQuestion,
  isResult,
  open,
  post,
  session,
  until,
} from './client.mjs';

export async function checkOutages({ one, two, lone, other, startReplica, asking, redis }) {
  await check(
    'a replica that dies while it goes on for another: the client hears it within three seconds',
    async () => {
      const dying = await startReplica();
      const goingOn = await answered(dying, { name: 'asking_ask_then_hang', text: 'dying' });
      const call = open(two, goingOn.headers, goingOn.body);
      await until('the answer is at the server', () => asking.answered.has('dying'));
      dying.signal('SIGKILL');
      const heard = call.next(isResult).then(({ error }) => error.message);
      const silence = sleep(3_000).then(() => 'nothing');
      assert.match(await Promise.race([heard, silence]), /call again/);
    },
  );

  await check('without Redis: calls go on, and answers at the replica of the call', async () => {
    await redis.stop();
    const headers = await session(one);
    const call = open(one, headers, callBody('asking_ask', { text: 'outage' }, 10));
    const { id } = await call.next(isQuestion);
    assert.equal((await post(two, ALICE, answer(id, accepted({ answer: 'elsewhere' })), headers)).status, 202);
    await sleep(A_WHILE_MS);
    await post(one, ALICE, answer(id, accepted({ answer: 'here' })), headers);
    assert.equal((await call.next(isResult)).result.content[0].text, 'here');
    assert.match((await post(two, ALICE, callBody('older_test_simple_text', {}))).text, /simple text response/);
  });

  await check('Redis is back: answers find their way again, without a restart', async () => {
    await redis.start();
    const headers = await session(one);
    const begin = Date.now();
    await until(
      'an answer arrives',
      async () => {
        const call = open(one, headers, callBody('asking_ask', { text: 'back' }, 11));
        const { id } = await call.next(isQuestion);
        await post(two, ALICE, answer(id, accepted({ answer: 'back' })), headers);
        const arrived = call.next(isResult).then(() => true);
        const done = await Promise.race([arrived, sleep(200).then(() => false)]);
        if (!done) call.leave();
        await arrived.catch(() => {});
        return done;
      },
      20_000,
    );
    return `after ${Date.now() - begin} ms`;
  });

  await check('SIGTERM: an answer at the other replica still ends the call, and the replica ends with 0', async () => {
    const ending = await startReplica();
    const headers = await session(ending);
    const call = open(ending, headers, callBody('asking_ask', { text: 'drain' }, 12));
    const { id } = await call.next(isQuestion);
    ending.signal('SIGTERM');
    await until('it takes no connections', () =>
      fetch(`${ending.url}/health`, { headers: { connection: 'close' } }).then(
        () => false,
        () => true,
      ),
    );
    await post(two, ALICE, answer(id, accepted({ answer: 'in time' })), headers);
    assert.equal((await call.next(isResult)).result.content[0].text, 'in time');
    assert.equal(await ending.exit(), 0);
  });

  await check('a replica that is gone: who goes on elsewhere is told to call again, within three seconds', async () => {
    const killed = await startReplica();
    const params = { name: 'asking_ask', arguments: { text: 'gone' } };
    const { result } = await callModern(killed, ALICE, params);
    killed.signal('SIGKILL');
    await killed.exit();
    const begin = Date.now();
    const { error } = await callModern(two, ALICE, { ...params, requestState: result.requestState });
    assert.match(error.message, /call again/);
    assert.ok(Date.now() - begin < 3_000, `${Date.now() - begin} ms`);
    assert.equal((await callModern(two, ALICE, params)).result.resultType, 'input_required');
  });

  await check(
    'replicas without REDIS_URL: answers, cancellations and resumed calls count at their own only',
    async () => {
      const headers = await session(lone);
      const call = open(lone, headers, callBody('asking_ask', { text: 'alone' }, 13));
      const { id } = await call.next(isQuestion);
      await post(other, ALICE, answer(id, accepted({ answer: 'elsewhere' })), headers);
      await post(other, ALICE, cancel(13), headers);
      await sleep(A_WHILE_MS);
      await post(lone, ALICE, answer(id, accepted({ answer: 'here' })), headers);
      assert.equal((await call.next(isResult)).result.content[0].text, 'here');
      const params = { name: 'asking_ask', arguments: { text: 'alone' } };
      const { result } = await callModern(lone, ALICE, params);
      const again = { ...params, requestState: result.requestState };
      assert.equal((await callModern(other, ALICE, again)).error.code, -32602);
      assert.equal((await callModern(lone, ALICE, again)).result.resultType, 'input_required');
    },
  );
}
