import { ApiObject, Chart, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct, type IConstruct } from 'constructs';
import {
  ExternalSecret,
  ExternalSecretSpecSecretStoreRefKind,
  ExternalSecretSpecTargetCreationPolicy,
  ExternalSecretSpecTargetDeletionPolicy,
  SecretStore,
  SecretStoreSpecProviderAzurekvAuthType,
  SecretStoreSpecProviderVaultVersion,
} from '../../imports/external-secrets.io';
import { clusterName, isHttpsUrl, isHttpUrl } from './links';
import { dnsSubdomain, isGuid } from './manifest-rules/name-forms';
import { Platform } from './platform';
import { checkAtSynth, type Rule } from './rules';
import { type SecretForm, SecretKind } from './secret-form';
import { SecretSource, SecretSourceKind } from './secret-source';

/** One key of one Kubernetes Secret. Programs refer to it; its value is never known here. */
export class SecretKey {
  constructor(
    public readonly secretName: string,
    public readonly key: string,
    public readonly form: SecretForm,
    /** What the value is for, as a phrase. */
    public readonly purpose: string,
  ) {}

  /** The entry of a container's `env` that carries this value. */
  public toEnvVar(name: string): k8s.EnvVar {
    return { name, valueFrom: { secretKeyRef: { name: this.secretName, key: this.key } } };
  }
}

/** The keys of one Kubernetes Secret, collected while the programs that need them are declared. */
export class WorkspaceSecret extends Construct {
  /** What was asked for under the name of a key whose value has another form. @internal */
  public readonly _clashes: SecretKey[] = [];
  /** The second and every further declaration of a key that only one program may have. @internal */
  public readonly _shared: SecretKey[] = [];
  private readonly own = new Set<string>();
  private readonly collected: SecretKey[] = [];

  constructor(
    scope: Construct,
    id: string,
    public readonly secretName: string,
  ) {
    super(scope, id);
  }

  /** Declares a key. Asked twice for the same key, it answers with the first declaration. Error: its form is another. */
  public key(name: string, form: SecretForm, purpose: string): SecretKey {
    const key = new SecretKey(this.secretName, name, form, purpose);
    const known = this.collected.find((candidate) => candidate.key === name);
    if (known && !isSameValue(known.form, form)) {
      this._clashes.push(key);
    }
    if (!known) {
      this.collected.push(key);
    }
    return known ?? key;
  }

  /** Declares a key that belongs to one program alone, because of what its value leads to. @internal */
  public _ownKey(name: string, form: SecretForm, purpose: string): SecretKey {
    if (this.own.has(name)) {
      this._shared.push(new SecretKey(this.secretName, name, form, purpose));
    }
    this.own.add(name);
    return this.key(name, form, purpose);
  }

