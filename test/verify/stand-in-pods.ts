import { randomBytes } from 'node:crypto';
import { compileTenants, loadTenants, type TenantCaller } from '../../constructs/tenants';
import { FixedSecret } from '../../services/runtime/secret-source';
import { UserTokenVerifier } from '../../services/runtime/user-token';
import type { CommandResult, PodAccess, PodAnswer, PodRequest } from '../../verify/kubernetes/pod-access';
import type { Replay } from './replay';

const GATEWAY = /^mcp-proxy-/;
const TOOLS = ['read_file', 'search'];

/**
 * Pods that are well: their pages answer 200, their policies hold, and the gateway among them follows the rendered
 * tenants. A test breaks one of it.
 */
export class StandInPods implements PodAccess {
  readonly requests: { pod: string; port: number; request: PodRequest }[] = [];
  readonly commands: { pod: string; command: readonly string[] }[] = [];
  readonly key = randomBytes(16).toString('hex');
  readonly tokenSecret = randomBytes(16).toString('hex');
  /** Answers instead of the good one. */
  answer: (pod: string, port: number, request: PodRequest) => PodAnswer | undefined = () => undefined;
  /** Whether a connection from a pod gets through; as the policies want it where nothing is said. */
  reaches: (pod: string, host: string, port: number) => boolean | undefined = () => undefined;
  programs = ['python3', 'sh'];
  /** What the gateway does wrong. */
  fault?: 'shows-all' | 'denies-nobody' | 'trusts-headers' | 'needs-no-key' | 'forgets-a-tool';

  constructor(private readonly replay: Replay) {}

  public async request(pod: string, port: number, request: PodRequest): Promise<PodAnswer> {
    this.requests.push({ pod, port, request });
    const changed = this.answer(pod, port, request);
    if (changed) return changed;
    if (request.path === '/api/version') return { status: 200, body: JSON.stringify({ version: '0.12.4' }) };
    return GATEWAY.test(pod) && !/^\/(health|ready)$/.test(request.path)
      ? this.gateway(request)
      : { status: 200, body: '{"status":true}' };
  }

  public async run(pod: string, _container: string, command: readonly string[]): Promise<CommandResult> {
    this.commands.push({ pod, command });
    if (!this.programs.includes(command[0])) return { stdout: '', stderr: 'executable file not found in $PATH' };
    const targets = command[0] === 'python3' ? command.slice(3) : [];
    const reached = targets.filter((target) => {
      const [host, port] = target.split(':');
      // By name is how the check asks for what must be open.
      return this.reaches(pod, host, Number(port)) ?? /^[a-z]/.test(host);
    });
    return { exitCode: 0, stdout: [...reached, 'tried', ''].join('\n'), stderr: '' };
  }

  private gateway({ path, headers = {}, method }: PodRequest): PodAnswer {
    if (headers.host !== 'mcp-proxy:8000') return { status: 403, body: 'This host name is not served here' };
    if (headers.authorization !== `Bearer ${this.key}` && this.fault !== 'needs-no-key')
      return { status: 401, body: '' };
    const caller = this.callerOf(headers);
    if (typeof caller === 'number') return { status: caller, body: '' };
    const text = this.replay.renderedOne('ConfigMap', 'mcp-proxy-config').data['tenants.json'];
    const policy = compileTenants(loadTenants([{ name: 'tenants.json', text }]).tenants);
    const all = policy.tenantsOf({ email: '', groups: [], role: 'admin' });
    const own = this.fault === 'shows-all' ? all : policy.tenantsOf(caller);
    if (method === 'GET') {
      const tools = own.flatMap((tenant) => TOOLS.map((tool) => ({ name: `${tenant}_${tool}`, tenant })));
      const shown = this.fault === 'forgets-a-tool' && caller.role !== 'admin' ? tools.slice(1) : tools;
      return { status: 200, body: JSON.stringify({ tools: shown }) };
    }
    const tenant = path.slice(1).split('_')[0];
    if (!own.includes(tenant) && this.fault !== 'denies-nobody') {
      return { status: 403, body: '{"detail":"Access Denied"}' };
    }
    return { status: 404, body: '{"detail":"Tool Not Found"}' };
  }

  private callerOf(headers: { readonly [name: string]: string }): TenantCaller | number {
    const token = headers['x-openwebui-user-jwt'];
    if (token === undefined) {
      if (headers['x-openwebui-user-email'] === undefined) return { email: '', groups: [] };
      return this.fault === 'trusts-headers' ? { email: '', groups: [], role: headers['x-openwebui-user-role'] } : 403;
    }
    const source = new FixedSecret(this.tokenSecret);
    const result = new UserTokenVerifier(source, { now: () => this.replay.now }).verify(token);
    if ('fault' in result) return 401;
    const groups = (headers['x-openwebui-user-groups'] ?? '').split(',').filter(Boolean);
    return { email: result.user.email, role: result.user.role, groups };
  }
}
