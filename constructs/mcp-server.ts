import { Size } from 'cdk8s';
import { type ContainerResources, Cpu, k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { Claim, type ClaimProps } from './platform/claim';
import { Component, type ComponentProps, UpdateStrategy } from './platform/component';
import { checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import { VERSION } from './version';

/** A server of tools, behind the gateway. */
export interface McpServerProps extends ComponentProps {
  /** Number of the port it listens on, and of the Service's. */
  readonly port: number;
  /** Path of its MCP endpoint. @default - `/mcp`; `/` behind the bridge */
  readonly path?: string;
  /**
   * Command line of a server that speaks stdio only. The npm package `mcp-proxy`, which the image must hold beside
   * it, runs it and serves it over Streamable HTTP. All callers share that one process.
   * @default - the image serves Streamable HTTP by itself
   */
  readonly stdio?: string[];
  /** Entry point of an image that serves by itself. @default - the image's */
  readonly command?: string[];
  /** Arguments of an image that serves by itself. @default - the image's */
  readonly args?: string[];
  /** Variables whose values stand in the Secret `credentialsSecretName`: their names and its keys. @default - none */
  readonly credentials?: { [variable: string]: string };
  /** @default - the component's name and `-secrets` */
  readonly credentialsSecretName?: string;
  /**
   * True when the server takes its credential from each call, so that every tenant that uses it must have one.
   * @default false
   */
  readonly credentialPerCall?: boolean;
  /** True when any replica may answer any call: no sessions, nothing kept between calls. @default false */
  readonly stateless?: boolean;
  /** A volume of data. @default - none */
  readonly storage?: ClaimProps;
  /** Where the volume is mounted. @default `/data` */
  readonly storagePath?: string;
  /** Whether the volume is mounted so that nothing in it can be changed. @default false */
  readonly storageReadOnly?: boolean;
}

/** The reference server for files, behind the bridge. */
export interface FilesystemMcpServerProps extends ComponentProps {
  /** @default 8001 */
  readonly port?: number;
  /** The folder that it serves. @default - 1 GiB on one node */
  readonly storage?: ClaimProps;
  /** Whether its tools may change files. @default - for a volume of its own, not for a claim that exists already */
  readonly writable?: boolean;
}

/** GitHub's own server. */
export interface GitHubMcpServerProps extends ComponentProps {
  /** @default 8002 */
  readonly port?: number;
  /** Host name of GitHub Enterprise: `github.company.com`, or `company.ghe.com`. @default - github.com */
  readonly gitHubHost?: string;
  /** Groups of tools, for example `repos` and `issues`. @default - GitHub's own choice */
  readonly toolsets?: string[];
  /** Offer only tools that change nothing. @default false */
  readonly readOnly?: boolean;
}

const DATA_PATH = '/data';

const BRIDGED: ContainerResources = {
  cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(256), limit: Size.mebibytes(512) },
  ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(128) },
};

const NATIVE: ContainerResources = {
  cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
  memory: { request: Size.mebibytes(64), limit: Size.mebibytes(256) },
  ephemeralStorage: { request: Size.mebibytes(16), limit: Size.mebibytes(128) },
};

