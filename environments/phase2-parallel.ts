import { OAuthProvider, Platform, UserRole } from '../constructs';
import type { Environment } from '../synth/environment';
import { directModels } from './models';
import { claudeSessions, ISSUER, OWNER, phaseOneLiteLlm, phaseOneOpenWebUi } from './phases';

export const phase2Parallel: Environment = {
  name: 'phase2-parallel',
  description:
    "The second seed's phase 2 beside phase 1, in a namespace of its own, with the jobs that copy phase 1's data.",
  placeholders: {
    [OWNER]: 'the administrator',
    [ISSUER]: 'your identity provider',
    'email_domains = ["company.com"]': 'who may sign in',
    'ghcr.io/company/': 'the registry with the image of the Claude service',
  },
  workspace: {
    namespace: { name: 'openwebui-prod' },
    platform: Platform.kind({ storageClass: 'standard' }),
    openWebUi: {
      ...phaseOneOpenWebUi,
      signIn: { defaultRole: UserRole.USER },
      adminEmail: OWNER,
      // A host of its own until the validation is over; then phase 1 gives its name away.
      edge: { host: 'openwebui-prod.local', tls: false },
    },
    oauthSidecar: {
      provider: OAuthProvider.oidc({ issuerUrl: ISSUER, emailDomains: ['company.com'] }),
    },
    redis: {},
    liteLlmGateway: { ...phaseOneLiteLlm, replicas: 2, models: directModels },
    claudeService: claudeSessions,
    dataCopy: {
      fromNamespace: 'openwebui',
      besidePods: { 'app.kubernetes.io/name': 'open-webui', 'app.kubernetes.io/instance': 'openwebui' },
      ownerEmail: OWNER,
    },
  },
};
