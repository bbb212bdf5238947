import { checkOptions } from './props-check';

/** How the values of Secrets reach the cluster. */
export enum SecretSourceKind {
  /** Somebody else makes the Secrets, with the keys that `Secrets.all` names. */
  EXISTING = 'existing',
  /** External Secrets Operator with Azure Key Vault. */
  AZURE_KEY_VAULT = 'azure-key-vault',
  /** External Secrets Operator with HashiCorp Vault or OpenBao. */
  VAULT = 'vault',
  /** External Secrets Operator with a store that exists already. */
  EXTERNAL_STORE = 'external-store',
}

/** A Key Vault and the identity that reads it. */
export interface AzureKeyVaultOptions {
  /** For example `https://openwebui-prod.vault.azure.net`. */
  readonly vaultUrl: string;
  /** Entra tenant. Form: GUID. */
  readonly tenantId: string;
  /** Client id of the user-assigned identity that may read the vault. Form: GUID. */
  readonly clientId: string;
}

/** A Vault server, KV version 2, with Kubernetes authentication. */
export interface VaultOptions {
  /** For example `https://vault.company.com:8200`; http only where the platform is not for production. */
  readonly server: string;
  /** Mount path of the KV engine. @default `secret` */
  readonly path?: string;
  /** Mount path of the Kubernetes authentication. @default `kubernetes` */
  readonly authMount?: string;
  /** Role that the ServiceAccount of this namespace may take. */
  readonly role: string;
}

/** A SecretStore or ClusterSecretStore made elsewhere. */
export interface ExternalStoreOptions {
  readonly name: string;
  /** Whether it is a ClusterSecretStore. @default true */
  readonly clusterWide?: boolean;
}

/** Where Secrets come from. No value ever passes through this library. */
export class SecretSource {
  /** Secrets that exist before the manifests are applied; nothing is rendered for them. */
  public static existing(): SecretSource {
    return new SecretSource(SecretSourceKind.EXISTING);
  }

  /** One ExternalSecret per Secret, read from Azure Key Vault by workload identity. */
  public static azureKeyVault(options: AzureKeyVaultOptions): SecretSource {
    checkOptions('SecretSource.azureKeyVault', 'AzureKeyVaultOptions', options);
    return new SecretSource(SecretSourceKind.AZURE_KEY_VAULT, options);
  }

  /** One ExternalSecret per Secret, read from Vault by the namespace's ServiceAccount. */
  public static vault(options: VaultOptions): SecretSource {
    checkOptions('SecretSource.vault', 'VaultOptions', options);
    return new SecretSource(SecretSourceKind.VAULT, undefined, options);
  }

  /** One ExternalSecret per Secret, read from a store that the cluster's owners made. */
  public static externalStore(options: ExternalStoreOptions): SecretSource {
    checkOptions('SecretSource.externalStore', 'ExternalStoreOptions', options);
    return new SecretSource(SecretSourceKind.EXTERNAL_STORE, undefined, undefined, options);
  }

  private constructor(
    public readonly kind: SecretSourceKind,
    public readonly azure?: AzureKeyVaultOptions,
    public readonly hashicorp?: VaultOptions,
    public readonly store?: ExternalStoreOptions,
  ) {}
}
