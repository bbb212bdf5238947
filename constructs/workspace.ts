import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Backup, type BackupOptions } from './backup';
import { DataCheck } from './backup/data-check';
import { ClaudeService, type ClaudeServiceProps } from './claude-service';
import { DataExport, DataImport } from './data-copy';
import { GitOps } from './gitops';
import type { GitOpsTool } from './gitops/prepare';
import { LiteLlmGateway, type LiteLlmGatewayProps } from './litellm-gateway';
import { McpProxy, type McpProxyOptions } from './mcp-proxy';
import { type FilesystemMcpServerProps, type GitHubMcpServerProps, McpServer, type McpServerProps } from './mcp-server';
import { Monitoring, type MonitoringProps, servesMetrics } from './monitoring';
import { OAuthSidecar, type OAuthSidecarOptions } from './oauth-sidecar';
import { Ollama, type OllamaProps } from './ollama';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from './open-webui-release';
import { OtlpCollector, type OtlpCollectorProps } from './otlp-collector';
import { Pipelines, type PipelinesProps } from './pipelines';
import { WorkspaceEgressFirewall } from './platform/egress-firewall';
import { WorkspaceNamespace, type WorkspaceNamespaceProps } from './platform/namespace';
import { EgressBackend, type Platform } from './platform/platform';
import { checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';
import type { SecretSource } from './platform/secret-source';
import { Secrets } from './platform/secrets';
import type { WorkloadProps } from './platform/workload';
import { type ExternalRedisProps, type IRedis, Redis, type RedisProps } from './redis';
import { TeamAccess, type TeamAccessProps } from './tenancy/team-access';
import { TenantConfig, type TenantConfigProps } from './tenant-config';
import { Tika, type TikaProps } from './tika';

/** The MCP servers that the workspace runs itself. */
export interface WorkspaceMcpServers {
  /** @default - none */
  readonly filesystem?: FilesystemMcpServerProps;
  /** @default - none */
  readonly github?: GitHubMcpServerProps;
  /** Any others, each with a name of its own. @default - none */
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
  /**
   * What the jobs in that namespace are told besides, for example as whom they read the volume.
   * @default - image, pull policy, pull secrets and tolerations of `openWebUi`
   */
  readonly fromJobs?: WorkloadProps;
}

/** A whole workspace in one namespace, each part linked to the others that are there. What is left out is not there. */
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
  /** Its sessions are offered by the LiteLLM gateway; without one, Open WebUI asks it directly. @default - none */
  readonly claudeService?: ClaudeServiceProps;
  readonly pipelines?: PipelinesProps;
  readonly ollama?: OllamaProps;
  readonly tika?: TikaProps;
  /** Needs `tenantConfig`. @default - no tools */
  readonly mcpProxy?: McpProxyOptions;
  /** Who may use which tools; needs `mcpProxy`. @default - no tools */
  readonly tenantConfig?: TenantConfigProps;
  /** Need `mcpProxy` and `tenantConfig`. @default - only servers elsewhere */
  readonly mcpServers?: WorkspaceMcpServers;
  readonly dataCopy?: WorkspaceDataCopy;
  /** Copies of the data volume and of the databases, and the jobs that put them back. @default - none */
  readonly backup?: BackupOptions;
  /** Who of a team may look at the programs, and who may start jobs and end pods. @default - nobody */
  readonly team?: TeamAccessProps;
  /** Prepare all objects for the tool that applies them: order, what is kept, jobs that stay. @default - none */
  readonly gitOps?: GitOpsTool;
  /** Monitors, alerts and dashboards for every program that serves metrics. @default - none */
  readonly monitoring?: MonitoringProps;
  /** Takes what Open WebUI pushes. @default - Open WebUI is not measured */
  readonly otlpCollector?: OtlpCollectorProps;
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
  'otlp-collector': '0450',
  'open-webui-release': '0500',
  'data-export': '0600',
  'data-import': '0610',
  backup: '0620',
  monitoring: '0700',
};

const FILESYSTEM = 'mcp-filesystem';
const GITHUB = 'mcp-github';

/** What the tools of a workspace are made of: which of it is there, or is not. */
function toolParts({ mcpProxy, tenantConfig, mcpServers }: WorkspaceProps, there: boolean): string {
  const needed = { mcpProxy, tenantConfig };
  const parts = Object.entries(there ? { ...needed, mcpServers } : needed);
  return parts.flatMap(([part, props]) => ((props !== undefined) === there ? [part] : [])).join(' and ');
}

function serverNames({ filesystem, github, others = [] }: WorkspaceMcpServers = {}): string[] {
  return [
    ...(filesystem ? [filesystem.name ?? FILESYSTEM] : []),
    ...(github ? [github.name ?? GITHUB] : []),
    ...others.flatMap(({ name }) => name ?? []),
  ];
}

