import { createHash } from 'node:crypto';
import type { AnswerStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import {
  ErrorCode,
  isObject,
  type JsonRpcRequest,
  notificationText,
  ProtocolError,
  resultText,
} from '../protocol/json-rpc';
import { META } from '../protocol/meta-keys';
import { ProtocolEra } from '../upstream/upstream';
import { listEntries } from './lists';
import type { CatalogueLookup, Scope } from './targets';
import { userKeyOf } from './user-key';

/** Streams that one replica keeps open for listeners, all users together, and for one user. */
const MAX_LISTENERS = 1024;
const MAX_LISTENERS_OF_USER = 16;
/** After this time a listener proves anew who it is. Unit: milliseconds. */
const MAX_LISTENING_MS = 30 * 60_000;

/** The lists that a client can listen to: its word for it, the notification, and the methods that give the list. */
const LISTENABLE = [
  { word: 'toolsListChanged', notification: 'notifications/tools/list_changed', lists: ['tools/list'] },
  { word: 'promptsListChanged', notification: 'notifications/prompts/list_changed', lists: ['prompts/list'] },
  {
    word: 'resourcesListChanged',
    notification: 'notifications/resources/list_changed',
    lists: ['resources/list', 'resources/templates/list'],
  },
] as const;

type Listenable = (typeof LISTENABLE)[number];

interface Listener {
  readonly id: string | number;
  readonly caller: Caller;
  readonly scope: Scope;
  readonly stream: AnswerStream;
  readonly topics: readonly Listenable[];
  /** Hash of the listener's lists as they were when it was last told, by notification. */
  readonly seen: Map<string, string>;
}

export interface SubscriptionsOptions {
  readonly catalogues: CatalogueLookup;
  /** The tenants that a caller may use now, within the scope. */
  tenantIds(caller: Caller, scope: Scope): readonly string[];
}

/** `subscriptions/listen` (2026-07-28): tells clients when a list that they may see is another one. */
export class Subscriptions {
  private readonly listeners = new Set<Listener>();
  private closed = false;

  constructor(private readonly options: SubscriptionsOptions) {}

  /** Opens the stream; it stays open until the client leaves. Error: `ProtocolError`. */
  public listen(caller: Caller, scope: Scope, { id, params }: JsonRpcRequest, stream: AnswerStream): void {
    const wanted = params?.notifications;
    if (!isObject(wanted)) throw new ProtocolError(ErrorCode.INVALID_PARAMS, 'params.notifications is missing');
    if (!stream.canStream) throw new ProtocolError(ErrorCode.INVALID_REQUEST, 'Accept lacks text/event-stream', 406);
    this.checkRoomFor(caller);
    const topics = LISTENABLE.filter(({ word }) => wanted[word] === true);
    const listener: Listener = { id, caller, scope, stream, topics, seen: new Map() };
    const notifications = Object.fromEntries(topics.map(({ word }) => [word, true]));
    stream.send(notificationText('notifications/subscriptions/acknowledged', { notifications, ...tag(id) }));
    if (topics.length === 0 || this.closed) {
      end(listener);
      return;
    }
    for (const topic of topics) listener.seen.set(topic.notification, this.hashOf(listener, topic));
    this.listeners.add(listener);
    const tired = setTimeout(() => this.remove(listener), MAX_LISTENING_MS).unref();
    stream.signal.addEventListener('abort', () => {
      clearTimeout(tired);
      this.listeners.delete(listener);
    });
  }

  /**
   * Tells those whose lists differ from what they were told last.
   * @param tenantId the tenant that shows something else; left out when who may use what may have changed too
   */
  public catalogueChanged(tenantId?: string): void {
    for (const listener of this.listeners) {
      if (tenantId !== undefined && !this.maySee(listener, tenantId)) continue;
      for (const topic of listener.topics) {
        const hash = this.hashOf(listener, topic);
        if (hash === listener.seen.get(topic.notification)) continue;
        listener.seen.set(topic.notification, hash);
        listener.stream.send(notificationText(topic.notification, tag(listener.id)));
      }
    }
  }

  /** Ends every stream in good order, those of clients that come back too, so that they listen at another replica. */
  public close(): void {
    this.closed = true;
    for (const listener of this.listeners) this.remove(listener);
  }

  public get size(): number {
    return this.listeners.size;
  }

  private maySee({ caller, scope }: Listener, tenantId: string): boolean {
    return this.options.tenantIds(caller, scope).includes(tenantId);
  }

  /** Tenant by tenant: the lists of all together are long, and nobody else needs them in one text. */
  private hashOf({ caller, scope }: Listener, { lists }: Listenable): string {
    const tenantIds = this.options.tenantIds(caller, scope);
    const { catalogues } = this.options;
    const hash = createHash('sha256');
    for (const list of lists) {
      for (const id of tenantIds) hash.update(listEntries(list, scope, [id], catalogues, ProtocolEra.MODERN));
      hash.update('\n');
    }
    return hash.digest('base64');
  }

  private checkRoomFor(caller: Caller): void {
    const userKey = userKeyOf(caller);
    let own = 0;
    for (const listener of this.listeners) if (userKeyOf(listener.caller) === userKey) own++;
    if (own >= MAX_LISTENERS_OF_USER || this.listeners.size >= MAX_LISTENERS) {
      throw new ProtocolError(ErrorCode.INTERNAL_ERROR, 'Too many open subscriptions');
    }
  }

  private remove(listener: Listener): void {
    this.listeners.delete(listener);
    end(listener);
  }
}

function tag(id: string | number) {
  return { _meta: { [META.subscriptionId]: id } };
}

function end({ id, stream }: Listener): void {
  stream.end(200, resultText(id, JSON.stringify({ resultType: 'complete', ...tag(id) })));
}
