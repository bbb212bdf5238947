import type { IncomingHttpHeaders } from 'node:http';
import type { Logger } from '../../../runtime/log';
import type { RateLimiter } from '../../../runtime/rate-limit';
import { type Tracing, traceIdOf } from '../../../runtime/tracing';
import type { Engine, TurnEvent } from '../engine/engine';
import { ApiError } from '../http/api-error';
import { readJsonObject } from '../http/body';
import { EventStream } from '../http/event-stream';
import { apiErrorOf } from '../http/known-errors';
import { type Exchange, sendJson } from '../http/server';
import type { Caller, CallerCheck } from '../identity/caller';
import { type GatewayConnection, gatewayAccess } from '../identity/gateway-access';
import type { Metrics } from '../metrics';
import type { LoadedPersona } from '../persona/personas';
import type { ActiveTurns } from '../sessions/active-turns';
import type { Sessions } from '../sessions/sessions';
import type { UsageSum } from '../store/records';
import type { SpendingStore } from '../store/spending-store';
import { streamAnswer, wholeAnswer } from './answer';
import { isTemporaryChat, MAX_ID_LENGTH } from './chat-id';
import { type ChatRequest, readChatRequest } from './chat-request';
import { DONE } from './completion';
import { readConversation } from './conversation';
import { StatelessAnswer } from './stateless-answer';
import { isTask, TASK_HEADER } from './task-prompt';

const CHAT_HEADER = 'x-openwebui-chat-id';
/** For Open WebUI's templates `{{MESSAGE_ID}}` and `{{USER_MESSAGE_PARENT_ID}}`. */
const MESSAGE_HEADER = 'x-openwebui-message-id';
const PARENT_HEADER = 'x-openwebui-user-message-parent-id';
/** Longest answer outside of a session, unless the caller asks for less. Unit: tokens. */
const STATELESS_TOKENS = 8192;

export interface ChatParts {
  readonly callers: CallerCheck;
  readonly sessions: Sessions;
  readonly engine: Engine;
  readonly spending: SpendingStore;
  readonly personas: ReadonlyMap<string, LoadedPersona>;
  readonly models: ReadonlyMap<string, string>;
  readonly taskModel: string;
  readonly turnBudgetUsd: number;
  readonly dayBudgetUsd: number;
  readonly rates: RateLimiter;
  readonly turnsPerMinute: number;
  readonly gateway?: GatewayConnection;
  readonly active: ActiveTurns;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly log: Logger;
}

/** What answers: a turn of a session, or a question without one. */
interface Answering {
  readonly kind: 'session' | 'stateless';
  readonly sessionId?: string;
  events(): AsyncIterable<TurnEvent>;
  readonly usage: UsageSum;
}

/** `POST /v1/chat/completions`. */
export class ChatEndpoint {
  constructor(private readonly parts: ChatParts) {}

  public async answer(exchange: Exchange): Promise<void> {
    const { callers, active } = this.parts;
    const caller = callers.identify(exchange.request.headers);
    active.refuseWhenDraining();
    const request = readChatRequest(await readJsonObject(exchange.request));
    const persona = this.personaOf(request.model);
    await this.checkRate(caller);
    await active.run(exchange.signal, (signal) => this.run(exchange, request, persona, caller, signal));
  }

  private personaOf(model: string): LoadedPersona {
    const { models, personas } = this.parts;
    const persona = personas.get(models.get(model) ?? '');
    if (persona) return persona;
    throw new ApiError(404, `There is no model ${model} here: take one of ${[...models.keys()].join(', ')}.`, {
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    });
  }

  private async checkRate({ user }: Caller): Promise<void> {
    if (!user) return;
    const { rates, turnsPerMinute } = this.parts;
    const verdict = await rates.take(user.id, turnsPerMinute);
    if (verdict.allowed) return;
    throw new ApiError(429, `More than ${turnsPerMinute} questions in a minute: wait a little.`, {
      code: 'rate_limit_exceeded',
      retryAfterSeconds: verdict.retryAfterSeconds,
    });
  }