function repeatedServers(servers?: WorkspaceMcpServers): string[] {
  const names = serverNames(servers);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

const RULES: readonly Rule<WorkspaceProps>[] = [
  {
    id: 'workspace-one-redis',
    broken: ({ redis, externalRedis }) => redis !== undefined && externalRedis !== undefined,
    message: () => 'redis and externalRedis are both given: write one of them',
  },
  {
    id: 'workspace-tools-whole',
    broken: (props) => toolParts(props, true) !== '' && toolParts(props, false) !== '',
    message: (props) =>
      `${toolParts(props, true)} without ${toolParts(props, false)}: a tool is called by the gateway, in the name of a tenant: write ${toolParts(props, false)} too`,
  },
  {
    id: 'workspace-mcp-server-name',
    broken: ({ mcpServers }) => (mcpServers?.others ?? []).some(({ name }) => !name),
    message: ({ mcpServers }) =>
      `mcpServers.others[${mcpServers?.others?.findIndex(({ name }) => !name)}] has no name, by which tenants call it: write name, for example mcp-search`,
  },
  {
    id: 'workspace-mcp-server-names-distinct',
    broken: ({ mcpServers }) => repeatedServers(mcpServers).length > 0,
    message: ({ mcpServers }) =>
      `mcpServers has ${repeatedServers(mcpServers).join(', ')} more than once: give each server a name of its own`,
  },
];

/** A company's AI workspace: every program, linked to the others, in one namespace. */
export class Workspace extends Construct {
  public readonly namespace: WorkspaceNamespace;
  public readonly openWebUi: OpenWebUiRelease;
  /** The Redis of the namespace, or the managed one. */
  public readonly redis?: IRedis;
  public readonly liteLlmGateway?: LiteLlmGateway;
  public readonly claudeService?: ClaudeService;
  public readonly mcpProxy?: McpProxy;
  public readonly pipelines?: Pipelines;
  private readonly namespaceName: string;

  constructor(scope: Construct, id: string, props: WorkspaceProps) {
    super(scope, id);
    checkProps(this, 'WorkspaceProps', props);
    this.namespaceName = props.namespace.name;
    props.platform.attach(this);
    this.namespace = new WorkspaceNamespace(this.part('namespace'), 'namespace', props.namespace);
    this.namespace.attach(this);
    new Secrets(this.part('secrets'), 'secrets', { source: props.secrets }).attach(this);

    this.redis = this.addRedis(props);
    this.liteLlmGateway = this.addModels(props);
    this.mcpProxy = this.addTools(props);
    this.claudeService = this.addClaude(props);
    this.openWebUi = this.addOpenWebUi(props);
    this.pipelines = props.pipelines && new Pipelines(this.part('pipelines'), 'pipelines', props.pipelines);
    this.linkOpenWebUi();
    if (props.ollama) {
      this.openWebUi.useOllama(new Ollama(this.part('ollama'), 'ollama', props.ollama));
    }
    if (props.tika) {
      this.openWebUi.useTika(new Tika(this.part('tika'), 'tika', props.tika));
    }
    this.addMonitoring(props);
    if (props.backup) {
      const { openWebUi: release, claudeService, liteLlmGateway } = this;
      new Backup(this.part('backup'), 'backup', { ...props.backup, release, claudeService, liteLlmGateway });
    }
    if (props.dataCopy) {
      this.addDataCopy(props.dataCopy, props.secrets);
    }
    if (props.platform.egress === EgressBackend.EGRESS_FIREWALL) {
      new WorkspaceEgressFirewall(this.part('namespace'), 'egress-firewall', this);
    }
    if (props.team) {
      new TeamAccess(this.part('namespace'), 'team', props.team);
    }
    if (props.gitOps) {
      GitOps.prepare(this, props.gitOps);
    }
    checkAtSynth(this, RULES, () => props);
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
    if (externalRedis) {
      return Redis.external(this.part('redis'), 'redis', externalRedis);
    }
    return redis ? new Redis(this.part('redis'), 'redis', redis) : undefined;
  }

  private addModels({ liteLlmGateway }: WorkspaceProps): LiteLlmGateway | undefined {
    if (!liteLlmGateway) {
      return undefined;
    }
    const gateway = new LiteLlmGateway(this.part('litellm-gateway'), 'litellm', liteLlmGateway);
    if (this.redis) {
      gateway.useRedis(this.redis);
    }
    return gateway;
  }

  private addTools(props: WorkspaceProps): McpProxy | undefined {
    const { mcpProxy, tenantConfig, claudeService } = props;
    if (!mcpProxy || !tenantConfig) {
      return undefined;
    }
    const gateway = new McpProxy(this.part('mcp-proxy'), 'mcp-proxy', {
      ...mcpProxy,
      tenants: new TenantConfig(this.part('tenant-config'), 'tenant-config', tenantConfig),
      jwtSecret: mcpProxy.jwtSecret ?? claudeService?.jwtSecret,
    });
    for (const server of this.addMcpServers(props.mcpServers)) {
      gateway.useServer(server);
    }
    if (this.redis) {
      gateway.useRedis(this.redis);
    }
    return gateway;
  }

  private addClaude({ claudeService }: WorkspaceProps): ClaudeService | undefined {
    if (!claudeService) {
      return undefined;
    }
    const claude = new ClaudeService(this.part('claude-service'), 'claude-service', {
      ...claudeService,
      // Open WebUI signs with one secret, whoever reads it.
      jwtSecret: claudeService.jwtSecret ?? this.mcpProxy?.jwtSecret,
    });
    if (this.liteLlmGateway) {
      claude.useModelGateway(this.liteLlmGateway);
      this.liteLlmGateway.route(claude);
    } else {
      claude.useAnthropicApi();
    }
    if (this.mcpProxy) {
      claude.useTools(this.mcpProxy);
    }
    return claude;
  }

  private addMcpServers({ filesystem, github, others = [] }: WorkspaceMcpServers = {}): McpServer[] {
    const part = this.part('mcp-server');
    const free = (name?: string): name is string => name !== undefined && !part.node.tryFindChild(name);
    const servers: McpServer[] = [];
    if (filesystem) {
      servers.push(McpServer.filesystem(part, filesystem.name ?? FILESYSTEM, filesystem));
    }
    if (github && free(github.name ?? GITHUB)) {
      servers.push(McpServer.github(part, github.name ?? GITHUB, github));
    }
    for (const server of others) {
      // The rules name what is left out here.
      if (free(server.name)) {
        servers.push(new McpServer(part, server.name, server));
      }
    }
    return servers;
  }

  private addOpenWebUi({ openWebUi = {}, oauthSidecar }: WorkspaceProps): OpenWebUiRelease {
    const release = new OpenWebUiRelease(this.part('open-webui-release'), 'open-webui', openWebUi);
    if (this.redis) {
      release.useRedis(this.redis);
    }
    if (oauthSidecar) {
      new OAuthSidecar(release, 'oauth-sidecar', { ...oauthSidecar, release, sessionStore: this.redis });
    }
    return release;
  }

  private linkOpenWebUi(): void {
    const { openWebUi, pipelines, liteLlmGateway, mcpProxy, claudeService } = this;
    if (pipelines) {
      openWebUi.useModels(pipelines);
    }
    if (liteLlmGateway) {
      openWebUi.useModels(liteLlmGateway);
    } else if (claudeService) {
      openWebUi.useModels(claudeService);
    }
    if (mcpProxy) {
      openWebUi.useTools(mcpProxy);
    }
    if (claudeService) {
      openWebUi.identifyUsersTo(claudeService.jwtSecret);
    }
  }

  private addMonitoring({ monitoring, otlpCollector }: WorkspaceProps): void {
    const collector = otlpCollector && new OtlpCollector(this.part('otlp-collector'), 'otlp-collector', otlpCollector);
    if (collector) {
      this.openWebUi.useCollector(collector);
    }
    if (monitoring) {
      const { mcpProxy, claudeService, liteLlmGateway, openWebUi } = this;
      const programs = [mcpProxy, claudeService, liteLlmGateway, collector, openWebUi];
      const watcher = new Monitoring(this.part('monitoring'), 'monitoring', monitoring);
      for (const program of programs) {
        if (program && servesMetrics(program)) {
          watcher.watch(program);
        }
      }
    }
  }

  private addDataCopy(copy: WorkspaceDataCopy, source?: SecretSource): void {
    const { fromNamespace, besidePods, claimName, ownerEmail, overwrite, start, fromJobs } = copy;
    const { imagePullPolicy, imagePullSecrets, tolerations } = this.openWebUi.props;
    const image = this.openWebUi._pod.main.image;
    const job = { image, imagePullPolicy, imagePullSecrets, tolerations, ...fromJobs, besidePods };
    const old = this.chart('data-export', undefined, fromNamespace);
    // The token stands in both namespaces: a pod reads only the Secrets of its own.
    new Secrets(old, 'secrets', { source }).attach(old);
    new DataCheck(old, 'data-check', { ...job, claimName: claimName ?? 'openwebui-data-pvc' });
    new DataCheck(this.part('data-import'), 'data-check', { release: this.openWebUi });
    const dataExport = new DataExport(old, 'data-export', { ...job, claimName, start });
    new DataImport(this.part('data-import'), 'data-import', {
      source: dataExport,
      release: this.openWebUi,
      ownerEmail,
      overwrite,
      start,
    });
  }
}