const RULES: readonly Rule<McpServer>[] = [
  {
    id: 'mcp-server-port',
    broken: ({ port }) => !(Number.isInteger(port) && port >= 1 && port <= 65_535),
    message: ({ name, port }) => `${name}: port ${port} does not exist: write a whole number from 1 to 65535`,
  },
  {
    id: 'mcp-server-path',
    broken: ({ path }) => !/^\/[!-~]*$/.test(path) || /[?#]/.test(path),
    message: ({ name, path }) =>
      `${name}: the path ${JSON.stringify(path)} is not one: write it from its slash on, as in /mcp`,
  },
  {
    id: 'mcp-server-one-command',
    broken: ({ _own }) => _own.stdio !== undefined && (_own.command !== undefined || _own.args !== undefined),
    message: ({ name }) =>
      `${name}: stdio is the whole command line behind the bridge: leave command and args out, or leave stdio out when the image serves HTTP itself`,
  },
  {
    id: 'mcp-server-stdio-command',
    broken: ({ _own }) => _own.stdio?.length === 0,
    message: ({ name }) =>
      `${name}: stdio is empty: write the command that runs the server, as in ['mcp-server-filesystem', '/data']`,
  },
  {
    id: 'mcp-server-sessions',
    broken: ({ maxReplicas, stateless }) => maxReplicas > 1 && !stateless,
    message: ({ name }) =>
      `${name}: a session lives in one pod, and the Service sends its next call to another: leave replicas at 1, or write stateless: true for a server that keeps nothing between calls`,
  },
  {
    id: 'mcp-server-storage-props',
    broken: ({ _own }) => !_own.storage && (_own.storagePath !== undefined || _own.storageReadOnly !== undefined),
    message: ({ name }) =>
      `${name}: storagePath and storageReadOnly say how storage is mounted, and there is none: write storage, or leave them out`,
  },
  {
    id: 'mcp-server-credentials-secret',
    broken: ({ _own }) => _own.credentialsSecretName !== undefined && Object.keys(_own.credentials ?? {}).length === 0,
    message: ({ name, _own }) =>
      `${name}: nothing is read from the Secret ${_own.credentialsSecretName}: write credentials with the variables and their keys, or leave credentialsSecretName out`,
  },
  {
    id: 'mcp-server-shared-storage',
    broken: ({ maxReplicas, _own }) => maxReplicas > 1 && _own.storage !== undefined && !_own.storage.shared,
    message: ({ name }) =>
      `${name}: several replicas cannot mount a volume of one node: write storage.shared: true, or leave replicas at 1`,
  },
];

/** An MCP server that only the gateway can reach: one that serves Streamable HTTP, or a stdio server behind a bridge. */
export class McpServer extends Component {
  /**
   * `@modelcontextprotocol/server-filesystem` over a volume, named `mcp-filesystem`. Its image is built from
   * `images/mcp-filesystem` of this library's repository, because no published one holds the server and the bridge; the
   * default, below `ghcr.io/company/`, is a placeholder.
   */
  public static filesystem(scope: Construct, id: string, props: FilesystemMcpServerProps = {}): McpServer {
    checkProps(scope, 'FilesystemMcpServerProps', props);
    const { port, storage = { size: Size.gibibytes(1) }, writable, ...common } = props;
    return new McpServer(scope, id, {
      ...common,
      name: props.name ?? 'mcp-filesystem',
      image: props.image ?? `ghcr.io/company/mcp-filesystem:${VERSION}`,
      port: port ?? 8001,
      // The bridge claims no roots; a client that did would replace this folder by its own choice.
      stdio: ['mcp-server-filesystem', DATA_PATH],
      // It keeps nothing but files: any replica may answer.
      stateless: true,
      storage,
      storageReadOnly: !(writable ?? storage.existingClaim === undefined),
    });
  }

  /**
   * `github-mcp-server`, named `mcp-github`, as an HTTP service: it holds no token, the gateway sends the tenant's own
   * with each call. Source: github/github-mcp-server, docs/streamable-http.md.
   */
  public static github(scope: Construct, id: string, props: GitHubMcpServerProps = {}): McpServer {
    checkProps(scope, 'GitHubMcpServerProps', props);
    const { port = 8002, gitHubHost, toolsets, readOnly, ...common } = props;
    if (gitHubHost !== undefined && !/^[a-z0-9.-]+$/.test(gitHubHost)) {
      throw new Error(
        `[${scope.node.path}/${id}] ${props.name ?? 'mcp-github'}: gitHubHost "${gitHubHost}" is not a host name: write it in lower case without scheme and path, as in github.company.com`,
      );
    }
    const server = new McpServer(scope, id, {
      ...common,
      name: props.name ?? 'mcp-github',
      image: props.image ?? 'ghcr.io/github/github-mcp-server:v1.14.0',
      port,
      path: '/',
      args: [
        'http',
        '--port',
        String(port),
        ...(gitHubHost ? ['--gh-host', `https://${gitHubHost}`] : []),
        ...(toolsets?.length ? ['--toolsets', toolsets.join(',')] : []),
        ...(readOnly ? ['--read-only'] : []),
      ],
      credentialPerCall: true,
      stateless: true,
    });
    for (const host of gitHubHosts(gitHubHost)) {
      server.connectToHost({ host }, "GitHub's API");
    }
    return server;
  }

  /** Number of the port. */
  public readonly port: number;
  /** Path of the MCP endpoint. */
  public readonly path: string;
  /** Whether every tenant that uses this server must send a credential. */
  public readonly credentialPerCall: boolean;
  /** Whether any replica may answer any call. */
  public readonly stateless: boolean;
  /** @internal */
  public readonly _own: McpServerProps;

  constructor(scope: Construct, id: string, props: McpServerProps) {
    checkProps(scope, 'McpServerProps', props);
    if (!props.image) {
      throw new Error(
        `[${scope.node.path}/${id}] ${props.name ?? id}: image is missing: write the image that holds the MCP server, with its tag`,
      );
    }
    const ready = props.stdio
      ? { httpGet: { path: '/ping', port: k8s.IntOrString.fromNumber(props.port) } }
      : tcp(props.port);
    super(scope, id, props, {
      program: 'mcp-server',
      propsStruct: 'McpServerProps',
      image: props.image,
      command: props.stdio ? ['mcp-proxy'] : props.command,
      args: props.stdio ? bridgeArguments(props, props.stdio) : props.args,
      resources: props.stdio ? BRIDGED : NATIVE,
      // A second pod could not mount the volume of one node while the first still has it.
      updateStrategy: props.storage && !props.storage.shared ? UpdateStrategy.RECREATE : undefined,
      startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60, timeoutSeconds: 3 },
      readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 3, timeoutSeconds: 3 },
      // A port of a server that serves by itself is open as long as its process lives, whose end needs no probe.
      livenessProbe: props.stdio && {
        exec: { command: ['sh', '-c', SERVER_RUNS] },
        periodSeconds: 10,
        failureThreshold: 3,
        timeoutSeconds: 3,
      },
    });
    this._own = props;
    this.port = props.port;
    this.path = endpointPath(props);
    this.credentialPerCall = props.credentialPerCall ?? false;
    this.stateless = props.stateless ?? false;
    this.addPort('http', props.port);
    this._pod.addScratch('tmp', { path: '/tmp', sizeLimit: '64Mi' });
    this.addCredentials(props);
    this.addStorage(props);
    checkAtSynth(this, RULES, () => this);
  }

  /** URL of the MCP endpoint, for a tenant's `mcpEndpoint`. */
  public get endpoint(): string {
    return `${this.url()}${this.path.replace(/\/$/, '')}`;
  }

  /** Whether a URL leads to this server's endpoint, or below it where a server may have several. @internal */
  public _serves(url: string): boolean {
    const asked = new URL(url);
    const own = new URL(this.endpoint);
    const folder = own.pathname.endsWith('/') ? own.pathname : `${own.pathname}/`;
    const path = asked.pathname;
    const fits = path === own.pathname || `${path}/` === folder || path === folder;
    const below = this._own.stdio === undefined && path.startsWith(folder);
    return asked.protocol === own.protocol && asked.port === own.port && (fits || below);
  }

  private addCredentials(props: McpServerProps): void {
    const secretName = props.credentialsSecretName ?? `${this.name}-secrets`;
    for (const [variable, key] of Object.entries(props.credentials ?? {})) {
      const form = SecretForm.issuedBy(`whoever runs what ${this.name} talks to`);
      this._pod.env.setSecret(variable, this._secretKey(secretName, key, form, `${this.name} logs in with it`));
    }
  }

  private addStorage(props: McpServerProps): void {
    if (!props.storage) {
      return;
    }
    const claim = new Claim(this, 'Data', this, props.storage);
    this._pod.addMountedVolume(claim.toVolume('data'), {
      mountPath: props.storagePath ?? DATA_PATH,
      subPath: claim.props.subPath,
      readOnly: props.storageReadOnly,
    });
  }
}

