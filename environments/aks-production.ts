import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import { Platform, SecretSource } from '../constructs';
import type { Environment } from '../synth/environment';
import { directModels } from './models';

/** Values of one Azure subscription: replace them with yours. */
const AZURE = {
  tenantId: '00000000-0000-0000-0000-000000000000',
  secretReaderClientId: '00000000-0000-0000-0000-000000000000',
  databaseSubnet: '10.225.4.0/28',
  gatewaySubnet: '10.225.8.0/24',
};

export const aksProduction: Environment = {
  name: 'aks-production',
  description:
    'The first seed: Open WebUI for 15,000 people on AKS, with the multi-tenant MCP gateway and Azure Database for PostgreSQL.',
  workspace: {
    namespace: { name: 'open-webui', partOf: 'company-gpt' },
    platform: Platform.aks({ edgePeer: { cidrs: [AZURE.gatewaySubnet] } }),
    secrets: SecretSource.azureKeyVault({
      vaultUrl: 'https://openwebui-prod.vault.azure.net',
      tenantId: AZURE.tenantId,
      clientId: AZURE.secretReaderClientId,
    }),
    openWebUi: {
      name: 'open-webui',
      version: '0.12.4',
      secretName: 'open-webui-secrets',
      adminEmail: 'admin@company.com',
      autoscaling: { minReplicas: 3, maxReplicas: 10, cpuUtilization: 70, memoryUtilization: 80 },
      disruptionBudget: { minAvailable: 2 },
      resources: {
        cpu: { request: Cpu.units(1), limit: Cpu.units(4) },
        memory: { request: Size.gibibytes(2), limit: Size.gibibytes(8) },
        ephemeralStorage: { request: Size.mebibytes(256), limit: Size.gibibytes(2) },
      },
      edge: { host: 'chat.company.com', clusterIssuer: 'letsencrypt-prod', gatewayClassName: 'azure-alb-external' },
      database: {
        host: 'openwebui-pg-prod.postgres.database.azure.com',
        database: 'openwebui',
        user: 'openwebui_admin',
        // What Azure sets for 4 vCores and 16 GiB (Standard_D4ds_v5).
        maxConnections: 1718,
        cidrs: [AZURE.databaseSubnet],
      },
      storage: { size: Size.gibibytes(10), shared: true, storageClass: 'azurefile-csi' },
    },
    redis: { secretName: 'open-webui-secrets' },
    pipelines: { storage: { size: Size.gibibytes(2) } },
    liteLlmGateway: { replicas: 2, models: directModels },
    mcpProxy: { replicas: 2, secretName: 'open-webui-secrets' },
    tenantConfig: {
      credentialKeys: ['GOOGLE_JIRA_API_KEY', 'MICROSOFT_JIRA_API_KEY', 'GITHUB_TOKEN'],
      tenants: [
        {
          tenantId: 'google',
          displayName: 'Google',
          mcpEndpoint: 'http://mcp-filesystem:8001',
          sharesEndpoint: true,
          allowedUsers: ['*@google.com'],
          allowedGroups: ['google-employees'],
          credential: { key: 'GOOGLE_JIRA_API_KEY' },
        },
        {
          tenantId: 'microsoft',
          displayName: 'Microsoft',
          mcpEndpoint: 'http://mcp-filesystem:8001',
          sharesEndpoint: true,
          allowedUsers: ['*@microsoft.com'],
          allowedGroups: ['microsoft-employees'],
          credential: { key: 'MICROSOFT_JIRA_API_KEY' },
        },
        {
          tenantId: 'github',
          displayName: 'GitHub',
          mcpEndpoint: 'http://mcp-github:8002',
          allowedUsers: ['*'],
          allowedGroups: ['developers'],
          credential: { key: 'GITHUB_TOKEN' },
        },
      ],
    },
    mcpServers: { filesystem: {}, github: {} },
  },
};
