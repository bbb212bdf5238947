import { Application } from '@cdktf/provider-azuread/lib/application';
import { ApplicationFederatedIdentityCredential } from '@cdktf/provider-azuread/lib/application-federated-identity-credential';
import { AzureadProvider } from '@cdktf/provider-azuread/lib/provider';
import { ServicePrincipal } from '@cdktf/provider-azuread/lib/service-principal';
import { federatedSubject } from './addresses';
import type { AzureStack } from './azure-stack';
import type { SignInProps } from './identity-props';
import { TOKEN_AUDIENCE } from './workload-identity';

/** Microsoft Graph. Source: Microsoft Learn, "Microsoft Graph permissions reference". */
const GRAPH = '00000003-0000-0000-c000-000000000000';
const GRAPH_SCOPES = {
  openid: '37f7f235-527c-4136-accd-4a02d197296e',
  profile: '14dad69e-099b-42c9-810b-d002981feec1',
  email: '64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0',
  offline: '7427e0e9-2fba-42fe-b0c0-848c9e6a8182',
  readMe: 'e1fe6dd8-ba31-4d61-89e7-88639da4683d',
};

/** Unique within the application, and the same for ever: assignments refer to them. */
const ROLES = [
  { id: '5f0cf8f4-55a5-4f6e-9f7c-0a2f4c1c8a01', value: 'user', description: 'Uses the workspace' },
  { id: '5f0cf8f4-55a5-4f6e-9f7c-0a2f4c1c8a02', value: 'admin', description: 'Administrates the workspace' },
];

/**
 * Groups by their names, because tenants name them so. A group synchronized from Active Directory comes as its object
 * id all the same. Source: Microsoft Learn, "Configure group claims for applications".
 */
const GROUPS = { name: 'groups', additionalProperties: ['cloud_displayname'] };

/**
 * The application that people sign in to, with the roles `user` and `admin` and the groups that are assigned to it.
 * It has no password: one made here would stand in the state.
 */
export function addSignInApplication(stack: AzureStack, props: SignInProps, issuer: string): Application {
  new AzureadProvider(stack, 'azuread', { tenantId: stack.environment.tenantId });
  const application = new Application(stack, 'sign-in', {
    displayName: props.displayName,
    signInAudience: 'AzureADMyOrg',
    preventDuplicateNames: true,
    groupMembershipClaims: ['ApplicationGroup'],
    web: {
      redirectUris: [...props.redirectUris],
      implicitGrant: { accessTokenIssuanceEnabled: false, idTokenIssuanceEnabled: false },
    },
    api: { requestedAccessTokenVersion: 2 },
    appRole: ROLES.map((role) => ({ ...role, displayName: role.value, enabled: true, allowedMemberTypes: ['User'] })),
    optionalClaims: { idToken: [{ name: 'email' }, GROUPS], accessToken: [GROUPS] },
    requiredResourceAccess: [
      { resourceAppId: GRAPH, resourceAccess: Object.values(GRAPH_SCOPES).map((id) => ({ id, type: 'Scope' })) },
    ],
  });
  new ServicePrincipal(stack, 'sign-in-principal', {
    clientId: application.clientId,
    appRoleAssignmentRequired: props.assignmentRequired ?? true,
  });
  if (props.federatedServiceAccount) {
    new ApplicationFederatedIdentityCredential(stack, 'sign-in-trust', {
      applicationId: application.id,
      displayName: `${props.federatedServiceAccount.namespace}-${props.federatedServiceAccount.name}`,
      issuer,
      subject: federatedSubject(props.federatedServiceAccount),
      audiences: [TOKEN_AUDIENCE],
    });
  }
  return application;
}
