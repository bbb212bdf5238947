import { dnsLabel, dnsSubdomain } from '../platform/manifest-rules/name-forms';
import type { Rule } from '../platform/rules';
import { typeErrors } from '../platform/schema/type-check';
import { TypeTable } from '../platform/schema/type-table';
import { quoted } from '../platform/schema/value-words';
import type { ServiceAccountName } from './addresses';

/** The Terraform output that is the contract. */
export const CONTRACT_OUTPUT = 'contract';

/** Version of the contract's form. It goes up when a key changes its meaning or a new key must be given. */
export const CONTRACT_VERSION = 1;

/** An identity in Entra that Pods take on by the tokens of a ServiceAccount. */
export interface ContractIdentity {
  /** Form: GUID. */
  readonly clientId: string;
  /** Whose tokens its federated credential trusts. */
  readonly serviceAccount: ServiceAccountName;
}

/**
 * What only Azure knows, and only after `terraform apply`: the output `contract` of an environment, kept as
 * `contracts/<environment>.json`. No value of it is a secret.
 */
export interface AzureContract {
  readonly version: number;
  /** The environment that it is of. */
  readonly environment: string;
  /** The Entra tenant. Form: GUID. */
  readonly tenantId: string;
  /** Issuer of the cluster's ServiceAccount tokens. Form: https URL. */
  readonly clusterIssuer: string;
  /** Addresses that the cluster's calls to the outside come from: what others put into their lists. */
  readonly outboundAddresses: string[];
  /** By what they are for. `secretReader` reads the Key Vault. */
  readonly identities: { readonly [purpose: string]: ContractIdentity };
  /** The Entra application that people sign in to. @default - the environment has none */
  readonly signIn?: ContractSignIn;
}

/** An application in Entra. */
export interface ContractSignIn {
  /** Form: GUID. */
  readonly clientId: string;
}

/** A contract that was read, and all that is wrong with it. */
export interface ContractReading {
  /** With problems, a stand-in of empty words: nothing is rendered from it. */
  readonly contract: AzureContract;
  /** Sentences, each with the file and the name of the value. */
  readonly problems: string[];
}

const GUID = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
const IPV4 = '^(25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}$';

const CONTRACT = new TypeTable({
  AzureContract: {
    fields:
      'version!:integer environment!:string tenantId!:guid clusterIssuer!:url outboundAddresses!:addresses identities!:ContractIdentity{} signIn:ContractSignIn',
  },
  ContractIdentity: { fields: 'clientId!:guid serviceAccount!:ServiceAccountName' },
  ServiceAccountName: { fields: 'namespace!:string name!:string' },
  ContractSignIn: { fields: 'clientId!:guid' },
  addresses: { items: 'ipv4', minItems: 1, distinct: true },
  guid: { is: 'string', pattern: GUID },
  ipv4: { is: 'string', pattern: IPV4 },
  url: { is: 'string', pattern: '^https://[^\\s/]+\\.[^\\s]+$' },
}).type('AzureContract');

interface Subject {
  readonly contract: AzureContract;
  readonly environment: string;
}

const RULES: readonly Rule<Subject>[] = [
  {
    id: 'contract-environment',
    broken: ({ contract, environment }) => contract.environment !== environment,
    message: ({ contract, environment }) =>
      `environment: the contract is of ${quoted(contract.environment)}, not of ${quoted(environment)}: save the output of the right stack`,
  },
  {
    id: 'contract-secret-reader',
    broken: ({ contract }) => contract.identities.secretReader === undefined,
    message: () => 'identities.secretReader: missing; the cluster reads the Key Vault with it',
  },
  {
    id: 'contract-service-account',
    broken: ({ contract }) => badAccount(contract) !== undefined,
    message: ({ contract }) => {
      const [purpose, { serviceAccount }] = badAccount(contract) as [string, ContractIdentity];
      return `identities.${purpose}.serviceAccount: ${quoted(serviceAccount.namespace)} and ${quoted(serviceAccount.name)} are not both names in Kubernetes: the namespace must be ${dnsLabel.words}, the name ${dnsSubdomain.words}`;
    },
  },
];

function badAccount({ identities }: AzureContract): [string, ContractIdentity] | undefined {
  return Object.entries(identities).find(
    ([, { serviceAccount }]) => !dnsLabel.holds(serviceAccount.namespace) || !dnsSubdomain.holds(serviceAccount.name),
  );
}

const UNKNOWN = 'unknown';
const NO_IDENTITY: ContractIdentity = {
  clientId: UNKNOWN,
  serviceAccount: { namespace: UNKNOWN, name: UNKNOWN },
};
const NO_CONTRACT: AzureContract = {
  version: CONTRACT_VERSION,
  environment: UNKNOWN,
  tenantId: UNKNOWN,
  clusterIssuer: UNKNOWN,
  outboundAddresses: [],
  identities: { secretReader: NO_IDENTITY },
};

/**
 * Reads the contract of an environment out of the content of `contracts/<environment>.json`. It never throws: what is
 * wrong is in the answer, for the synth to tell together with the rest.
 */
export function readContract(content: unknown, environment: string): ContractReading {
  const problems = contractErrors(content, environment).map(
    (problem) =>
      `contracts/${environment}.json: ${problem}. Write it anew: docs/azure.md, "Hand over to the manifests"`,
  );
  return { contract: problems.length === 0 ? (content as AzureContract) : NO_CONTRACT, problems };
}

function contractErrors(content: unknown, environment: string): string[] {
  const version = versionError(content);
  if (version !== undefined) {
    return [version];
  }
  const errors = typeErrors(CONTRACT, content);
  if (errors.length > 0) {
    return errors;
  }
  const subject = { contract: content as AzureContract, environment };
  return RULES.filter((rule) => rule.broken(subject)).map((rule) => rule.message(subject));
}

/** Of another version the keys may mean something else: then they are not looked at. */
function versionError(content: unknown): string | undefined {
  const version = (content as { version?: unknown } | null | undefined)?.version;
  if (version === CONTRACT_VERSION || !Number.isSafeInteger(version)) {
    return undefined;
  }
  return `version: it has the form ${version}, and this version of the synth reads form ${CONTRACT_VERSION}`;
}
