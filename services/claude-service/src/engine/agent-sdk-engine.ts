import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BetaMessageParam } from '@anthropic-ai/sdk/resources/beta/messages';
import { STOPPED } from '../tools/tool';
import { AgentSdkAnswers } from './agent-sdk-answers';
import { SERVER_NAME, sessionEntries, uuidOf } from './agent-sdk-history';
import type { AgentSdk, AgentSdkMessage, AgentSdkOptions, AgentSdkPrompt } from './agent-sdk-package';
import { AgentSdkTools } from './agent-sdk-tools';
import { type Engine, ModelError, type Turn, TurnEnd, type TurnEvent } from './engine';
import { EventQueue } from './event-queue';
import { errorOfStatus } from './model-errors';
import { SdkEngine, type SdkEngineOptions } from './sdk-engine';
import { openTools, type TurnTools } from './turn-tools';

const PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * Turns with the Claude Agent SDK: its loop, prompts and compaction, with the tools, rules and transcripts of this
 * service. Each turn has a process of its own, which takes about half a second to start. Unlike `SdkEngine`, it calls
 * the model again as soon as a tool has answered, whether the message before was stored or not.
 */
export class AgentSdkEngine implements Engine {
  private readonly stateless: SdkEngine;

  constructor(
    private readonly sdk: AgentSdk,
    private readonly options: SdkEngineOptions,
  ) {
    this.stateless = new SdkEngine(options);
  }

  public async *run(turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent> {
    if (signal.aborted) {
      yield { kind: 'end', reason: TurnEnd.CANCELLED };
      return;
    }
    const home = await mkdtemp(join(tmpdir(), 'agent-sdk-'));
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal.addEventListener('abort', abort, { once: true });
    const opened = await openTools(turn, this.options.workspaces, this.options.log, signal);
    try {
      yield* this.events(turn, opened, home, stop);
    } finally {
      signal.removeEventListener('abort', abort);
      stop.abort();
      await opened.close();
      // The process writes until its end, for which it takes up to two seconds: nobody waits for that.
      rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 }).catch(() => {});
    }
  }

  public ask(
    question: readonly BetaMessageParam[],
    model: string,
    maxTokens: number,
    signal: AbortSignal,
    systemPrompt?: string,
  ): AsyncIterable<TurnEvent> {
    return this.stateless.ask(question, model, maxTokens, signal, systemPrompt);
  }

  public close(): Promise<void> {
    return this.stateless.close();
  }

  private async *events(turn: Turn, opened: TurnTools, home: string, stop: AbortController): AsyncGenerator<TurnEvent> {
    const queue = new EventQueue<TurnEvent>();
    const server = new AgentSdkTools(opened.tools, stop.signal, (event) => queue.push(event));
    const answers = new AgentSdkAnswers(turn.model, (id) => server.seen.has(id));
    const query = this.sdk.query({
      prompt: prompt(turn, opened.note),
      options: this.queryOptions(turn, await turn.workspace, server, home, stop),
    });
    const push = (events: Iterable<TurnEvent>) => {
      for (const event of events) {
        queue.push(event);
      }
    };
    const end = (reason: TurnEnd, why: string) => {
      push([...answers.finish(why), { kind: 'end', reason }]);
      queue.end();
    };
    const cancelled = () => server.settled().then(() => end(TurnEnd.CANCELLED, STOPPED.output));
    stop.signal.addEventListener('abort', cancelled, { once: true });
    const consume = async () => {
      for await (const message of query) {
        if (stop.signal.aborted) {
          return;
        }
        if (message.type === 'result') {
          stop.signal.removeEventListener('abort', cancelled);
          end(endOf(message), 'Not run: the turn has ended.');
          return;
        }
        push(answers.take(message));
      }
      throw errorOfStatus(undefined, '');
    };
    consume().catch((error: unknown) => {
      if (!stop.signal.aborted) {
        push(answers.finish('Not run: the model failed.'));
        this.options.log.warn({ sessionId: turn.sessionId, err: error }, 'a turn of the Agent SDK failed');
        queue.fail(error instanceof ModelError ? error : errorOfStatus(undefined, ''));
      }
    });
    yield* queue;
  }

  private queryOptions(
    turn: Turn,
    workspace: string,
    server: AgentSdkTools,
    home: string,
    stop: AbortController,
  ): AgentSdkOptions {
    const session = uuidOf(turn.sessionId);
    const cwd = existsSync(workspace) ? workspace : home;
    const entries = sessionEntries(turn.history, session, cwd);
    return {
      abortController: stop,
      cwd,
      env: {
        PATH,
        HOME: home,
        CLAUDE_CONFIG_DIR: home,
        ANTHROPIC_BASE_URL: this.options.baseUrl,
        ANTHROPIC_API_KEY: this.options.apiKey.value() ?? '',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_MAX_RETRIES: '2',
      },
      model: turn.model,
      systemPrompt: turn.systemPrompt,
      tools: [],
      allowedTools: [`mcp__${SERVER_NAME}`],
      permissionMode: 'dontAsk',
      settingSources: [],
      strictMcpConfig: true,
      mcpServersDelivery: 'initialize',
      mcpServers: { [SERVER_NAME]: { type: 'sdk', name: SERVER_NAME, instance: server } },
      includePartialMessages: true,
      maxTurns: turn.maxModelCalls,
      maxBudgetUsd: turn.budgetUsd,
      ...(entries.length > 0 ? { resume: session } : { sessionId: session }),
      sessionStore: { append: async () => {}, load: async () => (entries.length > 0 ? entries : null) },
    };
  }
}

async function* prompt(turn: Turn, note: string): AsyncGenerator<AgentSdkPrompt> {
  const content = [...turn.prompt, ...(note ? [{ type: 'text', text: note }] : [])];
  yield {
    type: 'user',
    session_id: uuidOf(turn.sessionId),
    parent_tool_use_id: null,
    message: { role: 'user', content },
  };
}

const ENDS: { readonly [reason: string]: TurnEnd } = {
  error_max_turns: TurnEnd.MAX_MODEL_CALLS,
  error_max_budget_usd: TurnEnd.BUDGET,
  max_tokens: TurnEnd.LENGTH,
  model_context_window_exceeded: TurnEnd.LENGTH,
  refusal: TurnEnd.REFUSAL,
};

/** Error: `ModelError` where the API failed. */
function endOf(message: AgentSdkMessage): TurnEnd {
  const end = ENDS[message.subtype ?? ''] ?? ENDS[message.stop_reason ?? ''];
  if (end !== undefined) {
    return end;
  }
  if (message.subtype !== 'success' || message.is_error) {
    const text = message.result ?? message.errors?.join('\n') ?? '';
    const status = message.api_error_status ?? Number(/API Error: (\d{3})/.exec(text)?.[1] ?? Number.NaN);
    throw errorOfStatus(Number.isFinite(status) ? status : undefined, text);
  }
  return TurnEnd.COMPLETE;
}