  /** All keys, sorted by name. */
  public get keys(): SecretKey[] {
    return [...this.collected].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}

export interface SecretsProps {
  /** @default - Secrets that exist already */
  readonly source?: SecretSource;
}

const STORE = 'workspace-secrets';
const READER = 'secret-reader';
const LABELS = { 'app.kubernetes.io/name': 'workspace-secrets', 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };
const ATTACHED = new WeakMap<IConstruct, Secrets>();

const badSecretName = ({ all }: Secrets): string | undefined =>
  all.map(({ secretName }) => secretName).find((name) => !dnsSubdomain.holds(name));

/** Whether one value fits two declarations: who issues it, each says in words of its own. */
function isSameValue(a: SecretForm, b: SecretForm): boolean {
  const words = (form: SecretForm) => `${form.describe()} ${form.postgres?.user}`;
  return a.kind === b.kind && (a.kind === SecretKind.ISSUED || words(a) === words(b));
}

const meaning = ({ form, purpose }: SecretKey): string => `${form.describe()} (${purpose})`;
const clashOf = ({ all }: Secrets): SecretKey | undefined => all.flatMap(({ _clashes }) => _clashes)[0];

/** The URL of a database, and the Secrets to which it belongs. */
interface DatabaseUrl {
  readonly secrets: Secrets;
  readonly url: SecretKey;
}

const databaseUrls = (secrets: Secrets): DatabaseUrl[] =>
  secrets.all
    .flatMap(({ keys, _shared }) => [...keys, ..._shared])
    .filter(({ form }) => form.postgres !== undefined)
    .map((url) => ({ secrets, url }));

const place = ({ form: { postgres } }: SecretKey): string =>
  `${postgres?.host}:${postgres?.port ?? 5432}/${postgres?.database}`;

const clusterNameOf = ({ form }: SecretKey) => clusterName(form.postgres?.host ?? '');

/** Whether two URLs lead to one database. A name of a cluster's own DNS is another host in another cluster. */
function isSameDatabase(a: DatabaseUrl, b: DatabaseUrl): boolean {
  if (place(a.url) !== place(b.url)) {
    return false;
  }
  const name = clusterNameOf(a.url);
  if (name === undefined || a.secrets === b.secrets) {
    return true;
  }
  const [here, there] = [a.secrets, b.secrets];
  return (
    Platform._attachedTo(here) === Platform._attachedTo(there) &&
    // Without a namespace it is that of the pod which asks.
    (name.namespace !== undefined || Chart.of(here).namespace === Chart.of(there).namespace)
  );
}

/**
 * Two programs of the app with one database: what a program of these Secrets would share, and with whom. Workspaces of
 * one app may stand in several namespaces.
 */
function sharedDatabase(secrets: Secrets): readonly [DatabaseUrl, DatabaseUrl] | undefined {
  const everywhere = secrets.node.root.node
    .findAll()
    .filter((construct): construct is Secrets => construct instanceof Secrets)
    .flatMap(databaseUrls);
  for (const [index, second] of everywhere.entries()) {
    const first = everywhere.slice(0, index).find((earlier) => isSameDatabase(earlier, second));
    if (first && second.secrets === secrets) {
      return [first, second];
    }
  }
  return undefined;
}

function sharedDatabaseMessage([first, second]: readonly [DatabaseUrl, DatabaseUrl]): string {
  const { host, database } = first.url.form.postgres ?? {};
  const apart = first.secrets !== second.secrets;
  const who = ({ secrets, url }: DatabaseUrl) => url.purpose + (apart ? ` (${secrets.node.path})` : '');
  const platforms = clusterNameOf(first.url) ? ', or each cluster a Platform object of its own' : '';
  const ways = apart ? `${platforms}, or render each cluster from an App of its own` : '';
  return `${who(first)} and ${who(second)} are one, ${database} at ${host}, and each would change what is the other's: give each program a database of its own${ways}`;
}

/** A key by which one sign-in would accept the cookies of another. */
function sharedCookies({ all }: Secrets): SecretKey | undefined {
  return all.flatMap(({ _shared }) => _shared).find(({ form }) => form.kind === SecretKind.COOKIE_SECRET);
}

const RULES: readonly Rule<Secrets>[] = [
  {
    id: 'secret-key-means-one-thing',
    broken: (secrets) => clashOf(secrets) !== undefined,
    message: (secrets) => {
      const clash = clashOf(secrets);
      const first = secrets.all
        .flatMap(({ keys }) => keys)
        .find(({ secretName, key }) => secretName === clash?.secretName && key === clash.key);
      return `${clash?.key} of the Secret ${clash?.secretName} would be ${first && meaning(first)} and ${clash && meaning(clash)}: give one of the programs a secretName of its own`;
    },
  },
  {
    id: 'databases-differ',
    broken: (secrets) => sharedDatabase(secrets) !== undefined,
    message: (secrets) => {
      const shared = sharedDatabase(secrets);
      return shared ? sharedDatabaseMessage(shared) : '';
    },
  },
  {
    id: 'cookie-secrets-differ',
    broken: (secrets) => sharedCookies(secrets) !== undefined,
    message: (secrets) => {
      const { key, secretName } = sharedCookies(secrets) ?? {};
      return `${key} of the Secret ${secretName} would be that of two sign-ins, and each would let in whom the other knows: give one of them a secretName of its own`;
    },
  },
  {
    id: 'secret-name',
    broken: (secrets) => badSecretName(secrets) !== undefined,
    message: (secrets) => `secretName "${badSecretName(secrets)}" must be ${dnsSubdomain.words}`,
  },
  {
    id: 'key-vault-url',
    broken: ({ source: { azure } }) => azure !== undefined && !isHttpsUrl(azure.vaultUrl),
    message: ({ source: { azure } }) =>
      `SecretSource.azureKeyVault: vaultUrl "${azure?.vaultUrl}" is not the address of a vault: write it like https://openwebui-prod.vault.azure.net`,
  },
  {
    id: 'key-vault-ids',
    broken: ({ source: { azure } }) => azure !== undefined && !(isGuid(azure.tenantId) && isGuid(azure.clientId)),
    message: ({ source: { azure } }) => {
      const [option, id] = isGuid(azure?.tenantId ?? '')
        ? ['clientId', azure?.clientId]
        : ['tenantId', azure?.tenantId];
      return `SecretSource.azureKeyVault: ${option} "${id}" is not a GUID: write it like 11111111-2222-3333-4444-555555555555`;
    },
  },
  {
    id: 'vault-url',
    broken: (secrets) => {
      const { hashicorp } = secrets.source;
      const fits = Platform.of(secrets).production ? isHttpsUrl : isHttpUrl;
      return hashicorp !== undefined && !fits(hashicorp.server);
    },
    message: ({ source: { hashicorp } }) =>
      `SecretSource.vault: server "${hashicorp?.server}" is not the https address of a Vault: write it like https://vault.company.com:8200`,
  },
];

/** Every Secret of a namespace: which keys it must have and where their values come from. */
export class Secrets extends Construct {
  /** The Secrets of the nearest scope above; made on the spot, from existing Secrets, when there are none. */
  public static of(scope: Construct): Secrets {
    for (let at: IConstruct | undefined = scope; at; at = at.node.scope) {
      const secrets = ATTACHED.get(at);
      if (secrets) {
        return secrets;
      }
    }
    const chart = Chart.of(scope);
    const secrets = new Secrets(chart, 'secrets');
    secrets.attach(chart);
    return secrets;
  }

