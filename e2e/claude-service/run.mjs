// The bundled service as processes, with a real PostgreSQL and the fake Messages API.
// First: npm run build -w services/claude-service. Then: node e2e/claude-service/run.mjs
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { checkFullDisks } from './full-disk.mjs';
import { checkLongChat } from './long-chat.mjs';
import { startPostgres } from './postgres.mjs';
import {
  ask,
  begin,
  clientOf,
  freePort,
  headersOf,
  MODEL,
  MODEL_KEY,
  runService,
  runsCommand,
  script,
  startFake,
  startService,
  stopAll,
  temporaryFolder,
  until,
} from './programs.mjs';
import { check, finish } from './suite.mjs';

const postgres = startPostgres(await freePort());
const fake = await startFake();
const folder = temporaryFolder();
const shared = { DATABASE_URL: postgres.url, ANTHROPIC_BASE_URL: fake.url, WORKSPACES_PATH: `${folder}/workspaces` };
const start = (env = {}) => startService({ ...shared, ...env });
const bash = (command) => ({ tools: [{ name: 'bash', input: { command } }] });
const lastRequest = async () => (await fake.requests()).at(-1).body.messages;

async function select(sql) {
  const client = new pg.Client(postgres.url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

let one;
let two;

try {
  [one, two] = await Promise.all([start(), start()]);

  await check('two replicas that begin together make the tables once', async () => {
    assert.deepEqual(await select('SELECT version FROM schema_version ORDER BY version'), [
      { version: 1 },
      { version: 2 },
    ]);
  });

  await check('a killed replica: another goes on, with the history and the files', async () => {
    const question = script({ text: 'I write. ', ...bash('echo kept > note.txt') }, bash('sleep 41.5'), {
      text: 'never',
    });
    void begin(one, 'ada', 'killed', question).catch(() => {});
    await until('the tool runs', () => runsCommand('41.5'));
    one.kill('SIGKILL');
    await one.ended;
    const next = [question, 'I write. ', script(bash('cat note.txt'), { text: 'It is there.' })];
    const waited = await until('the lease ends', async () => {
      const answer = await ask(two, 'ada', 'killed', next);
      assert.match(answer.text, /kept/);
      assert.match(answer.text, /It is there\./);
      return true;
    });
    assert.ok(waited < 15_000, `waited ${waited} ms`);
    const messages = JSON.stringify(await lastRequest());
    assert.match(messages, /sleep 41\.5/);
    one = await start();
    return `free after ${waited} ms`;
  });

  await check('two replicas race for one session 1,000 times, and no turn is lost', async () => {
    let answered = 0;
    const races = async (chat) => {
      for (let round = 0; round < 100; round++) {
        const results = await Promise.allSettled(
          [one, two].map((service) => ask(service, 'ada', `race ${chat}`, [`round ${round}`])),
        );
        for (const result of results) {
          if (result.status === 'fulfilled') answered++;
          else assert.equal(result.reason.status, 409);
        }
        assert.ok(results.some(({ status }) => status === 'fulfilled'));
      }
    };
    // Ten sessions at once: a replica that has lost a race asks again after a tenth of a second.
    await Promise.all(Array.from({ length: 10 }, (_, chat) => races(chat)));
    const [found] = await select(
      `SELECT count(DISTINCT t.id)::int AS turns, count(DISTINCT (t.session_id, t.fence))::int AS leases,
         count(*)::int AS messages
       FROM turns t JOIN messages m ON m.turn_id = t.id JOIN sessions s ON s.id = t.session_id
       WHERE s.chat_id LIKE 'race %' AND t.end_reason = 'complete'`,
    );
    assert.deepEqual(found, { turns: answered, leases: answered, messages: answered * 2 });
    return `${answered} answers`;
  });

  await check('PostgreSQL away for a while: a running turn waits, a new one hears it, nothing is lost', async () => {
    const running = begin(
      one,
      'ada',
      'outage',
      script({ text: 'First. ', ...bash('sleep 2.25') }, { text: 'Second.' }),
    );
    await until('the tool runs', () => runsCommand('2.25'));
    postgres.stop();
    assert.equal(await one.status('/health'), 200);
    assert.equal(await one.status('/ready'), 503);
    const refused = await begin(one, 'ada', 'other', 'hello');
    assert.equal(refused.status, 503);
    assert.equal(JSON.parse(refused.text).error.code, 'store_unavailable');
    await setTimeout(4000);
    postgres.start();
    const { text } = await running;
    assert.match(text, /Second\./);
    assert.match(text, /\[DONE\]/);
    await until('it is ready again', async () => (await one.status('/ready')) === 200);
    const rows = await select(
      `SELECT m.body, t.end_reason FROM turns t JOIN messages m ON m.turn_id = t.id JOIN sessions s ON s.id = t.session_id
       WHERE s.chat_id = 'outage' ORDER BY m.position`,
    );
    assert.equal(rows.length, 4);
    assert.equal(rows[0].end_reason, 'complete');
    await ask(two, 'ada', 'other', ['hello']);
  });

  await check('PostgreSQL that can only be read, as after a failover, is away until it can be written', async () => {
    const readOnly = async (value) => {
      await select(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
      await select('SELECT pg_reload_conf()');
    };
    const said = script({ text: 'First. ', ...bash('sleep 2.26') }, { text: 'Second.' });
    const running = begin(one, 'ada', 'read-only', said);
    await until('the tool runs', () => runsCommand('2.26'));
    await readOnly('on');
    await until('it is not ready', async () => (await one.status('/ready')) === 503);
    const refused = await begin(one, 'ada', 'other', 'hello');
    assert.equal(refused.status, 503);
    assert.equal(JSON.parse(refused.text).error.code, 'store_unavailable');
    await setTimeout(3000);
    await readOnly('off');
    assert.match((await running).text, /Second\./);
    await until('it is ready again', async () => (await one.status('/ready')) === 200);
  });

  await check(
    'a caller who leaves: the command is gone within a second, and the next question is answered',
    async () => {
      const leave = new AbortController();
      const left = begin(one, 'ada', 'left', script({ text: 'Wait. ', ...bash('sleep 43.5') }), leave.signal);
      await until('the tool runs', () => runsCommand('43.5'));
      leave.abort();
      await left.catch(() => {});
      const took = await until('the command is gone', () => !runsCommand('43.5'), 5000);
      assert.ok(took < 1000, `took ${took} ms`);
      assert.match((await ask(one, 'ada', 'left', ['new question'])).text, /new question/);
      return `${took} ms`;
    },
  );

  await check('a regenerated and an edited question fork', async () => {
    const first = script({ text: 'A1' });
    assert.equal((await ask(one, 'ada', 'fork', [first])).text, 'A1');
    await ask(two, 'ada', 'fork', [first, 'A1', 'two']);
    await ask(one, 'ada', 'fork', [first, 'A1', 'other']);
    const messages = JSON.stringify(await lastRequest());
    assert.match(messages, /other/);
    assert.doesNotMatch(messages, /"two"/);
    const parents = await select(
      `SELECT t.parent_id FROM turns t JOIN sessions s ON s.id = t.session_id WHERE s.chat_id = 'fork' ORDER BY t.fence`,
    );
    assert.equal(parents[0].parent_id, null);
    assert.equal(parents[1].parent_id, parents[2].parent_id);
  });

  await check('a command sees no key, and not the service', async () => {
    const { text } = await ask(one, 'ada', 'env', [
      script(bash('env; tr "\\0" "\\n" < /proc/self/environ'), { text: 'x' }),
    ]);
    for (const secret of [MODEL_KEY, 'e2e-service-key', 'e2e-secret', 'postgresql://', 'ANTHROPIC', 'DATABASE_URL']) {
      assert.ok(!text.includes(secret), `${secret} is in ${text}`);
    }
  });

  await check("another user's session and chat are not there", async () => {
    const list = await (await fetch(`${one.url}/v1/sessions`, { headers: headersOf('ada') })).json();
    const { id } = list.data[0];
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/resume'],
    ]) {
      const response = await fetch(`${one.url}/v1/sessions/${id}${path}`, { method, headers: headersOf('eve') });
      assert.equal(response.status, 404);
    }
    await ask(one, 'eve', 'killed', ['hello', 'x', 'what is in note.txt']);
    assert.doesNotMatch(JSON.stringify(await lastRequest()), /sleep 41\.5/);
  });

  await check('more than the limit is refused', async () => {
    const error = await ask(one, 'ada', 'large', ['x'.repeat(21 * 1024 * 1024)]).catch((reason) => reason);
    assert.equal(error.status, 413);
  });

  await check('tokens and cost are what the API counted', async () => {
    const before = (await fake.counted()).total;
    let tokens = 0;
    for (let round = 0; round < 5; round++) {
      const said = script({ thinking: 'hm', text: 'I look. ', ...bash('echo 1') }, { text: `done ${round}` });
      tokens += (await ask(round % 2 ? one : two, 'carl', `count ${round}`, [said])).usage.total_tokens;
    }
    await fetch(`${one.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headersOf('carl'), 'x-openwebui-task': 'title_generation' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'a title' }] }),
    }).then(async (response) => {
      tokens += (await response.json()).usage.total_tokens;
    });
    const after = (await fake.counted()).total;
    const sum = (counted) =>
      counted.inputTokens + counted.outputTokens + counted.cacheReadTokens + counted.cacheWriteTokens;
    assert.equal(tokens, sum(after) - sum(before));
    const [{ spent }] = await select("SELECT spent_usd::float8 AS spent FROM spending WHERE user_id = 'carl'");
    assert.ok(
      Math.abs(spent - (after.costUsd - before.costUsd)) < 1e-9,
      `${spent} and ${after.costUsd - before.costUsd}`,
    );
    return `${tokens} tokens, ${spent} US dollars`;
  });

  await check('SIGTERM lets a running turn end, takes no new one, and exits with 0', async () => {
    const running = begin(one, 'ada', 'drain', script({ text: 'Long. ', ...bash('sleep 1.75') }, { text: 'Whole.' }));
    await until('the tool runs', () => runsCommand('1.75'));
    one.kill('SIGTERM');
    await until('it drains', async () => (await one.status('/ready')) === 503);
    const refused = await begin(one, 'bob', 'drain', 'hello');
    assert.equal(refused.status, 503);
    assert.match((await running).text, /Whole\./);
    assert.equal(await one.ended, 0);
  });

  await check('what the grace is too short for is stopped, and kept', async () => {
    const short = await start({ SHUTDOWN_GRACE_SECONDS: '1' });
    const running = begin(short, 'ada', 'short', script({ text: 'Begun. ', ...bash('sleep 44.5') }, { text: 'never' }));
    await until('the tool runs', () => runsCommand('44.5'));
    const began = Date.now();
    short.kill('SIGTERM');
    const { text } = await running;
    assert.match(text, /restarted/);
    assert.equal(await short.ended, 0);
    const took = Date.now() - began;
    assert.ok(took < 4000, `took ${took} ms`);
    assert.ok(!runsCommand('44.5'));
    await ask(two, 'ada', 'short', [
      script({ text: 'Begun. ', ...bash('sleep 44.5') }, { text: 'never' }),
      'Begun.',
      'go on',
    ]);
    assert.match(JSON.stringify(await lastRequest()), /Begun\./);
    return `${took} ms`;
  });

  await check('the database inside the program: killed in a command, it goes on at once', async () => {
    const env = { DATABASE_URL: '', DATA_PATH: `${folder}/data` };
    const first = await start(env);
    const question = script({ text: 'I write. ', ...bash('echo kept > note.txt; sleep 45.5') });
    void begin(first, 'ada', 'embedded', question).catch(() => {});
    await until('the tool runs', () => runsCommand('45.5'));
    first.kill('SIGKILL');
    await first.ended;
    const second = await start(env);
    const began = Date.now();
    const { text } = await ask(second, 'ada', 'embedded', [
      question,
      'I write. ',
      script(bash('cat note.txt'), { text: 'x' }),
    ]);
    assert.match(text, /kept/);
    const took = Date.now() - began;
    // Sooner than any lease ends.
    assert.ok(took < 8000, `took ${took} ms`);
    second.kill('SIGTERM');
    assert.equal(await second.ended, 0);
  });

  await checkLongChat(shared, fake);

  await checkFullDisks(shared, fake);

  await check('a wrong configuration is one clear line and 78; --help tells every variable', async () => {
    const { code, stderr } = await runService([], {});
    assert.equal(code, 78);
    assert.match(stderr, /CLAUDE_SERVICE_KEY is not set/);
    const both = { CLAUDE_SERVICE_KEY: 'k', ANTHROPIC_API_KEY: 'k' };
    const wrong = await runService([], { ...both, ISOLATION: 'pod', MODELS: 'a' });
    assert.equal(wrong.code, 78);
    const plain = await runService([], {
      ...both,
      TRUST_PLAIN_USER_HEADERS: 'true',
      FORWARD_USER_INFO_HEADER_JWT_SECRET: 's',
    });
    assert.equal(plain.code, 78);
    assert.match(plain.stderr, /TRUST_PLAIN_USER_HEADERS/);
    const help = await runService(['--help'], {});
    assert.equal(help.code, 0);
    for (const name of ['SESSION_POD_PATH', 'MAX_LIVE_SESSIONS', 'DATABASE_URL_FILE'])
      assert.match(help.stdout, new RegExp(name));
  });

  await check('the official client lists the models and streams', async () => {
    const client = clientOf(two, 'ada', 'stream');
    assert.deepEqual(
      (await client.models.list()).data.map(({ id }) => id),
      [MODEL],
    );
    const stream = await client.chat.completions.create({
      model: MODEL,
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    assert.equal(text, 'You said: hi');
    assert.match(await two.metrics(), /claude_service_turns_total\{end="complete"\}/);
  });
} finally {
  stopAll();
  postgres.remove();
  finish();
}
