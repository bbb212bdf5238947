import { dnsLabel, dnsSubdomain } from '../platform/manifest-rules/name-forms';
import { federatedSubject } from './addresses';
import * as form from './azure-names';
import { type AzureRule, formRule, repeated } from './azure-rule';
import { SharedStorageKind } from './data-props';
import type { AzureEnvironmentProps } from './environment-props';
import { WorkloadAccess } from './identity-props';

/** The identity that the contract must have: the cluster reads the vault with it. */
const SECRET_READER = 'secret-reader';

function accounts({ identities, signIn }: AzureEnvironmentProps) {
  return [
    ...identities.map(({ serviceAccount }, index) => ({ prop: `identities[${index}].serviceAccount`, serviceAccount })),
    ...(signIn?.federatedServiceAccount
      ? [{ prop: 'signIn.federatedServiceAccount', serviceAccount: signIn.federatedServiceAccount }]
      : []),
  ];
}

export const IDENTITY_RULES: readonly AzureRule[] = [
  formRule('identity-name', form.kebabCase, ({ identities }) =>
    identities.map(({ name }, index) => ({ prop: `identities[${index}].name`, value: name })),
  ),
  formRule('identity-namespace', dnsLabel, (environment) =>
    accounts(environment).map(({ prop, serviceAccount }) => ({
      prop: `${prop}.namespace`,
      value: serviceAccount.namespace,
    })),
  ),
  formRule('identity-service-account', dnsSubdomain, (environment) =>
    accounts(environment).map(({ prop, serviceAccount }) => ({ prop: `${prop}.name`, value: serviceAccount.name })),
  ),
  {
    id: 'identity-names-differ',
    sentences: ({ identities }) =>
      repeated(identities.map(({ name }) => name)).map(
        (name) => `identities: two are called ${name}: give each a name of its own`,
      ),
  },
  {
    id: 'identity-of-one-account',
    sentences: ({ identities }) =>
      repeated(identities.map(({ serviceAccount }) => federatedSubject(serviceAccount))).map(
        (subject) =>
          `identities: two are taken on by ${subject}, whose pods can have one client id only: join them, with the access of both`,
      ),
  },
  {
    id: 'identity-without-access',
    sentences: ({ identities }) =>
      identities
        .filter(({ access }) => access.length === 0)
        .map(({ name }) => `identities: ${name} may do nothing: say what in access, or leave it out`),
  },
  {
    id: 'identity-secret-reader',
    sentences: ({ identities }) =>
      identities.some(({ name, access }) => name === SECRET_READER && access.includes(WorkloadAccess.READ_SECRETS))
        ? []
        : [
            `identities: the manifests read the vault as ${SECRET_READER}: declare it, with WorkloadAccess.READ_SECRETS`,
          ],
  },
  {
    id: 'identity-of-absent-blobs',
    sentences: ({ identities, storage }) =>
      storage?.kind === SharedStorageKind.BLOB
        ? []
        : identities
            .filter(({ access }) => access.includes(WorkloadAccess.WRITE_BLOBS))
            .map(
              ({ name }) =>
                `identities: ${name} may write blobs, but there are none: declare storage of SharedStorageKind.BLOB`,
            ),
  },
  {
    id: 'identity-of-absent-gateway',
    sentences: ({ identities, network }) =>
      network.gatewayRange !== undefined
        ? []
        : identities
            .filter(({ access }) => access.includes(WorkloadAccess.MANAGE_GATEWAY))
            .map(
              ({ name }) =>
                `identities: ${name} may run Application Gateway for Containers, which has no subnet: give network.gatewayRange`,
            ),
  },
  formRule('sign-in-redirect', form.httpsUrl, ({ signIn }) =>
    (signIn?.redirectUris ?? []).map((value) => ({ prop: 'signIn.redirectUris', value })),
  ),
];
