// Questions of a server: asked through one replica, answered at the other.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from '../../claude-service/suite.mjs';
import {
  A_WHILE_MS,
  ALICE,
  accepted,
  answer,
  BOB,
  callBody,
  callModern,
  fixtures,
  isQuestion,
  isResult,
  open,
  post,
  session,
} from './client.mjs';

/** The kinds of question: what to call, how the client answers, and what of it must be in the result. */
const QUESTIONS = [
  ['elicitation', 'test_elicitation', { message: 'Who?' }, accepted({ username: 'Ada', email: 'a@b.c' }), 'Ada'],
  [
    'sampling',
    'test_sampling',
    { prompt: 'Say it' },
    { role: 'assistant', model: 'mine', content: { type: 'text', text: 'It is said' } },
    'It is said',
  ],
  ['roots', 'test_input_required_result_list_roots', {}, { roots: [{ uri: 'file:///home/ada' }] }, 'file:///home/ada'],
];

export async function checkQuestions({ one, two }) {
  await check('a session that began at one replica is served by the other', async () => {
    const headers = await session(one);
    const { messages } = await post(two, ALICE, fixtures.legacy('tools/list'), headers);
    assert.ok(messages[0].result.tools.some(({ name }) => name === 'older_test_simple_text'));
    const called = await post(two, ALICE, callBody('older_test_simple_text', {}), headers);
    assert.match(called.text, /simple text response/);
  });

  for (const [kind, tool, args, reply, expected] of QUESTIONS) {
    for (const tenant of ['older', 'newer']) {
      const server = tenant === 'older' ? 'a server with a handshake' : 'a server of 2026-07-28';
      await check(`${kind} asked by ${server}: the answer comes at the other replica`, async () => {
        const headers = await session(one);
        const call = open(one, headers, callBody(`${tenant}_${tool}`, args, 7));
        const { id } = await call.next(isQuestion);
        assert.equal((await post(two, ALICE, answer(id, reply), headers)).status, 202);
        assert.ok(JSON.stringify(await call.next(isResult)).includes(expected));
      });
      await check(`${kind} asked by ${server}: a client without a session goes on at the other replica`, async () => {
        const params = { name: `${tenant}_${tool}`, arguments: args };
        const { result } = await callModern(one, ALICE, params);
        assert.equal(result.resultType, 'input_required');
        const inputResponses = Object.fromEntries(Object.keys(result.inputRequests).map((key) => [key, reply]));
        const done = await callModern(two, ALICE, { ...params, requestState: result.requestState, inputResponses });
        assert.equal(done.result?.resultType, 'complete', JSON.stringify(done));
        assert.ok(JSON.stringify(done.result).includes(expected));
      });
    }
  }

  await check('round after round, each answered at another replica', async () => {
    const headers = await session(one);
    const call = open(one, headers, callBody('asking_ask_twice', { text: 'rounds' }, 8));
    for (const [gateway, said] of [
      [two, 'first'],
      [one, 'second'],
    ]) {
      const { id } = await call.next(isQuestion);
      await post(gateway, ALICE, answer(id, accepted({ answer: said })), headers);
    }
    assert.equal((await call.next(isResult)).result.content[0].text, 'first second');
    const params = { name: 'asking_ask_twice', arguments: { text: 'modern rounds' } };
    let { result } = await callModern(one, ALICE, params);
    for (const [gateway, said] of [
      [two, 'third'],
      [two, 'fourth'],
    ]) {
      const [key] = Object.keys(result.inputRequests);
      const inputResponses = { [key]: accepted({ answer: said }) };
      ({ result } = await callModern(gateway, ALICE, { ...params, requestState: result.requestState, inputResponses }));
    }
    assert.equal(result.content[0].text, 'third fourth');
  });

  await check('only the user who was asked can answer at the other replica', async () => {
    const headers = await session(one);
    const call = open(one, headers, callBody('asking_ask', { text: 'whose' }, 9));
    const { id } = await call.next(isQuestion);
    await post(two, BOB, answer(id, accepted({ answer: 'Bob' })), headers);
    await sleep(A_WHILE_MS);
    await post(two, ALICE, answer(id, accepted({ answer: 'Alice' })), headers);
    assert.equal((await call.next(isResult)).result.content[0].text, 'Alice');
  });

  await check('only the user who was asked, with the same tool, can go on at the other replica', async () => {
    const params = { name: 'asking_ask', arguments: { text: 'whose state' } };
    const { result } = await callModern(one, ALICE, params);
    const [key] = Object.keys(result.inputRequests);
    const next = { requestState: result.requestState, inputResponses: { [key]: accepted({ answer: 'mine' }) } };
    assert.equal((await callModern(two, BOB, { ...params, ...next })).error.code, -32602);
    assert.equal((await callModern(two, ALICE, { ...params, ...next, name: 'asking_hang' })).error.code, -32602);
    assert.equal((await callModern(two, ALICE, { ...params, ...next })).result.content[0].text, 'mine');
    assert.equal((await callModern(two, ALICE, { ...params, ...next })).error.code, -32602);
  });
}
