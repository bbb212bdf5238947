// Two replicas of Open WebUI behind the edge: one database, one Redis, one session.
import assert from 'node:assert/strict';
import { whoAmI } from '../administration.mjs';
import { until } from '../programs.mjs';
import { ask, newChat } from '../webui.mjs';
import { MODEL } from './accounts.mjs';

export const title = 'replicas';
export const needs = ['accounts'];

export async function run({ stack, check, shared }) {
  const { google } = shared;
  const { url } = stack.edge;
  await check('the migration ran before, once: every replica finds the newest schema', () => {
    assert.match(stack.migration.migrate, /Running upgrade|alembic/i);
    for (const pod of stack.pods) assert.match(pod.output('wait-for-migration'), /\(head\)/);
  });
  await check('both answer, and a session of one is a session of the other', async () => {
    const before = stack.pods.map(served);
    for (let time = 0; time < 6; time++) assert.equal((await whoAmI(google)).role, 'user');
    const after = stack.pods.map(served);
    assert.ok(
      after.every((count, index) => count > before[index]),
      `requests before ${before}, after ${after}`,
    );
  });
  await check('measurements of both reach the collector', () =>
    until('both are named', () => stack.pods.every((_, index) => stack.collector.has(`open-webui-${index}`)), 90),
  );
  await check(
    'when one is killed, the other goes on with the same chat',
    async () => {
      await newChat(google, { url, model: MODEL });
      assert.match((await ask(google, 'Before the fall.')).text, /Before the fall/);
      const [, second] = stack.pods;
      await second.stop('SIGKILL');
      // What a Service does with a pod that fails its readiness probe.
      stack.pods = stack.pods.filter((pod) => pod !== second);
      await google.page.reload();
      await google.page.getByText('You said: Before the fall').waitFor();
      assert.match((await ask(google, 'After the fall.')).text, /After the fall/);
      await google.picture('one-replica');
    },
    google,
  );
}

const served = (pod) => pod.program('open-webui').output().split('GET /api/v1/auths/').length;
