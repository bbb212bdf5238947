import { OAuthProvider, Platform, UserRole } from '../constructs';
import type { Environment } from '../synth/environment';
import { directModels } from './models';
import { claudeSessions, ISSUER, OWNER, phaseOneLiteLlm, phaseOneOpenWebUi } from './phases';

export const phase2Kind: Environment = {
  name: 'phase2-kind',
  description:
    "The second seed's phase 2 on kind, in the place of phase 1: sign-in by OpenID Connect, Claude sessions through LiteLLM.",
  placeholders: {
    [OWNER]: 'the administrator',
    [ISSUER]: 'your identity provider',
    'email_domains = ["company.com"]': 'who may sign in',
    'ghcr.io/company/': 'the registry with the image of the Claude service',
  },
  workspace: {
    namespace: { name: 'openwebui' },
    platform: Platform.kind({ storageClass: 'standard' }),
    openWebUi: {
      ...phaseOneOpenWebUi,
      signIn: { defaultRole: UserRole.USER },
      ownerEmail: OWNER,
      adminEmail: OWNER,
      edge: { host: 'openwebui.local', tls: false },
    },
    oauthSidecar: {
      provider: OAuthProvider.oidc({ issuerUrl: ISSUER, emailDomains: ['company.com'] }),
    },
    redis: {},
    liteLlmGateway: { ...phaseOneLiteLlm, replicas: 2, models: directModels },
    claudeService: claudeSessions,
  },
};
