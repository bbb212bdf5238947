import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import type { Reply } from '../../services/claude-service/fake-anthropic/script';
import { startFakeAnthropic } from '../../services/claude-service/fake-anthropic/server';
import { AgentSdkEngine } from '../../services/claude-service/src/engine/agent-sdk-engine';
import { loadAgentSdk } from '../../services/claude-service/src/engine/agent-sdk-package';
import {
  ModelError,
  ToolRule,
  type Turn,
  TurnEnd,
  type TurnEvent,
} from '../../services/claude-service/src/engine/engine';
import { LocalWorkspaces } from '../../services/claude-service/src/workspace/local-workspaces';
import { createLogger, LogLevel } from '../../services/runtime/log';
import { FixedSecret } from '../../services/runtime/secret-source';

const KEY = 'sk-canary-of-the-parent';
const counts = { passed: 0, failed: 0 };

function check(what: string, holds: boolean, seen?: unknown): void {
  counts[holds ? 'passed' : 'failed'] += 1;
  console.log(`${holds ? '✓' : '✗'} ${what}${holds ? '' : `: ${JSON.stringify(seen)}`}`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-sdk-e2e-'));
  const workspaces = new LocalWorkspaces(folder);
  const workspacePath = await workspaces.prepare('session');
  const fake = await startFakeAnthropic();
  const log = createLogger({ service: 'e2e', level: LogLevel.ERROR });
  const options = { apiKey: new FixedSecret(KEY), baseUrl: fake.url, workspaces, log };
  const engine = new AgentSdkEngine(await loadAgentSdk(), options);

  function turn(replies: Reply[], changes: Partial<Turn> = {}): Turn {
    return {
      sessionId: 'session',
      history: [],
      prompt: [{ type: 'text', text: `Please.\nfake: ${JSON.stringify(replies)}` }],
      systemPrompt: 'You are careful.',
      model: 'claude-sonnet-5-5',
      tools: new Map(['bash', 'read', 'write'].map((name) => [name, ToolRule.ALLOW])),
      workspace: Promise.resolve(workspacePath),
      maxModelCalls: 5,
      budgetUsd: 1,
      ...changes,
    };
  }

  async function run(asked: Turn, signal = new AbortController().signal): Promise<TurnEvent[]> {
    const events: TurnEvent[] = [];
    for await (const event of engine.run(asked, signal)) {
      events.push(event);
    }
    return events;
  }

  const messages = (events: TurnEvent[]) =>
    events.flatMap((event): BetaMessageParam[] => (event.kind === 'message' ? [event.message] : []));
  const ends = (events: TurnEvent[]) => events.flatMap((event) => (event.kind === 'end' ? [event.reason] : [])).join();
  const tools = (name: string, input: unknown) => [{ name: `mcp__service__${name}`, input }];

  const first = turn([
    {
      thinking: 'Hm.',
      text: 'I write.',
      tools: [
        ...tools('write', { file_path: 'a.txt', content: 'hello' }),
        ...tools('bash', { command: 'env; cat /proc/$PPID/environ 2>/dev/null | tr "\\0" "\\n" | grep -c canary' }),
      ],
    },
    { tools: [...tools('grep', { pattern: 'x' }), { name: 'Bash', input: { command: 'touch outside' } }] },
    { text: 'Done.' },
  ]);
  const events = await run(first);
  const sequence = messages(events).map(
    ({ role, content }) => `${role}:${Array.isArray(content) ? content.map(({ type }) => type).join('+') : 'text'}`,
  );
  check(
    'messages in pairs',
    sequence.join(' ') ===
      'assistant:thinking+text+tool_use+tool_use user:tool_result+tool_result assistant:tool_use+tool_use user:tool_result+tool_result assistant:text',
    sequence,
  );
  check('a file is written in the workspace', readFileSync(join(workspacePath, 'a.txt'), 'utf8') === 'hello');
  const ended = events.flatMap((event) => (event.kind === 'tool-end' ? [event] : []));
  check('the environment of a command has no key', !JSON.stringify(ended[1]).includes('canary'), ended[1]);
  check(
    'denied and unknown tools are told',
    ended.slice(2).every(({ rule, failed }) => failed && rule === ToolRule.DENY),
    ended.slice(2),
  );
  check('ends complete', ends(events) === TurnEnd.COMPLETE, ends(events));
  const total = fake.counted().total;
  const sum = events.reduce((all, event) => (event.kind === 'usage' ? all + event.usage.costUsd : all), 0);
  check('cost as counted', Math.abs(total.costUsd - sum) < 1e-9, { total, sum });

  const history: BetaMessageParam[] = [{ role: 'user', content: [...first.prompt] }, ...messages(events)];
  const again = await run(turn([{ text: 'Yes, I remember.' }], { history }));
  const sent = JSON.stringify(fake.requests().at(-1)?.body);
  check(
    'the history goes with the next turn',
    ends(again) === TurnEnd.COMPLETE && sent.includes('I write.') && sent.includes('Done.'),
    ends(again),
  );

  const looping: Reply[] = [{ tools: tools('bash', { command: 'true' }) }];
  check(
    'the calls of the model are limited',
    ends(await run(turn(looping, { maxModelCalls: 2 }))) === TurnEnd.MAX_MODEL_CALLS,
  );
  const dear = await run(turn([{ ...looping[0], outputTokens: 30_000 }], { budgetUsd: 0.4 }));
  check('the budget is kept', ends(dear) === TurnEnd.BUDGET, ends(dear));

  for (const [status, told] of [
    [400, 400],
    [401, 502],
    [529, 529],
  ]) {
    const error = await run(turn([{ error: { status, retryAfter: 0, message: 'no' } }])).catch((caught) => caught);
    check(
      `error ${status} is told as ${told}`,
      error instanceof ModelError && error.status === told,
      error?.status ?? error,
    );
  }

  async function cancelAt(
    kind: TurnEvent['kind'],
    asked: Turn,
  ): Promise<{ events: TurnEvent[]; milliseconds: number }> {
    const leaving = new AbortController();
    let left = Number.NaN;
    const events: TurnEvent[] = [];
    for await (const event of engine.run(asked, leaving.signal)) {
      events.push(event);
      if (event.kind === kind && Number.isNaN(left)) {
        left = performance.now() + 300;
        setTimeout(() => leaving.abort(), 300);
      }
    }
    return { events, milliseconds: performance.now() - left };
  }
  const slow = await cancelAt('text', turn([{ text: 'A long answer that takes its time', delayMs: 1000 }]));
  check('cancelled within a second', ends(slow.events) === TurnEnd.CANCELLED && slow.milliseconds < 1000, slow);
  check('what was said is kept', JSON.stringify(messages(slow.events)).includes('A long answe'), slow);
  const killed = await cancelAt('tool-start', turn([{ tools: tools('bash', { command: 'trap "" TERM; sleep 60' }) }]));
  check(
    'a cancelled tool ends within a second',
    ends(killed.events) === TurnEnd.CANCELLED && killed.milliseconds < 1000,
    killed,
  );
  check(
    'and is told',
    killed.events.some(({ kind }) => kind === 'tool-end'),
    killed,
  );
  check(
    'and has its result',
    messages(killed.events)
      .map(({ role }) => role)
      .join() === 'assistant,user',
    killed,
  );

  await engine.close();
  await fake.close();
  rmSync(folder, { recursive: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
