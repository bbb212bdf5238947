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
  /** The ApplicationLoadBalancer of Application Gateway for Containers. */
  loadBalancer: { namespace: 'azure-alb', name: 'company' },
};

export const aksProduction: Environment = {
  name: 'aks-production',
  description:
    'The first seed: Open WebUI for 15,000 people on AKS, with the multi-tenant MCP gateway and Azure Database for PostgreSQL.',
  placeholders: {
    [AZURE.tenantId]: 'the ids of your Entra tenant and of the identity that reads the vault',
    'openwebui-prod.vault.azure.net': 'your Key Vault',
    'openwebui-pg-prod.postgres.database.azure.com': 'your database server',
    [AZURE.databaseSubnet]: 'the subnet of the database',
    [AZURE.gatewaySubnet]: 'the subnet of Application Gateway for Containers',
    [`alb-namespace: ${AZURE.loadBalancer.namespace}`]: 'where your ApplicationLoadBalancer stands',
    'chat.company.com': 'the host that people type',
    'admin@company.com': 'the first administrator',
    'letsencrypt-prod': "cert-manager's ClusterIssuer",
    'ghcr.io/company/': 'the registry with the images of this repository, and of mcp-filesystem',
  },
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
      edge: {
        host: 'chat.company.com',
        clusterIssuer: 'letsencrypt-prod',
        gatewayClassName: 'azure-alb-external',
        gatewayAnnotations: {
          'alb.networking.azure.io/alb-namespace': AZURE.loadBalancer.namespace,
          'alb.networking.azure.io/alb-name': AZURE.loadBalancer.name,
        },
      },
      database: {
        host: 'openwebui-pg-prod.postgres.database.azure.com',
        database: 'openwebui',
        user: 'openwebui_admin',
        // What Azure sets for 4 vCores and 16 GiB (Standard_D4ds_v5).
        maxConnections: 1718,
        cidrs: [AZURE.databaseSubnet],
      },
      // The login is the server's administrator, who may.
      createVectorExtension: true,
      storage: { size: Size.gibibytes(10), shared: true, storageClass: 'azurefile-csi' },
    },
    redis: { secretName: 'open-webui-secrets' },
    pipelines: { storage: { size: Size.gibibytes(2) } },
    liteLlmGateway: { replicas: 2, models: directModels },
    mcpProxy: { replicas: 2, secretName: 'open-webui-secrets' },
    tenantConfig: {
      // The Jira keys are for the servers that will stand in the place of the shared file server, which needs none.
      credentialKeys: ['GOOGLE_JIRA_API_KEY', 'MICROSOFT_JIRA_API_KEY', 'GITHUB_TOKEN'],
      tenants: [
        {
          tenantId: 'google',
          displayName: 'Google',
          mcpEndpoint: 'http://mcp-filesystem:8001',
          sharesEndpoint: true,
          allowedUsers: ['*@google.com'],
          allowedGroups: ['google-employees'],
        },
        {
          tenantId: 'microsoft',
          displayName: 'Microsoft',
          mcpEndpoint: 'http://mcp-filesystem:8001',
          sharesEndpoint: true,
          allowedUsers: ['*@microsoft.com'],
          allowedGroups: ['microsoft-employees'],
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
