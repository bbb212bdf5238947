import { loadTenants, type Tenant } from '../constructs/tenants';
import { mintUserToken } from '../services/runtime/user-token';
import type { CheckContext } from './check';
import type { KubernetesObject } from './kubernetes/object';
import type { PodAccess, PodAnswer } from './kubernetes/pod-access';
import { isReady, podsOf } from './live-pod';
import { type SecretKey, secretBehind, variableOf } from './pod-spec';
import { NotRendered, type RenderedEnvironment, type Workload } from './rendered';
import type { TriedUser } from './tried-users';

/** The rendered MCP gateway. */
export interface Gateway {
  readonly workload: Workload;
  readonly tenants: Tenant[];
  readonly port: number;
  /** A host name that it serves. */
  readonly host: string;
  readonly adminRole: string;
  readonly key?: SecretKey;
  readonly tokenSecret?: SecretKey;
}

/** A tool as `GET /tools` shows it. */
export interface ShownTool {
  readonly name: string;
  readonly tenant: string;
}

export interface ToolList {
  readonly status: number;
  readonly tools: readonly ShownTool[];
}

type ConfigMap = KubernetesObject & { readonly data?: { readonly [file: string]: string } };
type Secret = KubernetesObject & { readonly data?: { readonly [key: string]: string } };

/** The gateway of an environment, with its tenants as rendered; nothing when it has none. */
export function findGateway(rendered: RenderedEnvironment): Gateway | undefined {
  const workload = rendered.services().find(({ spec }) => {
    return spec.template.spec && variableOf(spec.template.spec, 'TENANT_CONFIG_PATH') !== undefined;
  });
  const spec = workload?.spec.template.spec;
  if (!workload || !spec) return undefined;
  const mounted = (spec.volumes ?? []).flatMap(({ configMap, projected }) => [
    configMap?.name,
    ...(projected?.sources ?? []).map((source) => source.configMap?.name),
  ]);
  const files = rendered
    .ofKind<ConfigMap>('ConfigMap')
    .filter(({ metadata }) => mounted.includes(metadata.name))
    .flatMap(({ data = {} }) => Object.entries(data))
    .filter(([name]) => name.endsWith('.json'))
    .map(([name, text]) => ({ name, text }));
  const { tenants, errors } = loadTenants(files);
  if (errors.length > 0) throw new NotRendered(`The rendered tenants are not right: ${errors.join('; ')}`);
  const port = Number(variableOf(spec, 'PORT') ?? 8000);
  return {
    workload,
    tenants,
    port,
    host: `${rendered.serviceOf(workload)?.metadata.name ?? 'localhost'}:${port}`,
    adminRole: (variableOf(spec, 'ADMIN_ROLES') ?? 'admin').split(',')[0],
    key: secretBehind(spec, 'MCP_PROXY_API_KEY'),
    tokenSecret: secretBehind(spec, 'FORWARD_USER_INFO_HEADER_JWT_SECRET'),
  };
}

/** Requests to a gateway as Open WebUI makes them: with the key, and a token that says who the user is. */
export class GatewayCalls {
  private constructor(
    private readonly pods: PodAccess,
    private readonly pod: string,
    private readonly gateway: Gateway,
    private readonly key: string,
    private readonly tokenSecret: string,
    private readonly now: () => number,
  ) {}

  /** Reads the two values from the cluster's Secrets; they leave this object towards the gateway only. */
  public static async open({ cluster, pods, now }: CheckContext, gateway: Gateway): Promise<GatewayCalls | string> {
    const [pod] = (await podsOf(cluster, gateway.workload)).filter(isReady);
    if (!pod) return 'has no ready pod to ask';
    const values: string[] = [];
    for (const reference of [gateway.key, gateway.tokenSecret]) {
      if (!reference?.key) return 'has no key, or does not ask for signed users: nobody can be tried';
      const secret = await cluster.find<Secret>('v1', 'Secret', reference.secret);
      const value = secret?.data?.[reference.key];
      if (!value) return `cannot be asked without ${reference.key} of Secret ${reference.secret}, which is not there`;
      values.push(Buffer.from(value, 'base64').toString('utf8').trim());
    }
    return new GatewayCalls(pods, pod.metadata.name, gateway, values[0], values[1], now);
  }

  public async list(user: TriedUser): Promise<ToolList> {
    return toolsIn(await this.ask('GET', '/tools', this.headersOf(user)));
  }

  /** Calls a tool with no arguments. */
  public call(user: TriedUser, tool: string): Promise<PodAnswer> {
    return this.ask('POST', `/${tool}`, { ...this.headersOf(user), 'content-type': 'application/json' }, '{}');
  }

  public async listWithoutKey(): Promise<number> {
    return (await this.ask('GET', '/tools', {})).status;
  }

  /** With the key, and an administrator that nobody signed for. */
  public async listWithForgedHeaders(): Promise<ToolList> {
    const forged = {
      'x-openwebui-user-email': 'verify@verify.invalid',
      'x-openwebui-user-role': this.gateway.adminRole,
    };
    return toolsIn(await this.ask('GET', '/tools', { authorization: `Bearer ${this.key}`, ...forged }));
  }

  private headersOf({ email, groups, role }: TriedUser): { [name: string]: string } {
    const user = { id: `verify-${email}`, email, name: 'npm run verify', role };
    return {
      authorization: `Bearer ${this.key}`,
      'x-openwebui-user-jwt': mintUserToken(user, this.tokenSecret, { now: this.now }),
      ...(groups.length > 0 ? { 'x-openwebui-user-groups': groups.map(escaped).join(',') } : {}),
    };
  }

  private ask(method: string, path: string, headers: { [name: string]: string }, body?: string): Promise<PodAnswer> {
    const request = { method, path, headers: { host: this.gateway.host, ...headers }, body };
    return this.pods.request(this.pod, this.gateway.port, request);
  }
}

function toolsIn({ status, body }: PodAnswer): ToolList {
  if (status !== 200) return { status, tools: [] };
  return { status, tools: (JSON.parse(body) as { tools: ShownTool[] }).tools };
}

/** As Open WebUI writes a group into a header: what is not ASCII is percent-encoded, and nothing else. */
function escaped(group: string): string {
  return group.replace(/[^\p{ASCII}]+/gu, encodeURIComponent);
}
