import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import { checkManifestsAtSynth } from './platform/manifest-check';
import { checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';
import { SecretForm } from './platform/secret-form';
import { type SecretKey, Secrets } from './platform/secrets';
import {
  DEFAULT_MAX_FILE_BYTES,
  FindingSeverity,
  splitTenants,
  type Tenant,
  type TenantFile,
  validateTenants,
} from './tenants';

/** The tenants of an MCP gateway. */
export interface TenantConfigProps {
  /** In any order; they are rendered in the order of their ids. Error: none, or one that breaks a rule of tenants. */
  readonly tenants: Tenant[];
  /** Name of the ConfigMap. Several are named after it. Form: DNS label. @default `mcp-proxy-config` */
  readonly name?: string;
  /** Secret with what the gateway sends to the tenants' servers. @default `mcp-tenant-credentials` */
  readonly credentialsSecretName?: string;
  /**
   * The keys of that Secret. Error: a tenant's credential names another one.
   * @default - the keys that the tenants' credentials name
   */
  readonly credentialKeys?: string[];
  /**
   * Size from which the tenants are split over several ConfigMaps. Above the default, `kubectl apply` needs
   * `--server-side`. Unit: bytes of tenants.json, 1,000,000 at most. @default 163840
   */
  readonly maxBytes?: number;
}

/** A ConfigMap may hold 1 MiB (Kubernetes, "ConfigMaps"), its metadata included. */
const LARGEST_FILE_BYTES = 1_000_000;

const RULES: readonly Rule<TenantConfig>[] = [
  {
    id: 'tenants-given',
    broken: ({ tenants }) => tenants.length === 0,
    message: ({ name }) => `${name}: there are no tenants, so nobody can use a tool: write at least one in tenants`,
  },
  {
    id: 'tenant-file-size',
    broken: ({ maxBytes }) => !(Number.isInteger(maxBytes) && maxBytes >= 1 && maxBytes <= LARGEST_FILE_BYTES),
    message: ({ name, maxBytes }) =>
      `${name}: maxBytes is ${maxBytes}: write a whole number of bytes up to ${LARGEST_FILE_BYTES}, a ConfigMap holds no more`,
  },
];

/**
 * tenants.json in ConfigMaps, checked by the rules of the gateway itself, and the keys of the Secret from which the
 * gateway takes the tenants' credentials. A credential's value never stands here, only its name.
 */
export class TenantConfig extends Construct {
  /** Name of the ConfigMap, or of the first part of its name when there are several. */
  public readonly name: string;
  /** Secret with the tenants' credentials. */
  public readonly credentialsSecretName: string;
  /** Keys of that Secret which the gateway needs, sorted. */
  public readonly credentials: SecretKey[];
  /** What is accepted, and worth knowing: sentences. */
  public readonly warnings: string[];
  /** Unit: bytes. */
  public readonly maxBytes: number;
  private readonly given: Tenant[];
  private readonly errors: string[];
  private readonly files: TenantFile[];

  constructor(scope: Construct, id: string, props: TenantConfigProps) {
    super(scope, id);
    checkProps(this, 'TenantConfigProps', props);
    this.name = props.name ?? 'mcp-proxy-config';
    this.credentialsSecretName = props.credentialsSecretName ?? 'mcp-tenant-credentials';
    this.maxBytes = props.maxBytes ?? DEFAULT_MAX_FILE_BYTES;
    this.given = [...props.tenants];
    const findings = validateTenants(this.given);
    const sentences = (severity: FindingSeverity) =>
      findings.filter((finding) => finding.severity === severity).map(({ message }) => `${this.name}: ${message}`);
    this.warnings = sentences(FindingSeverity.WARNING);
    this.errors = [...sentences(FindingSeverity.ERROR), ...this.unknownCredentials(props.credentialKeys)];
    this.files = this.split();
    this.credentials = this.declareCredentials(props.credentialKeys);
    for (const file of this.files) {
      this.addConfigMap(file);
    }
    this.node.addValidation({ validate: () => this.errors });
    checkAtSynth(this, RULES, () => this);
    checkManifestsAtSynth(this);
  }

  /** The tenants, as they were given. */
  public get tenants(): Tenant[] {
    return [...this.given];
  }

  /** Names of the ConfigMaps, in a stable order. */
  public get configMapNames(): string[] {
    return this.files.map((file) => this.configMapName(file));
  }

  /** The tenants that can be rendered: none when a rule is broken, because synthesis fails then. @internal */
  public get _usableTenants(): Tenant[] {
    return this.errors.length > 0 ? [] : this.given;
  }

  /** The tenants as a pod's volume: one folder, however many ConfigMaps there are. @internal */
  public _toVolume(volumeName: string): k8s.Volume {
    const [only = this.name, ...more] = this.configMapNames;
    if (more.length === 0) {
      return { name: volumeName, configMap: { name: only } };
    }
    return { name: volumeName, projected: { sources: this.configMapNames.map((name) => ({ configMap: { name } })) } };
  }

  /** What the gateway reads below the volume's mount path: the file, or the folder when there are several. @internal */
  public _path(mountPath: string): string {
    return this.files.length > 1 ? mountPath : `${mountPath}/tenants.json`;
  }

  private split(): TenantFile[] {
    if (this.errors.length > 0 || RULES.some((rule) => rule.broken(this))) {
      return [];
    }
    try {
      return splitTenants(this.given, this.maxBytes);
    } catch (error) {
      this.errors.push(`${this.name}: ${error instanceof Error ? error.message : error}`);
      return [];
    }
  }

  private unknownCredentials(keys?: string[]): string[] {
    if (!keys) {
      return [];
    }
    const known = new Set(keys);
    const secret = this.credentialsSecretName;
    const advice = `${keys.length > 0 ? `write one of ${keys.join(', ')}, or ` : ''}add it to credentialKeys`;
    return this.given
      .filter((tenant) => typeof tenant?.credential?.key === 'string' && !known.has(tenant.credential.key))
      .map(
        ({ tenantId, credential }) =>
          `${this.name}: tenant "${tenantId}": the Secret ${secret} has no key "${credential?.key}": ${advice}`,
      );
  }

  private declareCredentials(keys?: string[]): SecretKey[] {
    if (this.errors.length > 0) {
      return [];
    }
    const users = new Map<string, string[]>((keys ?? []).map((key) => [key, []]));
    for (const { tenantId, credential } of this.given) {
      if (credential) {
        const tenants = users.get(credential.key) ?? [];
        tenants.push(tenantId);
        users.set(credential.key, tenants);
      }
    }
    return [...users]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, tenants]) =>
        Secrets.of(this)
          .secret(this.credentialsSecretName)
          .key(key, SecretForm.issuedBy('the owner of the MCP server'), `credential of ${listed(tenants)}`),
      );
  }

  private addConfigMap(file: TenantFile): void {
    new ApiObject(
      this,
      file.name.replace(/\.json$/, ''),
      k8s.KubeConfigMap.manifest({
        metadata: {
          name: this.configMapName(file),
          labels: {
            'app.kubernetes.io/name': 'mcp-proxy',
            'app.kubernetes.io/component': 'tenant-config',
            'app.kubernetes.io/managed-by': 'cdk8s-open-webui',
          },
        },
        data: { [file.name]: file.text },
      }),
    );
  }

  // The file's name does not move when tenants come and go, so the ConfigMap's name does not either.
  private configMapName(file: TenantFile): string {
    return `${this.name}${file.name.replace(/^tenants/, '').replace(/\.json$/, '')}`;
  }
}

const LISTED = 3;

function listed(tenants: readonly string[]): string {
  if (tenants.length === 0) {
    return 'tenants to come';
  }
  const more = tenants.length > LISTED ? ` and ${tenants.length - LISTED} more` : '';
  return `${tenants.length > 1 ? 'tenants' : 'tenant'} ${tenants.slice(0, LISTED).join(', ')}${more}`;
}
