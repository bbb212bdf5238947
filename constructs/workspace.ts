import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { ClaudeService, type ClaudeServiceProps } from './claude-service';
import { DataExport, DataImport } from './data-copy';
import { LiteLlmGateway, type LiteLlmGatewayProps } from './litellm-gateway';
import { McpProxy, type McpProxyOptions } from './mcp-proxy';
import { type FilesystemMcpServerProps, type GitHubMcpServerProps, McpServer, type McpServerProps } from './mcp-server';
import { OAuthSidecar, type OAuthSidecarOptions } from './oauth-sidecar';
import { Ollama, type OllamaProps } from './ollama';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from './open-webui-release';
import { Pipelines, type PipelinesProps } from './pipelines';
import { WorkspaceEgressFirewall } from './platform/egress-firewall';
import { WorkspaceNamespace, type WorkspaceNamespaceProps } from './platform/namespace';
import { EgressBackend, type Platform } from './platform/platform';
import { checkProps } from './platform/props-check';
import type { SecretSource } from './platform/secret-source';
import { Secrets } from './platform/secrets';
import { type ExternalRedisProps, type IRedis, Redis, type RedisProps } from './redis';
import { TenantConfig, type TenantConfigProps } from './tenant-config';
import { Tika, type TikaProps } from './tika';

/** The MCP servers that the workspace runs itself. */
export interface WorkspaceMcpServers {
  /** @default - none */
  readonly filesystem?: FilesystemMcpServerProps;
  /** @default - none */
  readonly github?: GitHubMcpServerProps;
  /** Any others, each with a name. @default - none */
  readonly others?: McpServerProps[];
}

/** The data of an older workspace of the same cluster, copied by jobs that a person starts. */
export interface WorkspaceDataCopy {
  readonly fromNamespace: string;
  /** Labels of the pod that has the volume there. @default - that program is stopped */
  readonly besidePods?: { [key: string]: string };
  /** Claim of the data folder there. @default `openwebui-data-pvc` */
  readonly claimName?: string;
  /** Who gets what the old set-up kept for its unnamed user. @default - nobody */
  readonly ownerEmail?: string;
  /** Put a target that has accounts aside, into a folder of the same volume. @default false - refuse it */
  readonly overwrite?: boolean;
  /** Run as soon as it is applied, for GitOps. @default false - a person starts the jobs */
  readonly start?: boolean;
}

/** A whole workspace in one namespace. What is left out is not there. */
export interface WorkspaceProps {
  readonly namespace: WorkspaceNamespaceProps;
  readonly platform: Platform;
  /** @default - Secrets that exist already */
  readonly secrets?: SecretSource;
  /** @default - a release with a data volume of its own */
  readonly openWebUi?: OpenWebUiReleaseProps;
  /** A sign-in in front of Open WebUI. @default - Open WebUI's own */
  readonly oauthSidecar?: OAuthSidecarOptions;
  /** A Redis in the namespace. @default - none */
  readonly redis?: RedisProps;
  /** A managed Redis instead. @default - none */
  readonly externalRedis?: ExternalRedisProps;
  readonly liteLlmGateway?: LiteLlmGatewayProps;
  readonly claudeService?: ClaudeServiceProps;
  readonly pipelines?: PipelinesProps;
  readonly ollama?: OllamaProps;
  readonly tika?: TikaProps;
  readonly mcpProxy?: McpProxyOptions;
  /** Needed with mcpProxy. */
  readonly tenantConfig?: TenantConfigProps;
  readonly mcpServers?: WorkspaceMcpServers;
  readonly dataCopy?: WorkspaceDataCopy;
}

/**
 * The parts of a workspace and the numbers of their files: the namespace first, and room between them, so that no
 * file changes its name when a part is added.
 */
const PARTS: { readonly [part: string]: string } = {
  namespace: '0000',
  secrets: '0100',
  redis: '0200',
  'mcp-server': '0300',
  'tenant-config': '0310',
  'mcp-proxy': '0320',
  'claude-service': '0400',
  'litellm-gateway': '0410',
  pipelines: '0420',
  ollama: '0430',
  tika: '0440',
  'open-webui-release': '0500',
  'data-export': '0600',
  'data-import': '0610',
};

/** A company's AI workspace: every program, linked to the others, in one namespace. */
export class Workspace extends Construct {
  public readonly namespace: WorkspaceNamespace;
  public readonly openWebUi: OpenWebUiRelease;
  private readonly namespaceName: string;

