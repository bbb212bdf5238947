import { readFileSync } from 'node:fs';
import { Pool } from 'undici';

// Sends requests over kept connections, so many at once, and checks every answer. Reads its plan as JSON from the file
// that is its argument; prints what it saw as JSON.

interface Plan {
  readonly url: string;
  readonly body: string;
  /** One header set for each caller. They take turns, each with `callsInTurn` requests in a row, as in one chat. */
  readonly callers: { readonly [name: string]: string }[];
  readonly callsInTurn: number;
  readonly calls: number;
  readonly atOnce: number;
  /** What every answer must contain. */
  readonly expect: string;
  readonly deadlineSeconds: number;
}

const plan: Plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { origin, pathname } = new URL(plan.url);
const pool = new Pool(origin, { connections: plan.atOnce, pipelining: 1 });
const deadline = performance.now() + plan.deadlineSeconds * 1000;
const times: number[] = [];
let next = 0;
let wrong = 0;
let firstWrong = '';

async function worker(): Promise<void> {
  for (let call = next++; call < plan.calls && performance.now() < deadline; call = next++) {
    const headers = plan.callers[Math.floor(call / plan.callsInTurn) % plan.callers.length];
    const from = performance.now();
    const { statusCode, body } = await pool.request({ path: pathname, method: 'POST', headers, body: plan.body });
    const text = await body.text();
    times.push(performance.now() - from);
    if (statusCode === 200 && text.includes(plan.expect)) continue;
    wrong++;
    firstWrong ||= `${statusCode} ${text.slice(0, 300)}`;
  }
}

async function main(): Promise<void> {
  const from = performance.now();
  await Promise.all(Array.from({ length: plan.atOnce }, worker));
  const seconds = (performance.now() - from) / 1000;
  await pool.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  console.log(JSON.stringify({ calls: times.length, seconds, p50: at(0.5), p99: at(0.99), wrong, firstWrong }));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
