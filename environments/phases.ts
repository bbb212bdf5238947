import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import {
  type ClaudeServiceProps,
  type LiteLlmGatewayProps,
  OAuthProvider,
  type OpenWebUiReleaseProps,
} from '../constructs';
import { directModels } from './models';

// What the environments of the second plan have in common: its names, sizes and models.

/** The company's identity provider. Google would not do here: it sends nobody back to plain http, nor to .local. */
export const ISSUER = 'https://login.company.com/realms/company';

/** The administrator, who owns what phase 1 kept for its unnamed user. */
export const OWNER = 'admin@company.com';

/** Kept by phase 2 in place: the same objects, the same volume. */
export const phaseOneOpenWebUi: OpenWebUiReleaseProps = {
  name: 'openwebui',
  serviceName: 'openwebui-service',
  secretName: 'openwebui-secrets',
  version: '0.12.4',
  replicas: 1,
  resources: {
    cpu: { request: Cpu.millis(200), limit: Cpu.units(1) },
    memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
    ephemeralStorage: { request: Size.mebibytes(256), limit: Size.gibibytes(2) },
  },
  storage: { size: Size.gibibytes(2), claimName: 'openwebui-data-pvc' },
};

export const phaseOneLiteLlm: LiteLlmGatewayProps = {
  name: 'litellm',
  serviceName: 'litellm-service',
  secretName: 'litellm-secrets',
  replicas: 1,
  resources: {
    cpu: { request: Cpu.millis(200), limit: Cpu.units(1) },
    memory: { request: Size.mebibytes(512), limit: Size.gibibytes(2) },
    ephemeralStorage: { request: Size.mebibytes(128), limit: Size.gibibytes(1) },
  },
  models: [],
};

/** One replica with its database inside, as phase 1's data is on one volume too. */
export const claudeSessions: ClaudeServiceProps = { name: 'claude-service', secretName: 'claude-service-secrets' };

/** What phase 2 adds on kind, in the place of phase 1 or beside it. */
export const phaseTwoOnKind = {
  oauthSidecar: {
    provider: OAuthProvider.oidc({
      issuerUrl: ISSUER,
      emailDomains: ['company.com'],
      // Of Keycloak; without it the provider signs whoever left in again at once.
      signOutUrl: `${ISSUER}/protocol/openid-connect/logout?id_token_hint={id_token}`,
    }),
  },
  redis: {},
  liteLlmGateway: { ...phaseOneLiteLlm, replicas: 2, models: directModels },
  claudeService: claudeSessions,
  backup: {},
};

export const PHASE_TWO_PLACEHOLDERS = {
  [OWNER]: 'the administrator',
  [ISSUER]: 'your identity provider',
  'email_domains = ["company.com"]': 'who may sign in',
  'ghcr.io/company/': 'the registry with the image of the Claude service',
};
