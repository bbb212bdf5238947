import { McpProtocol } from '../../../../constructs/tenants';
import type { Call } from './call';
import type { Connections } from './connections';
import { HttpRefusal } from './failures';
import { LegacyServer } from './legacy-server';
import { ListWatch, tellsOfChanges } from './list-watch';
import { LegacyServerFound, ModernServer } from './modern-server';
import type { ServerIntroduction } from './offer';
import { SseSession } from './sse-session';
import { StreamableSession } from './streamable-session';
import type { Transport, WithCall } from './transport';
import {
  FailureKind,
  type JsonRpcError,
  ProtocolEra,
  type UpstreamAnswer,
  UpstreamFailure,
  type UpstreamOffer,
  type UpstreamRequest,
} from './upstream';

interface Opened {
  readonly server: ModernServer | LegacyServer;
  /** The same server in the older era, for callers of that era; nothing when it does not speak that. */
  legacy?: Promise<LegacyServer | undefined>;
  /** What the server said when its era was found out, so that it need not be asked again. */
  introduction?: ServerIntroduction;
}

/** With these an older server says that it does not speak Streamable HTTP (specification 2025-11-25, transports). */
const NOT_STREAMABLE = new Set([400, 404, 405]);

/**
 * An MCP server over HTTP, in whichever version it speaks: 2026-07-28 first, then the versions with `initialize`, then
 * HTTP+SSE. What was found is remembered until it proves wrong, as after an upgrade of the server.
 */
export class McpTransport implements Transport {
  private opened?: Opened;
  private opening?: Promise<Opened>;
  private readonly watch: ListWatch;

  constructor(
    private readonly connections: Connections,
    private readonly protocol: McpProtocol,
    private readonly withCall: WithCall,
    private readonly onListChanged: () => void,
  ) {
    this.watch = new ListWatch(onListChanged);
  }

  public async discover(withCall: WithCall): Promise<UpstreamOffer> {
    const known = this.opened;
    try {
      return await this.ask(known ?? (await this.open()), withCall);
    } catch (error) {
      if (!known || !speaksOtherwise(error)) throw error;
      await this.forget(known);
      return this.ask(await this.open(), withCall);
    }
  }

  public refusal(request: UpstreamRequest): JsonRpcError | undefined {
    const server = this.opened?.server;
    return server instanceof LegacyServer ? server.refusal(request) : undefined;
  }

  public send(call: Call): Promise<UpstreamAnswer> {
    const { opened } = this;
    return opened ? this.sendTo(opened, call) : call.waitFor(this.open()).then((found) => this.sendTo(found, call));
  }

  public async close(): Promise<void> {
    this.watch.close();
    if (this.opened) await this.forget(this.opened);
    await this.connections.close();
  }

  /**
   * A server of both eras is spoken to in the caller's: many can ask their questions (sampling, elicitation) only in the
   * one in which the caller could be asked. Whether it has both is found out by trying, once in a while: servers do not
   * name their older versions.
   */
  private serverFor(
    { request }: Call,
    opened: Opened,
  ): LegacyServer | ModernServer | Promise<LegacyServer | ModernServer> {
    const { server } = opened;
    if (request.era !== ProtocolEra.LEGACY || server instanceof LegacyServer) return server;
    opened.legacy ??= this.tryLegacy(opened);
    return opened.legacy.then((legacy) => legacy ?? server);
  }

  private async tryLegacy(opened: Opened): Promise<LegacyServer | undefined> {
    try {
      const { server } = await this.connect(this.streamable());
      return server as LegacyServer;
    } catch (error) {
      // A connection that fails says nothing of the versions: the next caller tries again.
      if (!(error instanceof UpstreamFailure && error.kind === FailureKind.BROKEN_ANSWER)) opened.legacy = undefined;
      return undefined;
    }
  }

  private streamable(): LegacyServer {
    return new LegacyServer((capabilities, streams) =>
      StreamableSession.open(this.connections, this.withCall, capabilities, this.onListChanged, streams),
    );
  }

  private sendTo(opened: Opened, call: Call): Promise<UpstreamAnswer> {
    const server = this.serverFor(call, opened);
    const answer =
      server instanceof Promise ? call.waitFor(server).then((found) => found.send(call)) : server.send(call);
    return answer.catch(async (error) => {
      if (speaksOtherwise(error)) await this.forget(opened);
      throw error;
    });
  }

  private async ask(opened: Opened, withCall: WithCall): Promise<UpstreamOffer> {
    const { server, introduction } = opened;
    opened.introduction = undefined;
    if (!(await opened.legacy)) opened.legacy = undefined;
    const offer =
      server instanceof ModernServer ? await server.discover(withCall, introduction) : await server.discover(withCall);
    if (tellsOfChanges(offer.capabilities)) await server.watch(this.watch);
    return offer;
  }

  private open(): Promise<Opened> {
    this.opening ??= this.findOut()
      .then((opened) => {
        this.opened = opened;
        return opened;
      })
      .finally(() => {
        this.opening = undefined;
      });
    return this.opening;
  }

  private async findOut(): Promise<Opened> {
    if (this.protocol === McpProtocol.SSE) return this.connect(this.sse());
    const modern = new ModernServer(this.connections);
    try {
      return { server: modern, introduction: await modern.introduce(this.withCall) };
    } catch (error) {
      if (!(error instanceof LegacyServerFound)) throw error;
    }
    try {
      return await this.connect(this.streamable());
    } catch (error) {
      const older = error instanceof HttpRefusal && NOT_STREAMABLE.has(error.status);
      if (!older || this.protocol !== McpProtocol.AUTO) throw error;
      try {
        return await this.connect(this.sse());
      } catch {
        throw error;
      }
    }
  }

  private sse(): LegacyServer {
    return new LegacyServer((capabilities) =>
      SseSession.open(this.connections, this.withCall, capabilities, this.onListChanged),
    );
  }

  private async connect(server: LegacyServer): Promise<Opened> {
    try {
      await server.connect();
      return { server };
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  private async forget(opened: Opened): Promise<void> {
    if (this.opened === opened) this.opened = undefined;
    if (opened.server instanceof LegacyServer) await opened.server.close();
    await (await opened.legacy)?.close();
    this.watch.close();
  }
}

/**
 * The server answers, but not in the version that it was known by. A refusal that is a proper error of the known version
 * is no such sign: it concerns one request, and forgetting would end the sessions of all others.
 */
function speaksOtherwise(error: unknown): boolean {
  return error instanceof HttpRefusal && NOT_STREAMABLE.has(error.status);
}