  public readonly source: SecretSource;
  private readonly bySecretName = new Map<string, WorkspaceSecret>();

  constructor(scope: Construct, id: string, props: SecretsProps = {}) {
    super(scope, id);
    this.source = props.source ?? SecretSource.existing();
    this.renderStore();
    checkAtSynth(this, RULES, () => this);
    this.node.addValidation({ validate: () => this.sharedReferences() });
  }

  /** Makes these the Secrets of everything below `scope`. */
  public attach(scope: Construct): void {
    ATTACHED.set(scope, this);
  }

  /** The Secret of that name; declared on first use. */
  public secret(secretName: string): WorkspaceSecret {
    const known = this.bySecretName.get(secretName);
    if (known) {
      return known;
    }
    const secret = new WorkspaceSecret(this, secretName, secretName);
    this.bySecretName.set(secretName, secret);
    if (this.source.kind !== SecretSourceKind.EXISTING) {
      this.renderExternalSecret(secret);
    }
    return secret;
  }

  /** All Secrets, sorted by name. */
  public get all(): WorkspaceSecret[] {
    return [...this.bySecretName.values()].sort((a, b) => (a.secretName < b.secretName ? -1 : 1));
  }

  private renderExternalSecret(secret: WorkspaceSecret): void {
    const store = this.source.store;
    new ApiObject(secret, 'Resource', {
      ...ExternalSecret.GVK,
      metadata: { name: secret.secretName, labels: LABELS },
      spec: Lazy.any({
        produce: () =>
          ExternalSecret.manifest({
            spec: {
              refreshInterval: '1h',
              secretStoreRef: {
                name: store?.name ?? STORE,
                kind:
                  store && store.clusterWide !== false
                    ? ExternalSecretSpecSecretStoreRefKind.CLUSTER_SECRET_STORE
                    : ExternalSecretSpecSecretStoreRefKind.SECRET_STORE,
              },
              target: {
                name: secret.secretName,
                creationPolicy: ExternalSecretSpecTargetCreationPolicy.OWNER,
                // A vault that answers nothing for a moment must not take running programs' secrets away.
                deletionPolicy: ExternalSecretSpecTargetDeletionPolicy.RETAIN,
              },
              data: secret.keys.map(({ key }) => ({
                secretKey: key,
                remoteRef: this.remoteReference(secret.secretName, key),
              })),
            },
          }).spec,
      }),
    });
  }

  // Key Vault has flat names of letters, digits and dashes; Vault keeps the keys of one secret together.
  private remoteReference(secretName: string, key: string): { readonly key: string; readonly property?: string } {
    return this.source.kind === SecretSourceKind.AZURE_KEY_VAULT
      ? { key: `${secretName}-${key}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-') }
      : { key: secretName, property: key };
  }

  private sharedReferences(): string[] {
    if (this.source.kind === SecretSourceKind.EXISTING) {
      return [];
    }
    const names = this.all.flatMap(({ secretName, keys }) =>
      keys.map(({ key }) => {
        const remote = this.remoteReference(secretName, key);
        return { name: `${secretName}/${key}`, remote: [remote.key, remote.property ?? ''].join(' ').trim() };
      }),
    );
    return names.flatMap(({ name, remote }, index) => {
      const first = names.findIndex((candidate) => candidate.remote === remote);
      return first === index
        ? []
        : [`${names[first].name} and ${name} would both be read from ${remote}: give one of the keys another name`];
    });
  }

  private renderStore(): void {
    const { azure, hashicorp } = this.source;
    if (!azure && !hashicorp) {
      return;
    }
    new ApiObject(this, 'Reader', {
      ...k8s.KubeServiceAccount.manifest({
        metadata: {
          name: READER,
          labels: LABELS,
          annotations: azure
            ? {
                'azure.workload.identity/client-id': azure.clientId,
                'azure.workload.identity/tenant-id': azure.tenantId,
              }
            : undefined,
        },
        automountServiceAccountToken: false,
      }),
    });
    new ApiObject(this, 'Store', {
      ...SecretStore.manifest({
        metadata: { name: STORE, labels: LABELS },
        spec: {
          provider: azure
            ? {
                azurekv: {
                  authType: SecretStoreSpecProviderAzurekvAuthType.WORKLOAD_IDENTITY,
                  vaultUrl: azure.vaultUrl,
                  tenantId: azure.tenantId,
                  serviceAccountRef: { name: READER },
                },
              }
            : {
                vault: {
                  server: hashicorp?.server ?? '',
                  path: hashicorp?.path ?? 'secret',
                  version: SecretStoreSpecProviderVaultVersion.V2,
                  auth: {
                    kubernetes: {
                      mountPath: hashicorp?.authMount ?? 'kubernetes',
                      role: hashicorp?.role ?? '',
                      serviceAccountRef: { name: READER },
                    },
                  },
                },
              },
        },
      }),
    });
  }
}