/**
 * When the stdio server dies, the bridge (mcp-proxy 6.7.19) lives on: /ping and initialize still answer, every call
 * fails with "Not connected". So what is checked is that the container's first process has a child.
 */
const SERVER_RUNS = 'read -r child < /proc/1/task/1/children; [ -n "$child" ]';

function bridgeArguments(props: McpServerProps, stdio: readonly string[]): string[] {
  return [
    ...['--server', 'stream', '--streamEndpoint', endpointPath(props)],
    ...['--host', '0.0.0.0', '--port', String(props.port)],
    // It would keep the last 1000 messages of each session, files that were read included.
    '--no-eventStore',
    ...(props.stateless ? ['--stateless'] : []),
    '--',
    ...stdio,
  ];
}

function endpointPath(props: McpServerProps): string {
  return props.path ?? (props.stdio ? '/' : '/mcp');
}

function tcp(port: number): k8s.Probe {
  return { tcpSocket: { port: k8s.IntOrString.fromNumber(port) } };
}

/** Source: github/github-mcp-server, pkg/utils/api.go. Files are read from the raw host, all else from the API. */
function gitHubHosts(enterprise?: string): string[] {
  if (!enterprise) {
    return ['api.github.com', 'raw.githubusercontent.com'];
  }
  return enterprise.endsWith('.ghe.com')
    ? [`api.${enterprise}`, `raw.${enterprise}`]
    : [enterprise, `raw.${enterprise}`];
}
