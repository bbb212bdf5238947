import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { Ollama } from '../../constructs/ollama';
import { UserRole } from '../../constructs/open-webui/sign-in';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { Redis } from '../../constructs/redis';
import { Tika } from '../../constructs/tika';
import { Models, Tools } from './neighbours';

/** PostgreSQL in the private network. */
export const DATABASE = {
  host: 'openwebui-pg-prod.postgres.database.azure.com',
  database: 'openwebui',
  user: 'openwebui_admin',
  maxConnections: 1718,
  cidrs: ['10.225.4.0/28'],
};

export const EDGE = { host: 'chat.company.com', gatewayClassName: 'envoy' };

/** The first seed's release: many people, several replicas. */
export const PRODUCTION: OpenWebUiReleaseProps = {
  autoscaling: { minReplicas: 3, maxReplicas: 10 },
  disruptionBudget: { minAvailable: 2 },
  edge: { ...EDGE, clusterIssuer: 'letsencrypt-prod' },
  database: DATABASE,
  storage: { size: Size.gibibytes(10), shared: true, storageClass: 'azurefile-csi' },
  adminEmail: 'admin@company.com',
};

/** A release and all that it can be linked to. */
export function declareProduction(scope: Construct, props: OpenWebUiReleaseProps = PRODUCTION): OpenWebUiRelease {
  const release = new OpenWebUiRelease(scope, 'open-webui', props);
  release.useRedis(new Redis(scope, 'redis'));
  release.useModels(new Models(scope, 'pipelines'));
  release.useModels(new Models(scope, 'litellm', 'x-litellm-customer-id'));
  release.useTools(new Tools(scope, 'mcp'));
  return release;
}

/** The same beside Ollama and Tika. */
export function declareWithOllama(scope: Construct): OpenWebUiRelease {
  const release = declareProduction(scope);
  release.useOllama(new Ollama(scope, 'ollama'));
  release.useTika(new Tika(scope, 'tika'));
  return release;
}

/** Ways to set up a release that together reach every line of it. */
export const VARIANTS: { readonly [title: string]: OpenWebUiReleaseProps } = {
  small: {},
  production: PRODUCTION,
  'with every provider': {
    ...PRODUCTION,
    signIn: {
      signup: true,
      loginForm: true,
      defaultRole: UserRole.USER,
      allowedDomains: ['company.com', 'company.org'],
      google: { clientId: 'google' },
      microsoft: { clientId: 'microsoft', tenantId: '11111111-1111-1111-1111-111111111111' },
      github: { clientId: 'github' },
      oidc: { clientId: 'oidc', providerUrl: 'https://login.company.com/.well-known/openid-configuration' },
      groups: { claim: 'groups', create: false },
      roles: { claim: 'roles', adminRoles: ['admins'], allowedRoles: ['admins', 'staff'] },
    },
  },
  'with Azure Blob': {
    ...PRODUCTION,
    objectStorage: {
      azure: { endpoint: 'https://files.blob.core.windows.net', container: 'files', managedIdentity: false },
    },
  },
  'with S3': {
    ...PRODUCTION,
    objectStorage: {
      s3: { bucket: 'files', region: 'eu-central-1', endpoint: 'https://s3.company.com:9000', keyPrefix: 'webui' },
    },
  },
  'with Google Cloud Storage': { ...PRODUCTION, objectStorage: { gcs: { bucket: 'files' } } },
  'with everything else': {
    edge: EDGE,
    persistentConfig: true,
    bypassModelAccessControl: true,
    workspacePermissions: { models: true, knowledge: false, prompts: true, tools: false, skills: true },
    ollamaUrls: ['http://ollama:11434', 'http://gpu:11434'],
    upgradingFrom: '0.11.0',
  },
};
