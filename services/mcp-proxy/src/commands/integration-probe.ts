import { McpProtocol } from '../../../../constructs/tenants';
import { FailureKind, UpstreamFailure, type UpstreamOffer } from '../upstream/upstream';
import { createUpstream } from '../upstream/upstream-set';
import { type Integration, IntegrationProtocol, type RemoteIntegration } from './integration';
import { discoverProgram } from './stdio-probe';

/** What an integration answered, or why it did not. */
export interface ProbeResult {
  readonly name: string;
  /** The protocol that answered; the one that was written when none did. */
  readonly protocol: IntegrationProtocol;
  /** Protocol version that was agreed on. */
  readonly version?: string;
  /** Name and version of the server, as it says. */
  readonly server?: string;
  readonly tools?: number;
  readonly milliseconds: number;
  /** A sentence. */
  readonly problem?: string;
}

export interface ProbeOptions {
  /** For one integration in one protocol. Unit: milliseconds. */
  readonly timeoutMs: number;
  readonly credential: (key: string) => string | undefined;
  /** Whether programs of stdio integrations are started. */
  readonly runCommands: boolean;
}

type RemoteProtocol = Exclude<RemoteIntegration['protocol'], IntegrationProtocol.AUTO>;

const TENANT_PROTOCOL: { readonly [protocol in RemoteProtocol]: McpProtocol } = {
  [IntegrationProtocol.STREAMABLE_HTTP]: McpProtocol.STREAMABLE_HTTP,
  [IntegrationProtocol.SSE]: McpProtocol.SSE,
  [IntegrationProtocol.OPENAPI]: McpProtocol.OPENAPI,
};
const REMOTE_PROTOCOLS = [
  IntegrationProtocol.STREAMABLE_HTTP,
  IntegrationProtocol.SSE,
  IntegrationProtocol.OPENAPI,
] as const;
/** After these another protocol would fare no better. */
const FINAL_FAILURES: readonly FailureKind[] = [FailureKind.CREDENTIAL_MISSING, FailureKind.CREDENTIAL_REFUSED];

/** Asks an integration what it offers, in the protocol that is written or, where that fails, in the others. */
export async function probeIntegration(integration: Integration, options: ProbeOptions): Promise<ProbeResult> {
  const { name, protocol } = integration;
  if (protocol === IntegrationProtocol.STDIO) {
    if (!options.runCommands) return { name, protocol, milliseconds: 0, problem: 'not started: give --run-commands' };
    return attempt(name, protocol, () => discoverProgram(integration.command, options.timeoutMs));
  }
  const written = protocol === IntegrationProtocol.AUTO ? undefined : protocol;
  const order = new Set(written ? [written, ...REMOTE_PROTOCOLS] : REMOTE_PROTOCOLS);
  let failed: ProbeResult | undefined;
  for (const candidate of order) {
    let isFinal = false;
    const result = await attempt(name, candidate, async () => {
      try {
        return await discoverRemote(integration, candidate, options);
      } catch (error) {
        isFinal = error instanceof UpstreamFailure && FINAL_FAILURES.includes(error.kind);
        throw error;
      }
    });
    if (result.problem === undefined) {
      return written && written !== candidate ? { ...result, problem: `written as ${written}` } : result;
    }
    failed ??= { ...result, protocol };
    if (isFinal) break;
  }
  return failed ?? { name, protocol, milliseconds: 0 };
}

async function attempt(
  name: string,
  protocol: IntegrationProtocol,
  discover: () => Promise<UpstreamOffer>,
): Promise<ProbeResult> {
  const begin = performance.now();
  const result = { name, protocol };
  try {
    const offer = await discover();
    const { name: program, version } = offer.serverInfo;
    return {
      ...result,
      version: offer.protocolVersion,
      server: [program, version].filter((part) => typeof part === 'string').join(' '),
      tools: offer.tools.length,
      milliseconds: performance.now() - begin,
    };
  } catch (error) {
    return { ...result, milliseconds: performance.now() - begin, problem: (error as Error).message };
  }
}

async function discoverRemote(
  { name, url, credential }: RemoteIntegration,
  protocol: RemoteProtocol,
  { timeoutMs, credential: read }: ProbeOptions,
): Promise<UpstreamOffer> {
  const tenant = {
    tenantId: name,
    displayName: name,
    mcpEndpoint: url,
    protocol: TENANT_PROTOCOL[protocol],
    credential,
    timeoutMs,
  };
  const upstream = createUpstream(tenant, { credential: read });
  try {
    return await upstream.discover(AbortSignal.timeout(timeoutMs));
  } finally {
    await upstream.close().catch(() => {});
  }
}
