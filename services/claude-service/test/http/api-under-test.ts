import { createHmac } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { Registry } from 'prom-client';
import { BearerKeys } from '../../../runtime/bearer-keys';
import { createLogger, LogLevel } from '../../../runtime/log';
import { MemoryRateLimiter } from '../../../runtime/rate-limit';
import { FixedSecret } from '../../../runtime/secret-source';
import { startTracing } from '../../../runtime/tracing';
import { UserTokenVerifier } from '../../../runtime/user-token';
import { createApiServer } from '../../src/http/server';
import { CallerCheck } from '../../src/identity/caller';
import { Metrics, observeUserCosts } from '../../src/metrics';
import { ChatEndpoint } from '../../src/openai/chat-endpoint';
import { modelRoutes } from '../../src/openai/models-endpoint';
import { ActiveTurns } from '../../src/sessions/active-turns';
import { Sessions } from '../../src/sessions/sessions';
import { SessionsEndpoint } from '../../src/sessions/sessions-endpoint';
import { Store } from '../../src/store/store';
import { ScriptedEngine } from '../sessions/scripted-engine';
import type { TestDatabase } from '../store/postgres-in-worker';

export const KEY = 'the-service-key';
export const SECRET = 'the-secret-that-signs-users';
export const MODEL = 'claude-amber-session';

/** A token as Open WebUI signs it. */
export function userToken(id: string, more: object = {}, secret = SECRET): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    sub: id,
    email: `${id}@example.com`,
    name: id,
    role: 'user',
    iss: 'open-webui',
    iat,
    exp: iat + 300,
    ...more,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The API in this process, with an engine that does what it is told. */
export class ApiUnderTest {
  public readonly engine = new ScriptedEngine();
  public readonly active = new ActiveTurns();
  public readonly registry = new Registry();
  public readonly log: object[] = [];
  /** What users are signed with at the gateway. */
  public readonly gatewaySecret = new FixedSecret(SECRET);
  public url = '';
  private sessions?: Sessions;
  private server?: Server;

  public static async start(database: TestDatabase, limits: { dayBudgetUsd?: number; perMinute?: number } = {}) {
    const { dayBudgetUsd = 1000, perMinute = 10_000 } = limits;
    const api = new ApiUnderTest();
    const write = (line: string) => void api.log.push(JSON.parse(line));
    const log = createLogger({ service: 'test', level: LogLevel.INFO, stream: { write } });
    const store = new Store(database);
    const workspaces = {
      prepare: async (id: string) => `/workspaces/${id}`,
      of: () => {
        throw new Error('not asked for');
      },
      release: async () => {},
      remove: async () => {},
      close: async () => {},
    };
    const sessions = new Sessions({
      store,
      engine: api.engine,
      workspaces,
      log,
      limits: {
        maxModelCalls: 5,
        turnBudgetUsd: 1,
        dayBudgetUsd,
        idleSeconds: 60,
        maxLiveSessions: 50,
        compactAboveTokens: 0,
      },
    });
    const persona = {
      name: 'amber',
      model: 'claude-sonnet-5-5',
      instructions: 'Be Amber.',
      tools: new Map(),
    };
    const models = new Map([[MODEL, 'amber']]);
    const callers = new CallerCheck(
      new BearerKeys(new FixedSecret(KEY), new FixedSecret('the-key-before')),
      new UserTokenVerifier(new FixedSecret(SECRET)),
      false,
    );
    const chat = new ChatEndpoint({
      callers,
      sessions,
      engine: api.engine,
      spending: store.spending,
      personas: new Map([['amber', persona]]),
      models,
      taskModel: 'claude-haiku-5-5',
      turnBudgetUsd: 1,
      dayBudgetUsd,
      rates: new MemoryRateLimiter(),
      turnsPerMinute: perMinute,
      gateway: {
        url: 'http://gateway/mcp',
        apiKey: new FixedSecret('gateway-key'),
        userTokenSecret: api.gatewaySecret,
        tokenSeconds: 60,
      },
      active: api.active,
      metrics: new Metrics(api.registry),
      tracing: await startTracing({ service: 'test', version: '0', log }),
      log,
    });
    observeUserCosts(api.registry, store.spending);
    const server = createApiServer(
      {
        ...modelRoutes(callers, models, 1),
        ...new SessionsEndpoint(callers, sessions, models, api.active).routes(),
        'POST /v1/chat/completions': (exchange) => chat.answer(exchange),
      },
      log,
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(api, { server, sessions });
    return api;
  }

  /** The official client, as a user in a chat; without one of them where it is left out. */
  public client(user?: string, chat?: string, headers: { [name: string]: string } = {}): OpenAI {
    return new OpenAI({
      baseURL: `${this.url}/v1`,
      apiKey: KEY,
      maxRetries: 0,
      defaultHeaders: {
        ...(user ? { 'x-openwebui-user-jwt': userToken(user) } : {}),
        ...(chat ? { 'x-openwebui-chat-id': chat } : {}),
        ...headers,
      },
    });
  }

  public async close(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
    this.sessions?.close();
  }
}
