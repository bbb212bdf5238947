// Calls that are cancelled, told about, or left at another replica than the one where they run.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from '../../claude-service/suite.mjs';
import { A_WHILE_MS, ALICE, answered, BOB, callBody, cancel, isResult, open, post, session, until } from './client.mjs';

export async function checkCalls({ one, two, asking }) {
  await check('a cancellation at the other replica ends the call at the server, but no stranger’s', async () => {
    const [own, foreign] = [await session(one), await session(one)];
    const before = asking.calls();
    const call = open(one, own, callBody('asking_hang', { text: 'cancelled' }, 'call-1'));
    await until('the call is at the server', () => asking.calls() > before);
    await post(two, BOB, cancel('call-1'), own);
    await post(two, ALICE, cancel('call-1'), foreign);
    await post(two, ALICE, cancel('call-2'), own);
    await sleep(A_WHILE_MS);
    assert.ok(!asking.closed.has('cancelled'));
    await post(two, ALICE, cancel('call-1'), own);
    await until('the server is left', () => asking.closed.has('cancelled'));
    assert.equal((await call.next(isResult)).error.data.reason, 'cancelled');
  });

  for (const [where, gateway] of [
    ['its own', one],
    ['the other', two],
  ]) {
    await check(`progress after the answer reaches a client that went on at ${where} replica`, async () => {
      const goingOn = await answered(one, { name: 'asking_ask', text: 'go', _meta: { progressToken: 'mine' } });
      const { messages } = await post(gateway, ALICE, goingOn.body, goingOn.headers);
      const seen = messages.map(({ method, result }) => method ?? result.content[0].text);
      assert.deepEqual(seen, ['notifications/progress', 'go']);
    });
    await check(`a client that went on at ${where} replica and leaves ends the call at the server`, async () => {
      const text = `left ${where}`;
      const goingOn = await answered(one, { name: 'asking_ask_then_hang', text });
      const call = open(gateway, goingOn.headers, goingOn.body);
      await until('the answer is at the server', () => asking.answered.has(text));
      call.leave();
      await until('the server is left', () => asking.closed.has(text), 3_000);
    });
  }

  await check('a call that goes on for another replica may take longer than replicas may be silent', async () => {
    const goingOn = await answered(one, { name: 'asking_ask_then_wait', text: 'patience' });
    const { messages } = await post(two, ALICE, goingOn.body, goingOn.headers);
    assert.equal(messages.at(-1).result?.content[0].text, 'patience', JSON.stringify(messages));
  });
}
