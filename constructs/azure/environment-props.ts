import type { ClusterProps } from './cluster-props';
import type { KeyVaultProps, ManagedRedisProps, PostgresProps, RegistryProps, SharedStorageProps } from './data-props';
import type { EdgeProps } from './edge-props';
import type { SignInProps, WorkloadIdentityProps } from './identity-props';
import type { NetworkProps } from './network-props';
import type { ObservabilityProps } from './observability-props';

/** An Azure environment: data, no logic. Nothing here loads CDKTF, so that the manifests' half may read it too. */
export interface AzureEnvironmentProps {
  /** Name of the environment; its stacks are called `<name>-<stack>`. Form: DNS label. */
  readonly name: string;
  /** One sentence: what it is. */
  readonly description: string;
  /** The subscription it lives in. Form: GUID. */
  readonly subscriptionId: string;
  /** The Entra tenant of that subscription. Form: GUID. */
  readonly tenantId: string;
  /** Programmatic name of the region, for example `eastus`. */
  readonly region: string;
  /** Availability zones that nodes are spread over; empty for a region that has none. @default - 1, 2 and 3 */
  readonly zones?: string[];
  readonly resourceGroup: string;
  /** Names without one of their own are `<prefix>-<what it is>`. */
  readonly prefix: string;
  /** On every resource that takes tags. @default - none */
  readonly tags?: { readonly [key: string]: string };
  readonly state: TerraformStateProps;
  /** Who administrates the cluster, the database, the vault and Grafana. */
  readonly administrators: EntraGroup;
  readonly network: NetworkProps;
  readonly observability: ObservabilityProps;
  readonly database: PostgresProps;
  readonly keyVault: KeyVaultProps;
  /** Files or objects that several pods share. @default - none */
  readonly storage?: SharedStorageProps;
  /** Azure Managed Redis, in the place of Redis in the cluster. @default - none */
  readonly redis?: ManagedRedisProps;
  /** A registry that the cluster pulls from. @default - none */
  readonly registry?: RegistryProps;
  readonly cluster: ClusterProps;
  /** Pods that take on an identity in Entra. */
  readonly identities: WorkloadIdentityProps[];
  /** The Entra application that people sign in to. @default - none */
  readonly signIn?: SignInProps;
  /** API Management in front. @default - none */
  readonly edge?: EdgeProps;
}

/** A group in Entra ID. */
export interface EntraGroup {
  /** Form: GUID. */
  readonly objectId: string;
  /** Its display name, which is also its login in PostgreSQL. */
  readonly name: string;
}

/**
 * Where Terraform keeps its state: a blob container, one blob for each stack, entered by Entra ID and never by a key.
 * The container is made once by hand (docs/azure.md): a state cannot hold the place that it is kept in.
 */
export interface TerraformStateProps {
  readonly resourceGroup: string;
  readonly storageAccount: string;
  readonly container: string;
  /** @default - the environment's */
  readonly subscriptionId?: string;
  /** Take the tokens of a pipeline with workload identity federation where there are some. @default true */
  readonly oidc?: boolean;
}
