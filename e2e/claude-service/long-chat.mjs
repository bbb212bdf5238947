// A chat that has become too long goes on from a summary, in any replica.
import assert from 'node:assert/strict';
import { ask, script, startService } from './programs.mjs';
import { check } from './suite.mjs';

/** @param shared environment of the services @param fake the Messages API */
export async function checkLongChat(shared, fake) {
  await check('a long chat is summarised once, and another replica goes on from the summary', async () => {
    const replicas = await Promise.all([1, 2].map(() => startService({ ...shared, COMPACT_ABOVE_TOKENS: '3000' })));
    const before = (await fake.counted()).total.costUsd;
    const said = [];
    const answered = async (replica, answer) => {
      const question = script({ text: answer });
      const { text } = await ask(replicas[replica], 'lena', 'long', [...said, question]);
      said.push(question, text);
      return (await fake.requests()).at(-1).body.messages;
    };
    await answered(0, 'one '.repeat(1500));
    await answered(0, 'two '.repeat(1500));
    const [summary, ...rest] = await answered(0, 'Three.');
    assert.match(summary.content[0].text, /replaced by this summary/);
    assert.deepEqual(rest, []);
    replicas[0].kill('SIGKILL');
    await replicas[0].ended;
    const messages = await answered(1, 'Four.');
    assert.deepEqual(
      messages.map(({ role }) => role),
      ['user', 'assistant', 'user'],
    );
    assert.equal(messages[0].content[0].text, summary.content[0].text);
    assert.doesNotMatch(JSON.stringify(messages), /one one|two two/);
    const sessions = await replicas[1].sessions('lena');
    const cost = (await fake.counted()).total.costUsd - before;
    assert.ok(Math.abs(sessions[0].usage.cost_usd - cost) < 1e-9, `${sessions[0].usage.cost_usd} and ${cost}`);
    replicas[1].kill('SIGTERM');
    assert.equal(await replicas[1].ended, 0);
  });
}