  constructor(scope: Construct, id: string, props: WorkspaceProps) {
    super(scope, id);
    checkProps(this, 'WorkspaceProps', props);
    this.namespaceName = props.namespace.name;
    props.platform.attach(this);
    this.namespace = new WorkspaceNamespace(this.part('namespace'), 'namespace', props.namespace);
    this.namespace.attach(this);
    new Secrets(this.part('secrets'), 'secrets', { source: props.secrets }).attach(this);

    const redis = this.addRedis(props);
    const liteLlm = this.addModels(props, redis);
    const claude = this.addClaude(props, liteLlm);
    const mcpProxy = this.addTools(props, redis);
    this.openWebUi = this.addOpenWebUi(props, redis);

    if (props.pipelines) {
      this.openWebUi.useModels(new Pipelines(this.part('pipelines'), 'pipelines', props.pipelines));
    }
    if (liteLlm) {
      this.openWebUi.useModels(liteLlm);
    }
    if (props.ollama) {
      this.openWebUi.useOllama(new Ollama(this.part('ollama'), 'ollama', props.ollama));
    }
    if (props.tika) {
      this.openWebUi.useTika(new Tika(this.part('tika'), 'tika', props.tika));
    }
    if (mcpProxy) {
      this.openWebUi.useTools(mcpProxy);
      claude?.useTools(mcpProxy);
    }
    if (claude) {
      this.openWebUi.identifyUsersTo(claude.jwtSecret);
    }
    if (props.dataCopy) {
      this.addDataCopy(props.dataCopy, props.secrets);
    }
    if (props.platform.egress === EgressBackend.EGRESS_FIREWALL) {
      new WorkspaceEgressFirewall(this.part('namespace'), 'egress-firewall', this);
    }
  }

  /**
   * The chart of a part: the file into which its objects go.
   * @param name one of the parts of the library, or a new one
   * @param number four digits that order a new part among the files
   */
  public part(name: string, number?: string): Chart {
    return this.chart(name, number, this.namespaceName);
  }

  private chart(name: string, number: string | undefined, namespace: string): Chart {
    const fileName = `${number ?? PARTS[name] ?? '0900'}-${name}`;
    const known = this.node.tryFindChild(fileName);
    return known instanceof Chart ? known : new Chart(this, fileName, { namespace, disableResourceNameHashes: true });
  }

  private addRedis({ redis, externalRedis }: WorkspaceProps): IRedis | undefined {
    if (redis && externalRedis) {
      throw new Error(`[${this.node.path}] redis and externalRedis are both given: write one of them`);
    }
    if (externalRedis) {
      return Redis.external(this.part('redis'), 'redis', externalRedis);
    }
    return redis ? new Redis(this.part('redis'), 'redis', redis) : undefined;
  }

  private addModels({ liteLlmGateway }: WorkspaceProps, redis?: IRedis): LiteLlmGateway | undefined {
    if (!liteLlmGateway) {
      return undefined;
    }
    const gateway = new LiteLlmGateway(this.part('litellm-gateway'), 'litellm', liteLlmGateway);
    if (redis) {
      gateway.useRedis(redis);
    }
    return gateway;
  }

  private addClaude({ claudeService }: WorkspaceProps, liteLlm?: LiteLlmGateway): ClaudeService | undefined {
    if (!claudeService) {
      return undefined;
    }
    const claude = new ClaudeService(this.part('claude-service'), 'claude-service', claudeService);
    if (liteLlm) {
      claude.useModelGateway(liteLlm);
      liteLlm.route(claude);
    } else {
      claude.useAnthropicApi();
    }
    return claude;
  }

  private addTools({ mcpProxy, tenantConfig, mcpServers }: WorkspaceProps, redis?: IRedis): McpProxy | undefined {
    if (!mcpProxy || !tenantConfig) {
      if (mcpProxy || tenantConfig || mcpServers) {
        throw new Error(`[${this.node.path}] mcpProxy and tenantConfig belong together: write both of them`);
      }
      return undefined;
    }
    const tenants = new TenantConfig(this.part('tenant-config'), 'tenant-config', tenantConfig);
    const gateway = new McpProxy(this.part('mcp-proxy'), 'mcp-proxy', { ...mcpProxy, tenants });
    for (const server of this.addMcpServers(mcpServers)) {
      gateway.useServer(server);
    }
    if (redis) {
      gateway.useRedis(redis);
    }
    return gateway;
  }

  private addMcpServers({ filesystem, github, others = [] }: WorkspaceMcpServers = {}): McpServer[] {
    const part = this.part('mcp-server');
    return [
      ...(filesystem ? [McpServer.filesystem(part, 'mcp-filesystem', filesystem)] : []),
      ...(github ? [McpServer.github(part, 'mcp-github', github)] : []),
      ...others.map((server, index) => new McpServer(part, server.name ?? `mcp-server-${index}`, server)),
    ];
  }

  private addOpenWebUi({ openWebUi = {}, oauthSidecar }: WorkspaceProps, redis?: IRedis): OpenWebUiRelease {
    const release = new OpenWebUiRelease(this.part('open-webui-release'), 'open-webui', openWebUi);
    if (redis) {
      release.useRedis(redis);
    }
    if (oauthSidecar) {
      new OAuthSidecar(release, 'oauth-sidecar', { ...oauthSidecar, release, sessionStore: redis });
    }
    return release;
  }

  private addDataCopy(copy: WorkspaceDataCopy, source?: SecretSource): void {
    const { fromNamespace, besidePods, claimName, ownerEmail, overwrite, start } = copy;
    const image = this.openWebUi._pod.main.image;
    const old = this.chart('data-export', undefined, fromNamespace);
    // The token stands in both namespaces: a pod reads only the Secrets of its own.
    new Secrets(old, 'secrets', { source }).attach(old);
    const dataExport = new DataExport(old, 'data-export', { image, besidePods, claimName, start });
    new DataImport(this.part('data-import'), 'data-import', {
      source: dataExport,
      release: this.openWebUi,
      ownerEmail,
      overwrite,
      start,
    });
  }
}
