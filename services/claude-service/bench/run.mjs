// npm run bench -w services/claude-service: what the service adds to the SDK, with limits. Exits with 1 above any.
// BENCH_DATABASE_URL measures with a PostgreSQL server instead of the embedded database.
import { firstTokenDirect, median, templateOf, turn } from './callers.mjs';
import { peakMemory, startPrograms } from './programs.mjs';

const LIMITS = { addedMs: 5, streams: 200, longestGapMs: 2000, memoryMiB: 512 };
const ROUNDS = 200;
const WARM_UP = 30;

let failed = false;

function report(what, value, limit, unit) {
  const over = !(value <= limit);
  failed ||= over;
  console.log(`${over ? '✗' : '✓'} ${what}: ${value.toFixed(2)} ${unit} (limit ${limit})`);
}

function same(what, ours, theirs) {
  failed ||= ours !== theirs;
  console.log(`${ours === theirs ? '✓' : '✗'} ${what}: ${ours} told, ${theirs} counted`);
}

const told = { input: 0, output: 0 };
/** What the direct calls took, which the service does not know of. */
const direct = { input: 0, output: 0, cost: 0 };

async function counted({ fake }) {
  const { total } = await (await fetch(`${fake}/_counted`)).json();
  const input = total.inputTokens + total.cacheReadTokens + total.cacheWriteTokens;
  return { input, output: total.outputTokens, cost: total.costUsd };
}

async function chat(url, question) {
  const result = await turn(url, question);
  told.input += result.usage.prompt_tokens;
  told.output += result.usage.completion_tokens;
  return result;
}

async function callDirectly(programs, template, prompt) {
  const before = await counted(programs);
  const milliseconds = await firstTokenDirect(programs.fake, template, prompt);
  const after = await counted(programs);
  for (const figure of Object.keys(direct)) {
    direct[figure] += after[figure] - before[figure];
  }
  return milliseconds;
}

/** Direct calls and turns of the service take turns, so that both see the same machine. */
async function firstTokens(programs) {
  const { url, fake } = programs;
  const alone = [];
  const first = [];
  const later = [];
  await chat(url, { user: 'first-token', chat: 'template', messages: [{ role: 'user', content: 'Hello' }] });
  const template = await templateOf(fake);
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const prompt = `What is ${round}?`;
    const milliseconds = await callDirectly(programs, template, prompt);
    const question = { user: 'first-token', chat: `chat ${round}`, messages: [{ role: 'user', content: prompt }] };
    const beginning = await chat(url, question);
    const answer = { role: 'assistant', content: beginning.text };
    const messages = [...question.messages, answer, { role: 'user', content: 'And more?' }];
    const continued = await chat(url, { ...question, messages });
    if (round >= 0) {
      alone.push(milliseconds);
      first.push(beginning.times[0]);
      later.push(continued.times[0]);
    }
  }
  console.log(`  first token of the SDK alone: ${median(alone).toFixed(2)} ms at the median of ${ROUNDS}`);
  report('added to the first token, new chat', median(first) - median(alone), LIMITS.addedMs, 'ms');
  report('added to the first token, later turn', median(later) - median(alone), LIMITS.addedMs, 'ms');
}

/** All at once, each stream about six seconds long. */
async function manyStreams({ url, pid }) {
  const script = `fake: ${JSON.stringify([{ text: 'x'.repeat(1200), pieceLength: 10, delayMs: 50 }])}`;
  const asked = Array.from({ length: LIMITS.streams }, (_, index) =>
    chat(url, { user: `user ${index}`, chat: `stream ${index}`, messages: [{ role: 'user', content: script }] }),
  );
  const results = await Promise.all(asked);
  const gaps = results.map(({ times }) => Math.max(...times.map((time, index) => time - (times[index - 1] ?? time))));
  const whole = results.filter(({ text, done }) => done && text.length === 1200).length;
  same(`${LIMITS.streams} streams at once, complete`, whole, LIMITS.streams);
  report('longest silence in any of them', Math.max(...gaps), LIMITS.longestGapMs, 'ms');
  report('most memory of the service', peakMemory(pid), LIMITS.memoryMiB, 'MiB');
}

/** What callers were told, and what `/metrics` says, against what the API counted. */
async function figures(programs) {
  const { input, output, cost } = await counted(programs);
  same('input tokens', told.input, input - direct.input);
  same('output tokens', told.output, output - direct.output);
  const text = await (await fetch(programs.metrics)).text();
  const costs = [...text.matchAll(/^claude_service_cost_usd_total\{.*\} (\S+)$/gm)].map(([, value]) => Number(value));
  const sum = costs.reduce((all, one) => all + one, 0);
  same('cost in nano-dollars', Math.round(sum * 1e9), Math.round((cost - direct.cost) * 1e9));
}

const programs = await startPrograms();
await firstTokens(programs);
await manyStreams(programs);
await figures(programs);
process.exit(failed ? 1 : 0);
