import { randomUUID } from 'node:crypto';
import { ApiError, badRequest } from '../http/api-error';
import { readJsonObject } from '../http/body';
import { type Exchange, type Routes, sendJson } from '../http/server';
import type { CallerCheck } from '../identity/caller';
import { isTemporaryChat, MAX_ID_LENGTH } from '../openai/chat-id';
import type { SessionRecord } from '../store/records';
import type { ActiveTurns } from './active-turns';
import type { Sessions } from './sessions';

const MAX_PAGE = 100;
const USUAL_PAGE = 20;
/** What a client can send in `X-OpenWebUI-Chat-Id`. */
const CHAT_ID = /^[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;
const SMALL_BODY_BYTES = 64 * 1024;

/** `/v1/sessions`: one's own sessions. Those of others do not exist here. */
export class SessionsEndpoint {
  constructor(
    private readonly callers: CallerCheck,
    private readonly sessions: Sessions,
    private readonly models: ReadonlyMap<string, string>,
    private readonly active: ActiveTurns,
  ) {}

  public routes(): Routes {
    return {
      'GET /v1/sessions': (exchange) => this.list(exchange),
      'POST /v1/sessions': (exchange) => this.create(exchange),
      'GET /v1/sessions/:id': (exchange) => this.get(exchange),
      'DELETE /v1/sessions/:id': (exchange) => this.delete(exchange),
      'POST /v1/sessions/:id/resume': (exchange) => this.resume(exchange),
    };
  }

  private async list(exchange: Exchange): Promise<void> {
    const userId = this.userOf(exchange);
    const { searchParams } = exchange.url;
    const limit = Number(searchParams.get('limit') ?? USUAL_PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw badRequest(`limit must be a whole number from 1 to ${MAX_PAGE}.`, 'limit');
    }
    const after = searchParams.get('after') ?? undefined;
    if (after?.includes('\0')) throw badRequest('after must be the id of a session.', 'after');
    // One more than asked for tells whether there is more.
    const found = await this.sessions.list(userId, limit + 1, after);
    const data = found.slice(0, limit).map(sessionJson);
    sendJson(exchange.response, 200, { object: 'list', data, has_more: found.length > limit });
  }

  private async create(exchange: Exchange): Promise<void> {
    const userId = this.userOf(exchange);
    this.active.refuseWhenDraining();
    const { model, chat_id: chatId = randomUUID() } = await readJsonObject(exchange.request, SMALL_BODY_BYTES);
    if (typeof model !== 'string' || !this.models.has(model)) {
      throw badRequest(`model must be one of ${[...this.models.keys()].join(', ')}.`, 'model');
    }
    if (typeof chatId !== 'string' || chatId.length > MAX_ID_LENGTH || !CHAT_ID.test(chatId)) {
      throw badRequest(`chat_id must be 1 to ${MAX_ID_LENGTH} characters that a header can carry.`, 'chat_id');
    }
    if (isTemporaryChat(chatId)) {
      throw badRequest('chat_id is that of a temporary chat, which has no session: take another one.', 'chat_id');
    }
    const { session, isNew } = await this.sessions.create({ userId, chatId, model });
    sendJson(exchange.response, isNew ? 201 : 200, sessionJson(session));
  }

  private async get(exchange: Exchange): Promise<void> {
    const session = await this.sessions.find(this.userOf(exchange), exchange.parameters.id);
    sendJson(exchange.response, 200, sessionJson(session));
  }

  private async delete(exchange: Exchange): Promise<void> {
    const { id } = exchange.parameters;
    await this.sessions.delete(this.userOf(exchange), id);
    sendJson(exchange.response, 200, { id, object: 'session.deleted', deleted: true });
  }

  /**
   * What a client needs to take a session up again after it lost the connection or the service was restarted: whether the
   * last turn ended, and what was said in it. The next question goes to `/v1/chat/completions` with the session's chat id.
   */
  private async resume(exchange: Exchange): Promise<void> {
    const session = await this.sessions.find(this.userOf(exchange), exchange.parameters.id);
    const { last } = await this.sessions.transcript(session);
    const isInterrupted = last !== undefined && last.endReason === null && !session.running;
    sendJson(exchange.response, 200, {
      ...sessionJson(session),
      interrupted: isInterrupted,
      last_turn: last && { id: last.id, end: last.endReason, messages: last.messages },
    });
  }

  private userOf({ request }: Exchange): string {
    const { user } = this.callers.identify(request.headers);
    if (user) return user.id;
    throw new ApiError(403, 'Sessions belong to a person: send X-OpenWebUI-User-Jwt.', { code: 'no_user' });
  }
}

function sessionJson(session: SessionRecord): object {
  return {
    id: session.id,
    object: 'session',
    model: session.model,
    chat_id: session.chatId,
    created_at: Math.floor(session.createdAt.getTime() / 1000),
    used_at: Math.floor(session.usedAt.getTime() / 1000),
    status: session.running ? 'running' : 'idle',
    turns: session.turns,
    usage: {
      prompt_tokens: session.tokens.input,
      completion_tokens: session.tokens.output,
      total_tokens: session.tokens.input + session.tokens.output,
      cost_usd: session.costUsd,
    },
  };
}
