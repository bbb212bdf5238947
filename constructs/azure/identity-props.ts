import type { ServiceAccountName } from './addresses';

/** What an identity may do. */
export enum WorkloadAccess {
  /** Read the secrets of the vault. */
  READ_SECRETS = 'read-secrets',
  /** Read and write the blobs of the shared storage. */
  WRITE_BLOBS = 'write-blobs',
  /** Run Application Gateway for Containers: the ALB controller. */
  MANAGE_GATEWAY = 'manage-gateway',
}

/** An identity in Entra that the pods of one ServiceAccount take on. */
export interface WorkloadIdentityProps {
  /** In kebab case; the contract has it in camel case. */
  readonly name: string;
  /** As the manifests render it. */
  readonly serviceAccount: ServiceAccountName;
  readonly access: WorkloadAccess[];
}

/** The Entra application that people sign in to. Its secret, if it needs one, is made outside Terraform. */
export interface SignInProps {
  readonly displayName: string;
  /** For example `https://chat.company.com/oauth/microsoft/callback`. */
  readonly redirectUris: string[];
  /** Only people and groups that are assigned to it may sign in. @default true */
  readonly assignmentRequired?: boolean;
  /** Let this ServiceAccount stand in the place of a client secret, as OAuth2 Proxy can. @default - none */
  readonly federatedServiceAccount?: ServiceAccountName;
}

/** What the contract calls an identity: its name in camel case. */
export function contractKey(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
