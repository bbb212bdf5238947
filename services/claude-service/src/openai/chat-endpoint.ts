import type { IncomingHttpHeaders } from 'node:http';
import type { RateLimiter } from '../../../runtime/rate-limit';
import type { Engine } from '../engine/engine';
import { ApiError } from '../http/api-error';
import { readJsonObject } from '../http/body';
import { EventStream } from '../http/event-stream';
import { apiErrorOf } from '../http/known-errors';
import { type Exchange, sendJson } from '../http/server';
import type { Caller, CallerCheck } from '../identity/caller';
import { type GatewayConnection, gatewayAccess } from '../identity/gateway-access';
import type { LoadedPersona } from '../persona/personas';
import type { ActiveTurns } from '../sessions/active-turns';
import type { Sessions } from '../sessions/sessions';
import type { SpendingStore } from '../store/spending-store';
import { type AnswerSource, streamAnswer, wholeAnswer } from './answer';
import { isTemporaryChat, MAX_ID_LENGTH } from './chat-id';
import { type ChatRequest, readChatRequest } from './chat-request';
import { DONE } from './completion';
import { readConversation } from './conversation';
import { type Answering, ObservedAnswer, type Observers } from './observed-answer';
import { StatelessAnswer } from './stateless-answer';
import { isTask, TASK_HEADER } from './task-prompt';

const CHAT_HEADER = 'x-openwebui-chat-id';
/** For Open WebUI's templates `{{MESSAGE_ID}}` and `{{USER_MESSAGE_PARENT_ID}}`. */
const MESSAGE_HEADER = 'x-openwebui-message-id';
const PARENT_HEADER = 'x-openwebui-user-message-parent-id';
/** Longest answer outside of a session, unless the caller asks for less. Unit: tokens. */
const STATELESS_TOKENS = 8192;

export interface ChatParts extends Observers {
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
    const observed = new ObservedAnswer(this.parts, exchange, { user: caller.user?.id, model: request.model }, signal);
    try {
      const answering = await this.begin(request, persona, caller, exchange, signal);
      const created = Math.floor(Date.now() / 1000);
      const source = {
        head: { id: `chatcmpl-${exchange.requestId}`, created, model: request.model },
        events: observed.events(answering),
        signal,
        usage: () => answering.usage,
        firstPiece: () => observed.firstPiece(),
      };
      const headers: { readonly [name: string]: string } = answering.sessionId
        ? { 'x-session-id': answering.sessionId }
        : {};
      if (request.stream) await this.stream(exchange, source, request.includeUsage, headers, observed);
      else sendJson(exchange.response, 200, await wholeAnswer(source), headers);
    } catch (error) {
      observed.failed(error);
      throw error;
    } finally {
      observed.over();
    }
  }

  private async stream(
    { response, requestId }: Exchange,
    source: AnswerSource,
    includeUsage: boolean,
    headers: { readonly [name: string]: string },
    observed: ObservedAnswer,
  ): Promise<void> {
    const stream = new EventStream(response, headers);
    try {
      await streamAnswer(source, stream, includeUsage);
    } catch (error) {
      if (!stream.hasBegun) throw error;
      // Too late for a status: clients read an error out of the stream.
      observed.failed(error);
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
}

function idOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH ? value : undefined;
}
