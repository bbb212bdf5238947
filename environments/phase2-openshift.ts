import { GitOpsTool, OAuthProvider, Platform, UserRole } from '../constructs';
import type { Environment } from '../synth/environment';
import { directModels } from './models';
import { claudeSessions, phaseOneLiteLlm, phaseOneOpenWebUi } from './phases';

/** Values of one cluster: replace them with yours. */
const CLUSTER = {
  domain: 'apps.cluster.example.com',
  /** `oc get endpoints kubernetes -n default` */
  apiServers: ['10.0.0.10/32', '10.0.0.11/32', '10.0.0.12/32'],
  /** Where the router answers, when that is a private address. */
  routers: ['10.0.0.20/32'],
  /** The administrator: OpenShift's proxy makes an address of the user's name. */
  owner: 'admin@cluster.local',
};

export const phase2Openshift: Environment = {
  name: 'phase2-openshift',
  description:
    "The second plan's phase 2 on OpenShift, in the place of phase 1: Route, the cluster's own sign-in, restricted-v2.",
  placeholders: {
    [CLUSTER.domain]: 'the domain of your cluster',
    [CLUSTER.apiServers[0]]: 'your API servers',
    [CLUSTER.routers[0]]: 'your router',
    [CLUSTER.owner]: 'the administrator, named after the user in OpenShift',
    'ghcr.io/company/': 'the registry with the image of the Claude service',
  },
  workspace: {
    namespace: { name: 'openwebui' },
    platform: Platform.openshift(),
    openWebUi: {
      ...phaseOneOpenWebUi,
      signIn: { defaultRole: UserRole.USER },
      ownerEmail: CLUSTER.owner,
      adminEmail: CLUSTER.owner,
      edge: { host: `openwebui.${CLUSTER.domain}` },
    },
    oauthSidecar: {
      provider: OAuthProvider.openshift({
        oauthHost: `oauth-openshift.${CLUSTER.domain}`,
        oauthHostCidrs: CLUSTER.routers,
        apiServerCidrs: CLUSTER.apiServers,
      }),
    },
    redis: {},
    // Its metrics take a process of their own, more than the seed's 512Mi.
    liteLlmGateway: { ...phaseOneLiteLlm, resources: undefined, replicas: 2, models: directModels },
    claudeService: claudeSessions,
    monitoring: {},
    backup: {},
    gitOps: GitOpsTool.FLUX,
  },
};