  private async run(
    exchange: Exchange,
    request: ChatRequest,
    persona: LoadedPersona,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<void> {
    const { metrics, tracing, log } = this.parts;
    const { requestId, startedAt, request: incoming } = exchange;
    const traceparent = incoming.headers.traceparent;
    const span = tracing.startSpan('chat', typeof traceparent === 'string' ? traceparent : undefined);
    metrics.turnBegan();
    let end = 'refused';
    let failure: unknown;
    let answering: Answering | undefined;
    try {
      answering = await this.begin(request, persona, caller, exchange, signal);
      end = 'failed';
      const { kind } = answering;
      const source = {
        head: { id: `chatcmpl-${requestId}`, created: Math.floor(Date.now() / 1000), model: request.model },
        events: this.counted(answering.events(), (reason) => {
          end = reason;
        }),
        signal,
        usage: () => answering?.usage as UsageSum,
        firstPiece: () => metrics.firstPiece(kind, (performance.now() - startedAt) / 1000),
      };
      await this.send(exchange, request, source, answering.sessionId);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      metrics.turnEnded(end);
      span.end(failure instanceof Error ? failure : undefined);
      const { kind, sessionId, usage } = answering ?? {};
      const trace = traceIdOf(typeof traceparent === 'string' ? traceparent : undefined);
      const ms = Math.round(performance.now() - startedAt);
      const error = failure instanceof Error ? failure.message : undefined;
      log.info(
        {
          requestId,
          trace,
          kind,
          user: caller.user?.id,
          session: sessionId,
          model: request.model,
          end,
          error,
          ms,
          ...usage,
        },
        'turn',
      );
    }
  }

  private async send(
    exchange: Exchange,
    request: ChatRequest,
    source: Parameters<typeof streamAnswer>[0],
    sessionId: string | undefined,
  ): Promise<void> {
    const { response, requestId } = exchange;
    const headers: { readonly [name: string]: string } = sessionId ? { 'x-session-id': sessionId } : {};
    if (!request.stream) {
      sendJson(response, 200, await wholeAnswer(source), headers);
      return;
    }
    const stream = new EventStream(response, headers);
    try {
      await streamAnswer(source, stream, request.includeUsage);
    } catch (error) {
      if (!stream.hasBegun) throw error;
      // Too late for a status: clients read an error out of the stream.
      const known = apiErrorOf(error, requestId);
      if (known.status >= 500) this.parts.log.error({ err: error, requestId }, 'a stream failed');
      stream.end(`data: ${JSON.stringify(known.toJson())}\n\n${DONE}`);
    } finally {
      stream.close();
    }
  }

  private async begin(
    request: ChatRequest,
    persona: LoadedPersona,
    { user, groups }: Caller,
    { request: { headers } }: Exchange,
    signal: AbortSignal,
  ): Promise<Answering> {
    const { sessions, engine, spending, taskModel, turnBudgetUsd: budgetUsd, dayBudgetUsd } = this.parts;
    const conversation = readConversation(request.messages);
    const isOfInterface = isTask(request.messages, idOf(headers, TASK_HEADER));
    const chatId = idOf(headers, CHAT_HEADER);
    if (user && chatId && !isTemporaryChat(chatId) && !isOfInterface) {
      const ids = { messageId: idOf(headers, MESSAGE_HEADER), parentMessageId: idOf(headers, PARENT_HEADER) };
      const gateway = this.parts.gateway && gatewayAccess(this.parts.gateway, user, groups);
      const { model } = request;
      return sessions.begin({ user, chatId, model, persona, conversation, ids, gateway, signal });
    }
    const model = isOfInterface ? taskModel : persona.model;
    const maxTokens = Math.min(request.maxTokens ?? STATELESS_TOKENS, STATELESS_TOKENS);
    const question = { engine, spending, user, budgetUsd, dayBudgetUsd, conversation, model, maxTokens, signal };
    return new StatelessAnswer(question);
  }

  private async *counted(events: AsyncIterable<TurnEvent>, ended: (end: string) => void): AsyncGenerator<TurnEvent> {
    const { metrics } = this.parts;
    for await (const event of events) {
      if (event.kind === 'usage') metrics.used(event.usage);
      if (event.kind === 'tool-end') metrics.toolUsed(event.rule, event.failed);
      if (event.kind === 'end') ended(event.reason);
      yield event;
    }
  }
}

function idOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH ? value : undefined;
}
