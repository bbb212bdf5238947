import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../../runtime/log';
import type { Authenticator } from '../identity/authenticator';
import type { Caller } from '../identity/caller';
import { type ProtectedResource, RESOURCE_METADATA_PATH } from '../identity/protected-resource';
import { isRefusal, type Refusal, RefusalReason } from '../identity/refusal';
import type { RequestOrigin } from '../mcp/calls';
import type { McpEndpoint } from '../mcp/endpoint';
import type { GatewayMetrics } from '../metrics';
import type { RestApi } from '../rest/rest-api';
import { sendDetail, sendJson } from './answers';
import { answerBrowser } from './browser-access';
import type { HealthPages } from './health';
import type { OriginCheck } from './origin-check';

export interface RouterOptions {
  readonly originCheck: OriginCheck;
  readonly authenticator: Authenticator;
  readonly protectedResource: ProtectedResource;
  readonly health: HealthPages;
  readonly mcp: McpEndpoint;
  readonly rest: RestApi;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
}

interface Address {
  readonly path: string;
  readonly query: string;
}

const TENANT_PATH = /^\/mcp\/([a-z][a-z0-9-]{0,30})$/;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Finds who is asked: first whether the request may come at all, then who sends it, then what it is about. */
export class Router {
  constructor(private readonly options: RouterOptions) {}

  public handle(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const address = mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
    const { health, originCheck, metrics } = this.options;
    // The kubelet calls by the pod's address.
    if (address.path === '/health') health.health(response);
    else if (address.path === '/ready') health.ready(response);
    else {
      const refusal = originCheck.refusal(request.headers);
      if (refusal !== undefined) {
        metrics.requestRefused('host-or-origin');
        sendDetail(response, 403, refusal);
      } else if (!answerBrowser(request, response)) this.answer(request, response, address);
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse, address: Address): void {
    if (!address.path.startsWith(RESOURCE_METADATA_PATH)) {
      this.identify(request, response, address);
      return;
    }
    const metadata = this.options.protectedResource.metadata(address.path.slice(RESOURCE_METADATA_PATH.length));
    if (metadata === undefined) sendDetail(response, 404, 'Not Found');
    else sendJson(response, 200, metadata);
  }

  private identify(request: IncomingMessage, response: ServerResponse, address: Address): void {
    const identity = this.options.authenticator.authenticate(request.headers);
    const go = (known: Caller | Refusal) => {
      if (isRefusal(known)) this.refuse(response, address.path, known);
      else this.route(request, response, address, known);
    };
    if (identity instanceof Promise) void identity.then(go);
    else go(identity);
  }

  private route(request: IncomingMessage, response: ServerResponse, { path, query }: Address, caller: Caller): void {
    const { mcp, rest, log } = this.options;
    const origin = originOf(request);
    const tenantId = path === '/mcp' ? undefined : TENANT_PATH.exec(path)?.[1];
    const dynamic = query !== '' && new URLSearchParams(query).get('toolset') === 'dynamic';
    const answered =
      path === '/mcp' || tenantId !== undefined
        ? mcp.serve(request, response, { caller, scope: { tenantId, dynamic }, origin })
        : rest.serve(request, response, path, { caller, origin });
    answered.catch((error) => {
      log.error({ err: error, request_id: origin.requestId }, 'a request failed inside the gateway');
      sendDetail(response, 500, 'Internal error');
    });
  }

  private refuse(response: ServerResponse, path: string, { refused, detail }: Refusal): void {
    const { metrics, log, protectedResource } = this.options;
    metrics.requestRefused(refused);
    log.info({ event: 'refused', reason: refused, detail }, 'a request without a proved caller');
    if (refused === RefusalReason.ISSUER_UNREACHABLE) {
      sendDetail(response, 503, 'The token cannot be checked now', { 'retry-after': '5' });
    } else {
      const challenge = protectedResource.challenge(path, { refused, detail });
      sendDetail(response, 401, 'Not authenticated', { 'www-authenticate': challenge });
    }
  }
}

function originOf({ headers }: IncomingMessage): RequestOrigin {
  const given = headers['x-request-id'];
  const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  const { traceparent } = headers;
  return { requestId, traceparent: typeof traceparent === 'string' ? traceparent : undefined };
}
