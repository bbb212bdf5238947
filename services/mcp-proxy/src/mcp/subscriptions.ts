import type { AnswerStream } from '../http/answer-stream';
import type { Caller } from '../identity/caller';
import { ProtocolEra } from '../upstream/upstream';
import { ErrorCode, isObject, type JsonRpcRequest, notificationText, ProtocolError, resultText } from './json-rpc';
import { listEntries } from './lists';
import { META } from './meta-keys';
import type { CatalogueLookup, Scope } from './targets';

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
  /** What the listener's lists were when it was last told, by notification. */
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
    if (topics.length === 0) {
      end(listener);
      return;
    }
    for (const topic of topics) listener.seen.set(topic.notification, this.textOf(listener, topic));
    this.listeners.add(listener);
    const tired = setTimeout(() => this.remove(listener), MAX_LISTENING_MS).unref();
    stream.signal.addEventListener('abort', () => {
      clearTimeout(tired);
      this.listeners.delete(listener);
    });
  }

  /** Tells those whose lists differ from what they were told last. */
  public catalogueChanged(): void {
    for (const listener of this.listeners) {
      for (const topic of listener.topics) {
        const text = this.textOf(listener, topic);
        if (text === listener.seen.get(topic.notification)) continue;
        listener.seen.set(topic.notification, text);
        listener.stream.send(notificationText(topic.notification, tag(listener.id)));
      }
    }
  }

  /** Ends every stream in good order, so that the clients listen at another replica. */
  public close(): void {
    for (const listener of this.listeners) this.remove(listener);
  }

  public get size(): number {
    return this.listeners.size;
  }

  private textOf({ caller, scope }: Listener, { lists }: Listenable): string {
    const tenantIds = this.options.tenantIds(caller, scope);
    const { catalogues } = this.options;
    return lists.map((list) => listEntries(list, scope, tenantIds, catalogues, ProtocolEra.MODERN)).join('\n');
  }

  private checkRoomFor({ userId, email }: Caller): void {
    let own = 0;
    for (const { caller } of this.listeners) if (caller.userId === userId && caller.email === email) own++;
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
